"""`rejects`: the change fails, as and when it was said."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import psycopg
from psycopg.pq import TransactionStatus

from pgassay.behaviors.mistakes import refuse_own_mistake
from pgassay.behaviors.rejections import is_as_said, rejection
from pgassay.behaviors.scene import say
from pgassay.behaviors.triggers.scene import Scene
from pgassay.behaviors.triggers.trial import control
from pgassay.behaviors.triggers.verdicts import look_at, proves_nothing
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.record import quote_name
from pgassay.contract.behavior import Rejects
from pgassay.findings import Finding

_WHEN = {"statement": "by the statement itself", "commit": "at the end of the transaction"}


def rejects(scene: Scene, expect: Rejects) -> Iterator[Finding]:
    """Put it to the test."""
    unaided = control(scene, lambda: False, on_error=lambda error: is_as_said(error, expect))
    error, when = _fails(scene)
    if error is None:
        yield _finding(scene, "write-not-rejected", rejection(expect), "the change succeeds" + _unknown(scene, expect))
    elif not is_as_said(error, expect):
        refuse_own_mistake(scene.behavior, "change", error, scene.catalog)
        yield _finding(scene, "write-rejected-otherwise", rejection(expect), say(error) + _unknown(scene, expect))
    elif expect.at not in {None, when}:
        expected = f"{rejection(expect)}, {_WHEN[expect.at or when]}"
        yield _finding(scene, "write-rejected-at-another-time", expected, f"it is rejected {_WHEN[when]}")
    if unaided:
        yield proves_nothing(scene, "the change is rejected in the same way with the trigger switched off")


def _fails(scene: Scene) -> tuple[psycopg.Error | None, str]:
    """Return what the change fails with, and whether a `statement` does or the `commit`."""
    when = "statement"
    inside = scene.connection.info.transaction_status is not TransactionStatus.IDLE
    try:
        with scene.transaction():
            scene.connection.execute(scene.behavior.change.encode())
            when = "commit"
            if inside:  # the end of a savepoint lets nothing happen that is deferred
                scene.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return error, when
    return None, when


def _unknown(scene: Scene, expect: Rejects) -> str:
    """Say that no constraint has the name that is expected: a trigger may raise any."""
    kinds = (scene.catalog.records.get(kind, {}) for kind in ("constraint", "index"))
    known = sorted({identity[-1] for records in kinds for identity in records})
    if expect.constraint is None or expect.constraint in known:
        return ""
    near = ", ".join(map(quote_name, get_close_matches(expect.constraint, known, n=3)))
    return f"; there is no constraint {quote_name(expect.constraint)}" + (f", near: {near}" if near else "")


def _finding(scene: Scene, rule: str, expected: str, found: str) -> Finding:
    return finding_of(scene.behavior, rule, expected=expected, found=found, mend=look_at(scene))
