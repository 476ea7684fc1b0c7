"""Where behaviours are tried: what entries name is found in the catalog, and what is given is committed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import psycopg
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.behavior import Entry

PATIENCE = 60  # seconds that one statement may take: a trigger that waits for ever must not hang the run
RELATIONS = ("table", "view", "materialized view")
_NAME = re.compile(r'("(?:[^"]|"")+"|[^".\s]+)')
_BLANKS = re.compile(r"\s+")


class MissingError(Exception):
    """Something that an entry names is not in the database."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(found)
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Relation:
    """A table by its parts, so that any of them may hold a dot."""

    schema: str
    name: str

    @property
    def sql(self) -> sql.Identifier:
        """Its name for a statement."""
        return sql.Identifier(self.schema, self.name)

    def __str__(self) -> str:
        return f"{quote_name(self.schema)}.{quote_name(self.name)}"


def give(connection: psycopg.Connection[Any], behavior: Entry, given: str) -> None:
    """Commit what an entry is given.

    Raises:
        ContractError: It fails.
    """
    try:
        connection.execute(given.encode())
    except psycopg.Error as error:
        raise behavior.untriable("given", f"fails: {say(error)}", hint="correct the entry") from error


def ask(
    connection: psycopg.Connection[Any], statement: sql.SQL | sql.Composed, values: Sequence[str] = ()
) -> psycopg.RawCursor[Any]:
    """Execute a statement with parameters $1, $2, ...: in a name or a condition % is no parameter's beginning."""
    return psycopg.RawCursor(connection).execute(statement, values or None)


def _identity(relation: Relation) -> Identity:
    return relation.schema, relation.name


def find_relation(
    catalog: Catalog, name: str, *, kinds: tuple[str, ...] = RELATIONS, word: str = "a table"
) -> Relation:
    """Find a table or view, or an index, that is named as in SQL; without a schema it must be the only one of its name.

    Raises:
        MissingError: There is none, or there are several; the nearest ones are named.
    """
    parts = name_parts(name)
    known = [identity for kind in kinds for identity in catalog.records.get(kind, {})]
    found = [identity for identity in known if identity[-len(parts) :] == parts]
    if len(found) == 1:
        return Relation(*found[0])
    names = {str(Relation(*identity)): identity for identity in found or known}
    near = ", ".join(names if found else get_close_matches(name, [*names, *(i[1] for i in known)], n=3))
    reason = f"there are several: {near}" if found else "there is none" + (f"; near: {near}" if near else "")
    raise MissingError(f"{word} {name}", reason)


def name_parts(name: str) -> tuple[str, ...]:
    """Take a name apart that is written as in SQL; what is not quoted is in lower case."""
    return tuple(_fold(part) for part in _NAME.findall(name))


def _fold(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()


def require_columns(catalog: Catalog, relation: Relation, columns: tuple[str, ...]) -> None:
    """Make sure that a table has columns of these names.

    Raises:
        MissingError: One is not there; the nearest ones are named.
    """
    known = [identity[2] for identity in catalog.records.get("column", {}) if identity[:2] == _identity(relation)]
    for column in columns:
        if column not in known:
            near = ", ".join(get_close_matches(column, known, n=3)) or ", ".join(known)
            raise MissingError(f"a column {quote_name(column)} of {relation}", f"there is none; there are: {near}")


def say(error: psycopg.Error) -> str:
    """Return what the server said, in one line, with the SQLSTATE and the constraint where it names one."""
    message = _BLANKS.sub(" ", error.diag.message_primary or str(error)).strip()
    constraint = f' (constraint "{error.diag.constraint_name}")' if error.diag.constraint_name else ""
    return f"{message}{constraint} [{error.sqlstate}]"
