"""Whether a function is what it claims to be: IMMUTABLE, STABLE, PARALLEL SAFE, and null for null.

The server believes what is declared. A trial can contradict it; it can never prove it for all arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from pgassay.behaviors.functions.call import Call, Rows
from pgassay.behaviors.functions.gives import as_volatile
from pgassay.behaviors.scene import say
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.kinds.functions import Function
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding

OTHER_SETTINGS: Mapping[str, str] = {
    "TimeZone": "Pacific/Kiritimati",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "iso_8601",
    "bytea_output": "escape",
    "extra_float_digits": "0",
    "search_path": "pg_catalog",
}
"""On each of them an answer may depend that is thought to depend on nothing."""

# The tables, views and sequences that this transaction has locked are those that it has looked at.
_READ = """
SELECT c.oid::regclass::text
  FROM pg_locks AS l
  JOIN pg_class AS c ON c.oid = l.relation
 WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND c.relkind IN ('r', 'p', 'm', 'f', 'v', 'S')
 ORDER BY 1
"""
_TWICE = "SELECT {call}, pg_sleep(0.002), {call}"  # a clock moves in between
# A subquery that stays one keeps the planner from calling an immutable function itself, in the leader.
_IN_A_WORKER = "SELECT {call} FROM (SELECT 1 OFFSET 0) AS one"


def claims(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """Report each claim that a trial contradicts. The call itself is known to succeed."""
    function = call.function
    if function.volatility != "volatile":
        yield from _writes_nothing(entry, call)
        yield from _stays_the_same(entry, call)
    if function.volatility == "immutable":
        yield from _depends_on_no_setting(entry, call)
    if function.parallel == "safe":
        yield from _runs_in_a_worker(entry, call)
    if entry.strict:
        yield from _gives_null_for_null(entry, call)


def _writes_nothing(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """A transaction gets an ID as soon as it writes; an immutable function does not even read."""
    with call.rolled_back():
        call.rows()
        row = call.connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()
        read = [name for (name,) in call.connection.execute(_READ)]
    if row == (True,):
        yield _finding(
            entry, call.function, "function-writes", "writes nothing", "it writes: its transaction got an ID"
        )
    elif call.function.volatility == "immutable" and read:
        found = f"it reads {', '.join(read)}"
        yield _finding(entry, call.function, "function-reads", "reads no table", found, word="STABLE")


def _stays_the_same(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """Within one statement even a stable function gives the same for the same."""
    if (call.function.result or "").startswith(("SETOF", "TABLE")):
        return
    with call.rolled_back():
        ((first, _, second),) = call.rows(_TWICE)
    if first != second:
        expected = "gives the same for the same arguments within one statement"
        yield _finding(entry, call.function, "function-changes-its-answer", expected, "it gives another value at once")


def _depends_on_no_setting(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    usual = call.under({})
    for name, value in OTHER_SETTINGS.items():
        try:
            found = None if call.under({name: value}) == usual else "it gives something else"
        except psycopg.Error as error:
            found = f"it fails: {say(error)}"
        if found and call.under({}) == usual:
            yield _depends(entry, call.function, f"{found} under {name} = '{value}'", name)


def _depends(entry: FunctionBehavior, function: Function, found: str, name: str) -> Finding:
    word = "SET search_path = ..." if name == "search_path" else "STABLE"
    expected = "gives the same under all settings"
    return _finding(entry, function, "function-depends-on-settings", expected, found, word=word)


def _runs_in_a_worker(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    name = "debug_parallel_query" if call.connection.info.server_version >= 160000 else "force_parallel_mode"
    try:
        call.under({name: "on"}, _IN_A_WORKER)
    except psycopg.Error as error:
        yield finding_of(
            entry,
            "function-not-parallel-safe",
            expected="being PARALLEL SAFE, the function runs in a parallel worker",
            found=f"it fails there: {say(error)}",
            mend=as_volatile(call.function, "PARALLEL UNSAFE"),
        )


def _gives_null_for_null(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    for position in range(len(call.values)):
        values = (*call.values[:position], None, *call.values[position + 1 :])
        found = _answer(call, values)
        if found is not None:
            yield finding_of(
                entry,
                "function-not-strict",
                expected=f"null for argument {position + 1} gives null",
                found=found,
                mend=as_volatile(call.function, "STRICT"),
            )


def _answer(call: Call, values: tuple[bytes | None, ...]) -> str | None:
    """Say what comes of a null; None: a null, or no row."""
    try:
        with call.rolled_back():
            rows: Rows = call.rows(values=values)
    except psycopg.Error as error:
        return f"it fails: {say(error)}"
    return None if all(row == (None,) for row in rows) else "it gives a value"


def _finding(
    entry: FunctionBehavior, function: Function, rule: str, expected: str, found: str, *, word: str = "VOLATILE"
) -> Finding:
    return finding_of(
        entry,
        rule,
        expected=f"being {function.volatility}, the function {expected}",
        found=found,
        mend=as_volatile(function, word),
    )
