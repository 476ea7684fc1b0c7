"""The template: a migrated database that is built once and copied for everybody.

The last step of building closes it to connections, which a copy needs anyway: what bears a template's name and lets
nobody in is whole. One that still lets somebody in, while its lock can be had, is what a dead builder left.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.contract.owner import find_owner
from pgassay.sandbox.baseline import Baseline, read_baseline, settle_sequences
from pgassay.sandbox.build import build
from pgassay.sandbox.carry import Carried, put_carried, read_carried
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings

_FORMAT = "2"  # of what a template must be like; another one, another template
_POLL = 0.02  # seconds; a template takes some hundred milliseconds

_TRY: LiteralString = "SELECT pg_try_advisory_lock(hashtext('pgassay: build a template'))"
_LET_GO: LiteralString = "SELECT pg_advisory_unlock(hashtext('pgassay: build a template'))"


@dataclass(frozen=True, slots=True)
class Template:
    """A finished template.

    Attributes:
        name: The database's name.
        owner: The role that migrations run as; in an empty one nobody but the server's own.
        carried: What clones lack until it is put on them.
        baseline: What it holds; None where the server's role may not see everything.
    """

    name: str
    owner: str | None
    carried: Carried
    baseline: Baseline | None


def ensure_template(server: Server, recipe: Recipe | None, settings: Settings) -> Template:
    """Return the template of a recipe, built by whoever asks first, on any server and from any number of runs.

    Args:
        server: Where.
        recipe: What it is made of; None: of nothing.
        settings: Which role is the owner, where the recipe does not show it.

    Raises:
        PgassayError: Init, a migration or the seed fails.
    """
    digest = recipe.digest(_FORMAT, server.version) if recipe else f"empty_{_FORMAT}"
    name = f"pgassay_template_{digest[:20]}"
    with server.connect() as admin, _building(admin):
        if not _is_whole(admin, name):
            return _build(server, admin, name, recipe, settings)
        return _look_at(server, admin, name, recipe, settings)


@contextmanager
def _building(admin: psycopg.Connection[Any]) -> Iterator[None]:
    """Hold the lock under which templates are built: one at a time, for init and migrations may alter the same roles.

    It is polled in autocommit: a blocking wait holds a snapshot, for which CREATE INDEX CONCURRENTLY in the build
    would wait in turn.
    """
    while admin.execute(_TRY).fetchone() != (True,):
        time.sleep(_POLL)
    try:
        yield
    finally:
        admin.execute(_LET_GO)


def _is_whole(admin: psycopg.Connection[Any], name: str) -> bool:
    row = admin.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row == (False,)


def _build(
    server: Server, admin: psycopg.Connection[Any], name: str, recipe: Recipe | None, settings: Settings
) -> Template:
    drop_database(server, name)
    create_database(server, name, lasting=server.private)
    try:
        owner = build(server, name, recipe, settings) if recipe else None
        with server.connect(name) as inside:
            settle_sequences(inside)
            baseline = read_baseline(inside)
        _finish(admin, name)
    except BaseException:
        drop_database(server, name)
        raise
    return Template(name, owner, read_carried(admin, name), baseline)


def _finish(admin: psycopg.Connection[Any], name: str) -> None:
    """Let nobody in any more, and see the last sessions out."""
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    while admin.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchone() is not None:
        time.sleep(_POLL)
    admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))


def _look_at(
    server: Server, admin: psycopg.Connection[Any], name: str, recipe: Recipe | None, settings: Settings
) -> Template:
    """Tell what a template holds that an earlier run has built. Nobody is let in there, so a copy is looked at."""
    carried = read_carried(admin, name)
    copy = scratch_name("look")
    create_database(server, copy, template=name, owner=carried.owner, connection=admin)
    try:
        put_carried(admin, carried, copy)
        with server.connect(copy) as inside:
            owner = find_owner(inside, settings) if recipe else None  # who has CREATE on it, as on every copy
            return Template(name, owner, carried, read_baseline(inside))
    finally:
        drop_database(server, copy, connection=admin)
