"""`[[trigger]]`: what must happen when somebody writes.

```toml
[[trigger]]
name = "updated_at moves when a user changes"   # unique; names the check's finding
table = "users"                                 # as in SQL: schema.table, quoted where the name needs it
key = "id"                                      # columns (one, or a list) by which a row is known; left out: the
                                                # primary key. A view has none
trigger = "users_updated_at"                    # the trigger's name; left out: whatever is on the table
given = "INSERT INTO users ..."                 # committed first; may be left out
change = "UPDATE users SET ..."                 # one transaction of its own
after = "users_a_normalise"                     # triggers (one, or a list) that must have fired before this one
replica = "rests"                               # or "fires": what it does under session_replication_role = replica
# and exactly one of
touches = "updated_at"                          # columns (one, or a list) of `table`: move in each row that is changed
keeps = "created_at"                            # columns that the change writes: it fails, or leaves them as they are
rejects = "23505"                               # the change fails with this SQLSTATE, or on this constraint; all of it:
                                                # { sqlstate = "23505", constraint = "users_email_key", at = "commit" }
writes = { table = "audit", row = { action = "update" }, where = "at > now() - interval '1 minute'", count = 1 }
counts = { table = "posts", column = "comments", where = "comments.post_id = posts.id", tries = ["delete", "truncate"] }
notifies = { channel = "jobs", payload = "new", count = 1 }     # json = { id = 1 }: what the payload must have
fills = { slug = "a-title", words = { sql = "to_tsvector('english', title)" } }
append_only = true                              # UPDATE (`change`, or a no-op), DELETE and TRUNCATE do nothing
soft_deletes = "deleted_at"                     # rows that `change` (or a DELETE of all) deletes stay, and say so
# beside `touches` only
unless = "UPDATE users SET last_login_at = now()"   # a change after which the columns must NOT have moved
not_on_noop = true                              # nor after an UPDATE that sets each column to what it is
# beside `counts` only
then = ["UPDATE comments SET ...", "DELETE ..."]    # further changes; the counter must agree after each
```
"""

from __future__ import annotations

from dataclasses import dataclass

from pgassay.contract.behavior.entry import Entry, committed, one_of, one_transaction
from pgassay.contract.behavior.expectations import EXPECTATIONS, Expectation
from pgassay.contract.toml import Table

BESIDE = {"unless": "touches", "not_on_noop": "touches", "then": "counts"}
"""Key -> the expectation that alone it goes with."""
TRIGGER_KEYS = ("name", "table", "key", "trigger", "given", "change", *EXPECTATIONS, *BESIDE, "after", "replica")
WITHOUT_CHANGE = ("append_only", "soft_deletes")
"""Ready shapes: they make their changes themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerBehavior(Entry):
    """One `[[trigger]]` entry.

    Attributes:
        table: The table that is written to, as in SQL.
        key: The columns by which a row is known before and after; empty: those of the primary key.
        trigger: The trigger that does it; None: whatever is on the table, a constraint or an index.
        given: SQL that is committed first; empty: none.
        change: SQL that is put to the test, in a transaction of its own; empty: a ready shape's own.
        expect: What must happen.
        after: Triggers of the table that must have fired before this one.
        replica: `fires` or `rests`: what the trigger does in a session that applies replicated changes; None: whatever.
    """

    table: str
    key: tuple[str, ...] = ()
    trigger: str | None = None
    given: str = ""
    change: str = ""
    expect: Expectation
    after: tuple[str, ...] = ()
    replica: str | None = None

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
    name, table = entry.required_text("name"), entry.required_text("table")
    said = one_of(entry, tuple(EXPECTATIONS))
    _refuse_what_does_not_go_together(entry, said)
    return TriggerBehavior(
        name=name,
        source=entry,
        table=table,
        key=entry.texts("key"),
        trigger=entry.text("trigger"),
        given=committed(entry),
        change=one_transaction(entry, "change", required=said not in WITHOUT_CHANGE),
        expect=EXPECTATIONS[said](entry),
        after=entry.texts("after"),
        replica=entry.choice("replica", ("fires", "rests")),
    )


def _refuse_what_does_not_go_together(entry: Table, said: str) -> None:
    for key, only in BESIDE.items():
        if key in entry.values and said != only:
            raise entry.error(f'"{key}" belongs to "{only}" alone', key=key)
    for key in ("after", "replica"):
        if key in entry.values and "trigger" not in entry.values:
            raise entry.error(f'"{key}" is about one trigger, and "trigger" names none', key=key)
    if said == "soft_deletes" and "change" in entry.values and "trigger" not in entry.values:
        raise entry.error(
            'which rows "change" deletes is told only by trying it without the "trigger"',
            hint="name the trigger",
            key="change",
        )
    if "replica" in entry.values and said == "notifies":
        raise entry.error('"replica" cannot be told beside "notifies"', key="replica", hint="say it of another entry")
