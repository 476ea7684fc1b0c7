"""`replica`: what a trigger does where replicated changes are applied (session_replication_role = replica).

A trigger fires there only when it is enabled REPLICA or ALWAYS. The setting is a superuser's, the change the owner's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import PATIENCE, say
from pgassay.behaviors.triggers.scene import Scene
from pgassay.behaviors.triggers.verdicts import PROVES_NOTHING, look_at
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.record import quote_name
from pgassay.findings import Finding, Outcome

Superuser = Callable[[], psycopg.Connection[Any]]
Experiment = Callable[[Scene], Iterator[Finding]]

_ENABLE = {"fires": "ENABLE ALWAYS TRIGGER", "rests": "ENABLE TRIGGER"}


def replica(scene: Scene, experiment: Experiment, superuser: Superuser | None) -> Iterator[Finding]:
    """Do the entry's experiment once more as a replica does it, in a transaction that is rolled back.

    Args:
        scene: Where; what was given is committed there.
        experiment: The entry's.
        superuser: Opens a superuser's session on the same database; None: there is none, and the answer is blind.
    """
    if superuser is None:
        yield _blind(scene, "there is none")
        return
    with closing(superuser()) as connection:
        try:
            _become_replica(connection, scene)
        except psycopg.errors.InsufficientPrivilege as error:
            yield _blind(scene, say(error))
            return
        there = replace(scene, connection=connection)
        with there.rolled_back():
            failures = [finding for finding in experiment(there) if finding.rule != PROVES_NOTHING]
    if bool(failures) == (scene.behavior.replica == "fires"):
        yield _finding(scene, failures)


def _become_replica(connection: psycopg.Connection[Any], scene: Scene) -> None:
    """Set what only a superuser may, and act as the owner from then on."""
    row = scene.connection.execute("SELECT current_user").fetchone()
    assert row is not None
    connection.autocommit = True
    connection.execute("SET session_replication_role = replica")
    connection.execute(f"SET statement_timeout = '{PATIENCE:d}s'")
    connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(row[0])))


def _finding(scene: Scene, failures: list[Finding]) -> Finding:
    wanted = scene.behavior.replica or ""
    name = quote_name(scene.behavior.trigger or "")
    return finding_of(
        scene.behavior,
        "trigger-rests-in-replica" if wanted == "fires" else "trigger-fires-in-replica",
        expected=f"under session_replication_role = replica the trigger {wanted}",
        found=f"it does not do its job: {failures[0].found}" if failures else "it does its job",
        mend=look_at(scene)
        if failures and _is_enabled(scene)
        else f"ALTER TABLE {scene.table} {_ENABLE[wanted]} {name};",
    )


def _is_enabled(scene: Scene) -> bool:
    return scene.trigger is not None and scene.trigger.enabled in {"always", "replica"}


def _blind(scene: Scene, found: str) -> Finding:
    return finding_of(
        scene.behavior,
        "replica-not-tried",
        expected="a superuser's session, which alone may set session_replication_role",
        found=found,
        mend="try the entry by the shipped check, or on a server of pgassay's own",
        outcome=Outcome.BLIND,
    )
