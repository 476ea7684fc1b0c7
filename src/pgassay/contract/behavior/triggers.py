"""`[[trigger]]`: what must happen when somebody writes.

```toml
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
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pgassay.contract.behavior.entry import Entry, committed, one_of, one_transaction, values_of, whole_number
from pgassay.contract.behavior.rejects import Rejects, parse_rejects
from pgassay.contract.toml import Table

EXPECTATIONS = ("touches", "rejects", "writes")
TRIGGER_KEYS = ("name", "table", "trigger", "given", "change", *EXPECTATIONS, "unless")


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
class TriggerBehavior(Entry):
    """One `[[trigger]]` entry.

    Attributes:
        table: The table that is written to, as in SQL.
        trigger: The trigger that does it; None: whatever is on the table, a constraint or an index.
        given: SQL that is committed first; empty: none.
        change: SQL that is put to the test, in a transaction of its own.
        expect: What must happen.
    """

    table: str
    trigger: str | None = None
    given: str = ""
    change: str
    expect: Touches | Rejects | Writes

    @property
    def about(self) -> str:
        """The trigger, or the table where none is named."""
        return f"trigger {self.trigger} on {self.table}" if self.trigger else f"table {self.table}"


def parse_trigger(entry: Table) -> TriggerBehavior:
    """Read one entry.

    Raises:
        ContractError: It says what means nothing.
    """
    entry.only(TRIGGER_KEYS)
    return TriggerBehavior(
        name=entry.required_text("name"),
        source=entry,
        table=entry.required_text("table"),
        trigger=entry.text("trigger"),
        given=committed(entry),
        change=one_transaction(entry, "change", required=True),
        expect=_expectation(entry),
    )


def _expectation(entry: Table) -> Touches | Rejects | Writes:
    said = one_of(entry, EXPECTATIONS)
    if "unless" in entry.values and said != "touches":
        raise entry.error('"unless" belongs to "touches" alone', key="unless")
    match said:
        case "touches":
            return _touches(entry)
        case "rejects":
            return parse_rejects(entry)
        case _:
            return _writes(entry.table("writes"))


def _touches(entry: Table) -> Touches:
    columns = entry.texts("touches")
    if not columns:
        raise entry.error('"touches" names no column', key="touches")
    return Touches(columns=columns, unless=one_transaction(entry, "unless") or None)


def _writes(entry: Table) -> Writes:
    entry.only(("table", "row", "where", "count"))
    row, where = values_of(entry.table("row")), entry.text("where")
    if not row and where is None:
        raise entry.error('"row" or "where" must say which rows appear')
    count = whole_number(entry, "count", default=1, least=1)
    return Writes(table=entry.required_text("table"), row=row, where=where, count=count)
