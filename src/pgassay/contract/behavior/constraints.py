"""`[[constraint]]`: a constraint accepts what is valid, and rejects what is not.

```toml
[[constraint]]
name = "an e-mail is free again once its user is deleted"   # unique; names the check's finding
table = "users"                                 # as in SQL
constraint = "users_email_key"                  # CHECK, UNIQUE, EXCLUDE, FOREIGN KEY, or a unique index
given = "INSERT INTO users ..."                 # committed first; may be left out
accepts = "INSERT INTO users ..."               # one text, or a list: each succeeds
rejects = ["INSERT INTO users ..."]             # one text, or a list: each fails on this very constraint
```

Each text is tried in a transaction of its own, which is rolled back; what is deferred happens at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

from pgassay.contract.behavior.entry import Entry, committed, transactions
from pgassay.contract.toml import Table

CONSTRAINT_KEYS = ("name", "table", "constraint", "given", "accepts", "rejects")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintBehavior(Entry):
    """One `[[constraint]]` entry.

    Attributes:
        table: The table, as in SQL.
        constraint: The name of the constraint, or of the unique index, as it is.
        given: SQL that is committed first; empty: none.
        accepts: SQL that must succeed, each text alone.
        rejects: SQL that must fail on the constraint, each text alone.
    """

    table: str
    constraint: str
    given: str = ""
    accepts: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The constraint and its table."""
        return f"constraint {self.constraint} on {self.table}"


def parse_constraint(entry: Table) -> ConstraintBehavior:
    """Read one entry.

    Raises:
        ContractError: It says what means nothing.
    """
    entry.only(CONSTRAINT_KEYS)
    behavior = ConstraintBehavior(
        name=entry.required_text("name"),
        source=entry,
        table=entry.required_text("table"),
        constraint=entry.required_text("constraint"),
        given=committed(entry),
        accepts=transactions(entry, "accepts"),
        rejects=transactions(entry, "rejects"),
    )
    if not behavior.accepts and not behavior.rejects:
        raise entry.error('"accepts" or "rejects" must say what is tried')
    return behavior
