"""`[[plan]]`: how a query must be planned.

```toml
[[plan]]
name = "an inbox is read by its index"          # unique; names the check's finding
query = "SELECT * FROM messages WHERE recipient_id = $1 ORDER BY created_at DESC LIMIT 20"   # one statement
# one or more of
uses = "messages_recipient_id_idx"              # indexes (one, or a list), as in SQL: each of them is used
without = ["sequential scan", "sort"]           # steps (one, or a list) that do not occur
# and, where it is run on rows that are there, instead of being planned on statistics
given = "INSERT INTO messages ..."              # committed first, then analyzed
parameters = ["7f0c...", 10]                    # values for $1, $2, ...
buffers = 20                                    # pages of 8 kB that are read, at most
rows = 40                                       # rows of tables that are read, at most
```
"""

from __future__ import annotations

from dataclasses import dataclass

from pgassay.contract.behavior.entry import Entry, committed, list_of, whole_number
from pgassay.contract.toml import Table
from pgassay.errors import MigrationError
from pgassay.migrations.split import split

WITHOUT = ("sequential scan", "sort")
MEASURED = ("buffers", "rows")
EXPECTATIONS = ("uses", "without", *MEASURED)
PLAN_KEYS = ("name", "query", "given", "parameters", *EXPECTATIONS)
PLANNED = ("select", "with", "insert", "update", "delete", "merge", "values", "table")
_SHOWN = 60  # characters of a query in what an entry is about


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBehavior(Entry):
    """One `[[plan]]` entry.

    Attributes:
        query: One statement; its parameters are `$1`, `$2`, ...
        uses: Indexes that are used, as in SQL.
        without: Steps that do not occur: `sequential scan`, `sort`.
        given: SQL that is committed first; empty: the query is planned on statistics, and not run.
        parameters: Values as PostgreSQL reads them from text.
        buffers: How many pages are read at most, where the query is run; None: any number.
        rows: How many rows of tables are read at most, where the query is run; None: any number.
    """

    query: str
    uses: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    given: str = ""
    parameters: tuple[str, ...] = ()
    buffers: int | None = None
    rows: int | None = None

    @property
    def about(self) -> str:
        """The query, in one line."""
        text = " ".join(self.query.split())
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def parse_plan(entry: Table) -> PlanBehavior:
    """Read one entry.

    Raises:
        ContractError: It says what means nothing.
    """
    entry.only(PLAN_KEYS)
    if not any(entry.values.get(key, []) != [] for key in EXPECTATIONS):
        raise entry.error(f"one of {', '.join(EXPECTATIONS)} must be there, and say something")
    return PlanBehavior(
        name=entry.required_text("name"),
        source=entry,
        query=_query(entry),
        uses=entry.texts("uses"),
        without=_without(entry),
        given=_given(entry),
        parameters=list_of(entry, "parameters") if "parameters" in entry.values else (),
        buffers=_limit(entry, "buffers"),
        rows=_limit(entry, "rows"),
    )


def _query(entry: Table) -> str:
    text = entry.required_text("query")
    try:
        statements = split(text)
    except MigrationError as cause:
        raise entry.error(f'"query", {cause.message}', key="query", hint=cause.hint) from None
    if len(statements) != 1:
        raise entry.error(f'"query" must hold one statement, not {len(statements)}', key="query")
    if statements[0].words[:1] and statements[0].words[0] not in PLANNED:
        word, known = statements[0].words[0].upper(), ", ".join(PLANNED).upper()
        raise entry.error(f'"query" is planned, and so must be one of {known}, not {word}', key="query")
    return statements[0].sql.removesuffix(";").strip()


def _without(entry: Table) -> tuple[str, ...]:
    steps = entry.texts("without")
    for step in steps:
        if step not in WITHOUT:
            raise entry.error(f'"without" must be of {", ".join(WITHOUT)}, not "{step}"', key="without")
    return steps


def _given(entry: Table) -> str:
    text = committed(entry)
    for key in (*MEASURED, "parameters"):
        if key in entry.values and not text:
            hint = "without rows there is nothing to count; a query that is only planned needs no parameters"
            raise entry.error(f'"{key}" is there, and "given" is missing', key=key, hint=hint)
    return text


def _limit(entry: Table, key: str) -> int | None:
    return whole_number(entry, key, default=0, least=0) if key in entry.values else None
