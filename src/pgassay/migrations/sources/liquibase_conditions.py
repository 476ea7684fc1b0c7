"""What Liquibase asks a database before it runs a changeset, and what it does where the answer is no.

Source: github.com/liquibase/liquibase 5, liquibase-standard: FormattedSqlChangeLogParser, SqlPrecondition,
PreconditionContainer, ChangeSet.execute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import LiteralString

import psycopg

from pgassay.errors import MigrationError
from pgassay.migrations.foreign import run_pieces
from pgassay.migrations.model import Script
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.liquibase_changeset import Changeset
from pgassay.migrations.sources.liquibase_options import said
from pgassay.migrations.tokens import Place

_CONDITION = re.compile(r"--\s*precondition-([a-z-]+) (.*)", re.IGNORECASE | re.DOTALL)
_CHECK = re.compile(r"""(?:expectedResult:)?(?:(\w+)|'([^']+)'|"([^"]+)") (.*)""", re.IGNORECASE)
_KINDS = {"table-exists": ("table", ["r", "p"]), "view-exists": ("view", ["v", "m"])}
_IS_THERE: LiteralString = """
SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE lower(c.relname) = lower(%s) AND c.relkind::text = ANY (%s)
   AND lower(n.nspname) = lower(coalesce(%s, pg_catalog.current_schema()))
"""


class Otherwise(StrEnum):
    """What is done where the answer is no."""

    HALT = "HALT"
    CONTINUE = "CONTINUE"
    MARK_RAN = "MARK_RAN"
    WARN = "WARN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A question, and the answer that is expected."""

    query: str
    parameters: tuple[object, ...] | None = None
    expected: str

    def answer(self, connection: Connection) -> str | None:
        """Return the answer as text; None where there is none.

        Raises:
            psycopg.Error: It could not be asked.
        """
        with connection.transaction(force_rollback=True):
            result = connection.execute(self.query.encode(), self.parameters).pgresult
            if result is not None and max(result.ntuples, result.nfields) > 1:
                raise psycopg.DataError("more than one value")
            value = result.get_value(0, 0) if result is not None and result.ntuples else None
            return None if value is None else value.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Runs a changeset where its preconditions hold; a failure may be passed over.

    Attributes:
        script: What is run.
        place: Where the changeset begins, for errors.
        conditions: All must hold.
        on_fail: What is done where one does not.
        on_error: What is done where one cannot be asked.
        may_fail: Whether Liquibase goes on where the changeset fails.
    """

    script: Script
    place: Place
    conditions: tuple[Condition, ...]
    on_fail: Otherwise = Otherwise.HALT
    on_error: Otherwise = Otherwise.HALT
    may_fail: bool = False

    def __call__(self, connection: Connection) -> None:
        """Run it.

        Raises:
            MigrationError: A precondition that must hold does not, or a statement failed.
        """
        if not all(self._holds(condition, connection) for condition in self.conditions):
            return
        try:
            run_pieces(connection, self.script, path=self.place.path or Path())
        except MigrationError:
            if not self.may_fail:
                raise

    def _holds(self, condition: Condition, connection: Connection) -> bool:
        try:
            found = condition.answer(connection)
        except psycopg.Error as error:
            return self._goes_on(self.on_error, f"cannot be asked: {error.diag.message_primary or error}", condition)
        if found == condition.expected:
            return True
        answer = "no row" if found is None else f'"{found}"'
        return self._goes_on(self.on_fail, f'does not hold: expected "{condition.expected}", found {answer}', condition)

    def _goes_on(self, otherwise: Otherwise, problem: str, condition: Condition) -> bool:
        if otherwise is Otherwise.HALT:
            raise self.place.error(f"a precondition {problem}: {' '.join(condition.query.split())}", text="", at=0)
        return otherwise is Otherwise.WARN


def guarded(one: Changeset, script: Script) -> Guarded | None:
    """Return how a changeset is run that asks first, or that may fail; None: it is simply run.

    Raises:
        MigrationError: A precondition is not written as Liquibase reads it.
    """
    if not one.conditions and not one.options.may_fail:
        return None
    place, options = Place(one.path, one.number), " ".join(_options(one.conditions))
    return Guarded(
        script=script,
        place=place,
        conditions=tuple(_conditions(one.conditions, place)),
        on_fail=_otherwise(options, "onFail", place),
        on_error=_otherwise(options, "onError", place),
        may_fail=one.options.may_fail,
    )


def _options(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if not _CONDITION.fullmatch(line)]


def _otherwise(options: str, name: str, place: Place) -> Otherwise:
    word = said(options, name) or Otherwise.HALT
    try:
        return Otherwise(word)
    except ValueError:
        raise place.error(
            f'"{name}:{word}" is unknown to Liquibase', text="", at=0, hint=", ".join(Otherwise)
        ) from None


def _conditions(lines: Iterable[str], place: Place) -> list[Condition]:
    found = filter(None, map(_CONDITION.fullmatch, lines))
    return [_condition(match[1].lower(), match[2].strip(), place) for match in found]


def _condition(kind: str, body: str, place: Place) -> Condition:
    if kind not in _KINDS:
        match = _CHECK.fullmatch(body)
        if match is None:
            raise place.error(
                f'no precondition of Liquibase: "{body[:80]}"', text="", at=0, hint="write expectedResult:0 QUERY"
            )
        return Condition(query=match[4].removesuffix(";"), expected=match[1] or match[2] or match[3])
    word, kinds = _KINDS[kind]
    if (name := said(body, word)) is None:
        raise place.error(f'no precondition of Liquibase: "{body[:80]}"', text="", at=0, hint=f"write {word}:NAME")
    return Condition(query=_IS_THERE, parameters=(name, kinds, said(body, "schema")), expected="1")
