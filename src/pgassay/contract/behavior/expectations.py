"""What a change must lead to: the records of `[[trigger]]`, one for each key that may say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pgassay.contract.behavior.entry import one_transaction, transactions, value_of, values_of, whole_number
from pgassay.contract.behavior.rejects import Rejects, parse_rejects
from pgassay.contract.toml import Table

EVENTS = ("delete", "truncate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """The columns move in every row that the change writes, and in no other.

    Attributes:
        columns: The columns' names, as they are.
        unless: SQL after which they must not have moved, or None.
        noop: Whether they must stand still in an UPDATE that sets every column to what it is.
    """

    columns: tuple[str, ...]
    unless: str | None = None
    noop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """The change, which writes the columns, fails or leaves them as they are."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """The change makes rows appear in another table.

    Attributes:
        table: The other table, as in SQL.
        row: Column -> value as PostgreSQL reads it from text.
        where: A SQL condition for what `row` cannot say, or None.
        count: How many such rows appear.
    """

    table: str
    row: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A column of another table always says how many rows the entry's table has for each of its rows.

    Attributes:
        table: The table that has the counter, as in SQL.
        column: The counter.
        where: SQL that says which rows of the entry's table belong to a row; both tables stand there by their names.
        then: Further changes after the entry's own, each in a transaction of its own.
        tries: What is tried after each change, and rolled back: `DELETE` or `TRUNCATE` of the whole table.
    """

    table: str
    column: str
    where: str
    then: tuple[str, ...] = ()
    tries: tuple[str, ...] = EVENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifies:
    """The change sends notifications, which arrive when it commits.

    Attributes:
        channel: The channel's name, as it is.
        payload: The whole payload; None: any.
        json: What the payload, a JSON object, must have; empty: nothing.
        count: How many such notifications arrive on the channel; no other ones may.
    """

    channel: str
    payload: str | None = None
    json: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """In each row that the change writes, columns have these values.

    Attributes:
        values: Column -> value as PostgreSQL reads it from text.
        expressions: Column -> SQL expression over the row, as it is after the change.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendOnly:
    """Rows are inserted and never changed: UPDATE, DELETE and TRUNCATE fail or change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDeletes:
    """A row that is deleted stays, and a column says so: it is no longer null or, where it is boolean, true."""

    column: str


Expectation = Touches | Keeps | Rejects | Writes | Counts | Notifies | Fills | AppendOnly | SoftDeletes


def _touches(entry: Table) -> Touches:
    unless = one_transaction(entry, "unless") or None
    return Touches(columns=_columns(entry, "touches"), unless=unless, noop=entry.truth("not_on_noop"))


def _keeps(entry: Table) -> Keeps:
    return Keeps(columns=_columns(entry, "keeps"))


def _columns(entry: Table, key: str) -> tuple[str, ...]:
    columns = entry.texts(key)
    if not columns:
        raise entry.error(f'"{key}" names no column', key=key)
    return columns


def _writes(entry: Table) -> Writes:
    said = entry.table("writes")
    said.only(("table", "row", "where", "count"))
    row, where = values_of(said.table("row")), said.text("where")
    if not row and where is None:
        raise said.error('"row" or "where" must say which rows appear')
    count = whole_number(said, "count", default=1, least=1)
    return Writes(table=said.required_text("table"), row=row, where=where, count=count)


def _counts(entry: Table) -> Counts:
    said = entry.table("counts")
    said.only(("table", "column", "where", "tries"))
    tries = said.texts("tries") if "tries" in said.values else EVENTS
    if unknown := set(tries) - set(EVENTS):
        raise said.error(f'"tries" may hold {" and ".join(EVENTS)}, not "{min(unknown)}"', key="tries")
    table, column, where = map(said.required_text, ("table", "column", "where"))
    return Counts(table=table, column=column, where=where, then=transactions(entry, "then"), tries=tries)


def _notifies(entry: Table) -> Notifies:
    if isinstance(entry.values["notifies"], str):
        return Notifies(channel=entry.required_text("notifies"))
    said = entry.table("notifies")
    said.only(("channel", "payload", "json", "count"))
    if "payload" in said.values and "json" in said.values:
        raise said.error('"payload" and "json" say the same thing twice: keep one')
    payload = value_of(said, "payload") if "payload" in said.values else None
    json = dict(said.table("json").values)
    count = whole_number(said, "count", default=1, least=1)
    return Notifies(channel=said.required_text("channel"), payload=payload, json=json, count=count)


def _fills(entry: Table) -> Fills:
    said = entry.table("fills")
    if not said.values:
        raise said.error("no column is named")
    expressions = {column: said.table(column) for column, value in said.values.items() if isinstance(value, dict)}
    for table in expressions.values():
        table.only(("sql",))
    return Fills(
        values={column: value_of(said, column) for column in said.values if column not in expressions},
        expressions={column: table.required_text("sql") for column, table in expressions.items()},
    )


def _append_only(entry: Table) -> AppendOnly:
    if not entry.truth("append_only"):
        raise entry.error('"append_only" can only be true', key="append_only", hint="take the entry out")
    return AppendOnly()


def _soft_deletes(entry: Table) -> SoftDeletes:
    return SoftDeletes(column=entry.required_text("soft_deletes"))


EXPECTATIONS: Mapping[str, Callable[[Table], Expectation]] = {
    "touches": _touches,
    "keeps": _keeps,
    "rejects": parse_rejects,
    "writes": _writes,
    "counts": _counts,
    "notifies": _notifies,
    "fills": _fills,
    "append_only": _append_only,
    "soft_deletes": _soft_deletes,
}
"""Key -> what reads it from an entry, of which exactly one says what must happen."""
