"""`[[access]]`: who can do what, and which rows they see. An entry speaks of privileges, or of one role's rows.

```toml
[[access]]
name = "only the application writes users"      # unique; names the entry's findings
on = "users"                                    # as in SQL, one or a list; * and ? stand for any letters: "public.*";
                                                # "users(password_hash)" is a column, other kinds say what they are:
                                                # "schema public", "function f(integer)", "type mood", "database"
can = { app = ["SELECT", "INSERT"], app_readonly = "SELECT" }   # at least this; ALL is every action
cannot = { app = "TRUNCATE" }                   # and none of this
nobody_else = true                              # and nobody anything beyond `can`, but owner and superusers

[[access]]
name = "a tenant sees its own orders, and no other"
on = "orders"                                   # the table, for `sees`, `updates` and `deletes`
as = "app"                                      # the role that acts
claims = { "app.tenant" = "1" }                 # set for the transaction; a table is sent as JSON
given = "INSERT INTO orders ..."                # committed first, by a superuser
sees = "tenant_id = 1"                          # exactly the rows for which this SQL condition holds
updates = "tenant_id = 1"                       # exactly these can be updated
deletes = "false"                               # exactly these can be deleted
may = "INSERT INTO orders ..."                  # statements, one or a list, that succeed and write or give a row
may_not = "INSERT INTO orders ..."              # statements that are denied (42501), or find no row
hides = "a secret"                              # texts that no row and no error of these statements tells
```
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from pgassay.catalog.grantable import KINDS, privileges_on
from pgassay.contract.behavior.entry import Entry, committed, transactions, value_of
from pgassay.contract.toml import Table
from pgassay.migrations.split import split

ALL = "ALL"
NEWEST = 1_000  # a major that has every privilege there is
ACTIONS = tuple(dict.fromkeys([*(word for kind in KINDS for word in privileges_on(kind, NEWEST)), ALL]))
_SHORT = {"TEMP": "TEMPORARY"}
_SHARED = ("name", "on")
_PRIVILEGES = ("can", "cannot", "nobody_else")
_WHO = frozenset({"role", "session_authorization"})
_ROWS = ("as", "claims", "given", "sees", "updates", "deletes", "may", "may_not", "hides")


@dataclass(frozen=True, slots=True, kw_only=True)
class Privileges:
    """Who can do what with some objects.

    Attributes:
        can: Role, or PUBLIC -> the actions that it can do.
        cannot: Role, or PUBLIC -> the actions that it cannot do.
        nobody_else: Whether nobody can do anything beyond `can`, but the owner and superusers.
    """

    can: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cannot: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nobody_else: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What one role sees of a table's rows, and may do with them.

    Attributes:
        role: The role that acts.
        claims: Setting -> the value that it has in the transaction.
        sees: A SQL condition that holds for exactly the rows that it sees, or None.
        updates: The same of the rows that it can update.
        deletes: The same of the rows that it can delete.
        may: Statements that succeed, and write or give a row.
        may_not: Statements that are denied, or find no row.
        hides: Texts that no row and no error of these statements may tell.
    """

    role: str
    claims: Mapping[str, str] = field(default_factory=dict)
    sees: str | None = None
    updates: str | None = None
    deletes: str | None = None
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessBehavior(Entry):
    """One `[[access]]` entry.

    Attributes:
        on: The objects, as in SQL.
        given: SQL that is committed first; empty: none.
        expect: What must be.
    """

    on: tuple[str, ...] = ()
    given: str = ""
    expect: Privileges | Rows

    @property
    def about(self) -> str:
        """The objects, and the role where one acts."""
        role = f"role {self.expect.role}" if isinstance(self.expect, Rows) else ""
        return " on ".join(part for part in (role, ", ".join(self.on)) if part)


def parse_access(entry: Table) -> AccessBehavior:
    """Read one entry.

    Raises:
        ContractError: It says what means nothing; the nearest known words are named.
    """
    of_rows = "as" in entry.values
    entry.only((*_SHARED, *_PRIVILEGES, *_ROWS))
    for key in _PRIVILEGES if of_rows else _ROWS:
        if key in entry.values:
            problem = f'"{key}" {"does not go with" if of_rows else "goes with"} "as"'
            hint = "an entry speaks of privileges, or of the rows of the role that acts: make it two"
            raise entry.error(problem, key=key, hint=hint)
    return AccessBehavior(
        name=entry.required_text("name"),
        source=entry,
        on=entry.texts("on"),
        given=committed(entry),
        expect=_rows(entry) if of_rows else _privileges(entry),
    )


def _privileges(entry: Table) -> Privileges:
    entry_says = Privileges(
        can=_who(entry, "can"), cannot=_who(entry, "cannot"), nobody_else=entry.truth("nobody_else")
    )
    if entry_says == Privileges():
        raise entry.error(f"one of {', '.join((*_PRIVILEGES, 'as'))} must say something")
    if not entry.texts("on"):
        raise entry.error('"on" is missing')
    return entry_says


def _who(entry: Table, key: str) -> Mapping[str, tuple[str, ...]]:
    table = entry.table(key)
    return MappingProxyType({role: _actions(table, role) for role in table.values})


def _actions(table: Table, role: str) -> tuple[str, ...]:
    found = tuple(_SHORT.get(word.upper(), word.upper()) for word in table.texts(role))
    for action in found:
        if action not in ACTIONS:
            near = get_close_matches(action, ACTIONS, n=1)
            hint = f"there are: {', '.join(ACTIONS)}" + (f'; did you mean "{near[0]}"?' if near else "")
            raise table.error(f'there is no action "{action}"', key=role, hint=hint)
    return found


def _rows(entry: Table) -> Rows:
    rows = Rows(
        role=entry.required_text("as"),
        claims=_claims(entry.table("claims")),
        sees=entry.text("sees"),
        updates=entry.text("updates"),
        deletes=entry.text("deletes"),
        may=_statements(entry, "may"),
        may_not=_statements(entry, "may_not"),
        hides=entry.texts("hides"),
    )
    conditions = [key for key in ("sees", "updates", "deletes") if key in entry.values]
    if not conditions and not rows.may and not rows.may_not:
        raise entry.error("one of sees, updates, deletes, may, may_not must say something")
    if conditions and len(entry.texts("on")) != 1:
        raise entry.error(f'"{conditions[0]}" speaks of the rows of one table: "on" must name it', key=conditions[0])
    return rows


def _claims(table: Table) -> Mapping[str, str]:
    for key in table.values:
        if key.lower() in _WHO:
            raise table.error(f'"{key}" is who acts', key=key, hint='say it with "as"')
    return MappingProxyType({key: _claim(table, key) for key in table.values})


def _claim(table: Table, key: str) -> str:
    """A gateway's claims are JSON in one setting, and an application's a setting each."""
    value = table.values[key]
    try:
        return json.dumps(value) if isinstance(value, dict | list) else value_of(table, key)
    except TypeError:
        raise table.error(f'"{key}" cannot be written as JSON', key=key, hint="write times as texts") from None


def _statements(entry: Table, key: str) -> tuple[str, ...]:
    """Return statements, each of them one that stays within its transaction."""
    texts = transactions(entry, key)
    for text in texts:
        if (number := len(tuple(split(text)))) != 1:
            hint = 'what must be there before belongs into "given"; several statements are a list'
            raise entry.error(f'"{key}" must hold one statement in each text, not {number}', key=key, hint=hint)
    return texts
