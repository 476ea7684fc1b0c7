"""behavior.toml: what must happen when somebody writes, which DDL cannot say.

```toml
[scope]
foreign_schemas = ["cron", "legacy_*"]     # schemas that are none of the contract's business (globs)

[[trigger]]
name = "updated_at moves when a user changes"   # unique; names the check's finding
table = "users"                                 # as in SQL: schema.table, quoted where the name needs it
trigger = "users_updated_at"                    # the trigger's name; left out: whatever is on the table
given = "INSERT INTO users ..."                 # committed first; may be left out
change = "UPDATE users SET ..."                 # one transaction of its own
# and exactly one of
touches = "updated_at"                          # columns (one, or a list) of `table`: move in each row that is changed
rejects = "23505"                               # the change fails with this SQLSTATE, or on this constraint;
                                                # both: { sqlstate = "23505", constraint = "users_email_key" }
writes = { table = "audit", row = { action = "update" }, where = "at > now() - interval '1 minute'", count = 1 }
# beside `touches` only
unless = "UPDATE users SET last_login_at = now()"   # a change after which the columns must NOT have moved

[rows."public.users"]                           # what the row factory puts into columns: `contract/rows.py`
email = "'user' || n || '@example.org'"
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType

from pgassay.contract.rows import RowsOfTable, load_rows
from pgassay.contract.toml import Table, read_toml
from pgassay.errors import MigrationError
from pgassay.migrations.split import Statement, split

EXPECTATIONS = ("touches", "rejects", "writes")
TRIGGER_KEYS = ("name", "table", "trigger", "given", "change", *EXPECTATIONS, "unless")
SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_TRANSACTION_EDGES = frozenset({"begin", "start", "commit", "end", "rollback", "abort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """The columns move in every row that the change writes, and in no other.

    Attributes:
        columns: The columns' names, as they are.
        unless: SQL after which they must not have moved, or None.
    """

    columns: tuple[str, ...]
    unless: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejects:
    """The change fails with this SQLSTATE, on this constraint; at least one of them is given."""

    sqlstate: str | None = None
    constraint: str | None = None


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
class TriggerBehavior:
    """One `[[trigger]]` entry.

    Attributes:
        name: What the entry is called; unique.
        table: The table that is written to, as in SQL.
        trigger: The trigger that does it; None: whatever is on the table, a constraint or an index.
        given: SQL that is committed first; empty: none.
        change: SQL that is put to the test, in a transaction of its own.
        expect: What must happen.
    """

    name: str
    table: str
    trigger: str | None
    given: str
    change: str
    expect: Touches | Rejects | Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """What behavior.toml says.

    Attributes:
        triggers: The `[[trigger]]` entries, in the file's order.
        foreign_schemas: Schemas that are there and are none of the contract's business (globs).
        rows: What `[rows]` gives columns that the row factory fills.
    """

    triggers: tuple[TriggerBehavior, ...] = ()
    foreign_schemas: tuple[str, ...] = ()
    rows: tuple[RowsOfTable, ...] = ()


def load_behavior(path: Path) -> Behavior:
    """Read behavior.toml; a file that is not there says nothing.

    Raises:
        ContractError: It cannot be read, or holds what means nothing: file, entry and the known keys are named.
    """
    if not path.exists():
        return Behavior()
    top = read_toml(path)
    top.only(("scope", "trigger", "rows"))
    scope = top.table("scope")
    scope.only(("foreign_schemas",))
    triggers = tuple(_trigger(entry) for entry in top.entries("trigger"))
    _refuse_repeated(top, [trigger.name for trigger in triggers])
    return Behavior(triggers=triggers, foreign_schemas=scope.texts("foreign_schemas"), rows=load_rows(path, top))


def _refuse_repeated(top: Table, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise top.error(
                f'two [[trigger]] entries are named "{name}"', hint="a finding is known by its entry's name"
            )


def _trigger(entry: Table) -> TriggerBehavior:
    entry.only(TRIGGER_KEYS)
    return TriggerBehavior(
        name=entry.required_text("name"),
        table=entry.required_text("table"),
        trigger=entry.text("trigger"),
        given=_sql(entry, "given"),
        change=_sql(entry, "change"),
        expect=_expectation(entry),
    )


def _sql(entry: Table, key: str) -> str:
    """Return SQL that can be split; what is put to the test may not end its own transaction."""
    text = entry.required_text(key) if key == "change" else entry.text(key) or ""
    try:
        statements = split(text)
    except MigrationError as cause:
        raise entry.error(f'"{key}", {cause.message}', hint=cause.hint) from None
    if key == "change" and not statements:
        raise entry.error('"change" holds no statement')
    for statement in statements if key != "given" else ():
        if _edges_transaction(statement):
            raise entry.error(
                f'"{key}", line {statement.line}: {statement.words[0].upper()} in what runs as one transaction',
                hint='what must be committed before belongs into "given"',
            )
    return text


def _edges_transaction(statement: Statement) -> bool:
    back_to_savepoint = statement.words[:2] == ("rollback", "to")
    return statement.words[:1] != () and statement.words[0] in _TRANSACTION_EDGES and not back_to_savepoint


def _expectation(entry: Table) -> Touches | Rejects | Writes:
    said = [key for key in EXPECTATIONS if key in entry.values]
    if len(said) != 1:
        found = " and ".join(f'"{key}"' for key in said) or "none"
        raise entry.error(f"exactly one of {', '.join(EXPECTATIONS)} must be there, found {found}")
    if "unless" in entry.values and said != ["touches"]:
        raise entry.error('"unless" belongs to "touches" alone')
    match said[0]:
        case "touches":
            return _touches(entry)
        case "rejects":
            return _rejects(entry)
        case _:
            return _writes(entry.table("writes"))


def _touches(entry: Table) -> Touches:
    columns = entry.texts("touches")
    if not columns:
        raise entry.error('"touches" names no column')
    return Touches(columns=columns, unless=_sql(entry, "unless") or None)


def _rejects(entry: Table) -> Rejects:
    if isinstance(entry.values["rejects"], dict):
        both = entry.table("rejects")
        both.only(("sqlstate", "constraint"))
        sqlstate, constraint = both.text("sqlstate"), both.text("constraint")
        if sqlstate is None and constraint is None:
            raise both.error('"sqlstate" or "constraint" must be there')
        if sqlstate is not None and not SQLSTATE.fullmatch(sqlstate):
            raise both.error(f'"{sqlstate}" is not an SQLSTATE: five digits or capital letters')
        return Rejects(sqlstate=sqlstate, constraint=constraint)
    code = entry.required_text("rejects")
    return Rejects(sqlstate=code) if SQLSTATE.fullmatch(code) else Rejects(constraint=code)


def _writes(entry: Table) -> Writes:
    entry.only(("table", "row", "where", "count"))
    row, where = entry.table("row"), entry.text("where")
    if not row.values and where is None:
        raise entry.error('"row" or "where" must say which rows appear')
    count = entry.values.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise entry.error(f'"count" must be a whole number of at least 1, not {count!r}')
    values = {column: _value(row, column) for column in row.values}
    return Writes(table=entry.required_text("table"), row=MappingProxyType(values), where=where, count=count)


def _value(row: Table, column: str) -> str:
    """Return a TOML value as the text that PostgreSQL reads into a column of whatever type it has."""
    match row.values[column]:
        case bool(value):
            return "true" if value else "false"
        case str(value):
            return value
        case int(value) | float(value):
            return repr(value)
        case datetime() | date() | time() as value:
            return value.isoformat()
        case value:
            raise row.error(f'"{column}" must be a text, a number, a truth value or a time, not {value!r}')
