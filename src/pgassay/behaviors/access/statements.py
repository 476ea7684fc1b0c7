"""Statements that a role may run, and those that it may not: WITH CHECK, and what errors and rows tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg

from pgassay.behaviors.access.stage import Stage
from pgassay.behaviors.mistakes import is_mistake, refuse_own_mistake
from pgassay.behaviors.scene import say
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.record import one_line, shortened
from pgassay.findings import Finding

DENIED = "42501"
_NOT_FOUND = frozenset({"42P01", "42883"})
"""SQLSTATEs: no such table, no such function."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the role was told.

    Attributes:
        rows: How many rows were written or given.
        texts: Where it stands -> what was told.
        error: The error, or None.
        denied: Whether it is one for want of a privilege.
    """

    rows: int
    texts: dict[str, str]
    error: psycopg.Error | None = None
    denied: bool = False


def try_statements(stage: Stage) -> Iterator[Finding]:
    """Run each of an entry's statements as the role, undo it, and say what is wrong with its outcome.

    What it may must succeed and write or give a row; what it may not must be denied, or find no row.
    """
    for key, texts in (("may", stage.rows.may), ("may_not", stage.rows.may_not)):
        for number, text in enumerate(texts, 1):
            for finding in _try(stage, key, text):
                yield replace(finding, object=f'{finding.object}, "{key}" number {number}')


def _try(stage: Stage, key: str, text: str) -> Iterator[Finding]:
    told, allowed = _run(stage, key, text), key == "may"
    if (wrong := _wrong(told, allowed=allowed)) is not None:
        rule, found = wrong
        wanted = "succeeds, and writes or gives a row" if allowed else f"is denied [{DENIED}], or finds no row"
        told_of = _without(found, stage.rows.hides)
        yield _finding(stage, rule, expected=f"{_shown(text)}: {wanted}", found=told_of, mend=_MENDS[rule])
    for hidden in stage.rows.hides:
        places = [place for place, said in told.texts.items() if hidden in said]
        if places:
            yield _finding(
                stage,
                "secret-told",
                expected=f"{_shown(text)}: tells nothing that is hidden",
                found=f'number {stage.rows.hides.index(hidden) + 1} of "hides" stands in {", ".join(places)}',
                mend="look at the policies, at constraints whose errors name a key, and at what raises the error",
            )


def _without(found: str, hides: Sequence[str]) -> str:
    """An error that tells what is hidden must not have the report tell it, too."""
    for hidden in hides:
        found = found.replace(one_line(hidden), "(hidden)")
    return found


def _run(stage: Stage, key: str, text: str) -> Told:
    with stage.transaction():
        try:
            with stage.acting():
                cursor = stage.connection.execute(text.encode())
                rows = cursor.fetchall() if cursor.description else []
                return Told(cursor.rowcount, {"a row": "\n".join(str(value) for row in rows for value in row)})
        except psycopg.Error as error:
            diag = error.diag
            texts = {
                "the error": diag.message_primary,
                "the error's detail": diag.message_detail,
                "the error's hint": diag.message_hint,
                "the error's context": diag.context,
            }
            denied = error.sqlstate == DENIED or _is_out_of_sight(stage, key, text, error)
            return Told(0, {place: said for place, said in texts.items() if said}, error, denied)


def _is_out_of_sight(stage: Stage, key: str, text: str, error: psycopg.Error) -> bool:
    """Tell whether the role does not find what is there for others: a schema that it may not use is passed over.

    Raises:
        ContractError: It is there for nobody, or the statement is wrong otherwise.
    """
    if not is_mistake(error):
        return False
    try:
        with stage.connection.transaction(force_rollback=True):
            stage.connection.execute(text.encode())
    except psycopg.Error as others:
        refuse_own_mistake(stage.entry, key, others, stage.catalog)
        return False
    return error.sqlstate in _NOT_FOUND and error.diag.context is None


def _wrong(told: Told, *, allowed: bool) -> tuple[str, str] | None:
    """Return the rule that an outcome breaks, and what was found; None: it is as it must be."""
    if told.error is not None and not told.denied:
        return "access-fails", f"it fails, and not for want of a privilege: {say(told.error)}"
    if allowed and told.error is not None:
        return "access-denied", say(told.error)
    if allowed and not told.rows:
        return "access-finds-nothing", "it succeeds, and writes or gives no row"
    if not allowed and told.rows:
        return "access-allowed", f"it succeeds, and writes or gives {told.rows} row{'' if told.rows == 1 else 's'}"
    return None


_MENDS = {
    "access-fails": "make it fail or succeed for its access alone: correct the statement, or what the table demands",
    "access-denied": "look at the privileges, and at USING and WITH CHECK of the policies",
    "access-finds-nothing": "look at USING of the policies, and whether the entry's rows are there",
    "access-allowed": "look at USING and WITH CHECK of the policies, and whether they hold for this role",
}


def _shown(text: str) -> str:
    return shortened(one_line(" ".join(text.split())))


def _finding(stage: Stage, rule: str, *, expected: str, found: str, mend: str) -> Finding:
    return finding_of(stage.entry, rule, expected=expected, found=found, mend=mend)
