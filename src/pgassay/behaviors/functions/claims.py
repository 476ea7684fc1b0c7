"""Whether a function is what it claims to be: IMMUTABLE, STABLE, PARALLEL SAFE, and null for null.

The server believes what is declared. A trial can contradict it; it can never prove it for all arguments.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from pgassay.behaviors.functions.call import Call, Rows
from pgassay.behaviors.functions.elsewhere import depends_on_no_setting, runs_in_parallel
from pgassay.behaviors.functions.gives import as_volatile
from pgassay.behaviors.functions.verdicts import claims_wrongly
from pgassay.behaviors.scene import say
from pgassay.behaviors.verdicts import finding_of
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding

# What this transaction has locked, it has looked at; the query itself locks nothing, so that system catalogs count.
_LOCKED = "SELECT relation FROM pg_lock_status() WHERE pid = pg_backend_pid() AND locktype = 'relation'"
_NAMES = """
SELECT oid::regclass::text FROM pg_class WHERE oid = ANY (%s) AND relkind IN ('r', 'p', 'm', 'f', 'v', 'S') ORDER BY 1
"""
_TWICE = "SELECT {call}, pg_sleep(0.002), {call}"  # a clock moves in between
_ROWS = "(SELECT array_agg(pgassay_row::text) FROM {call} AS pgassay_row)"
_ROWS_TWICE = f"SELECT {_ROWS}, pg_sleep(0.002), {_ROWS}"


def claims(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """Report each claim that a trial contradicts. The call itself is known to succeed."""
    function = call.function
    if function.volatility != "volatile":
        yield from _writes_nothing(entry, call)
        yield from _stays_the_same(entry, call)
    if function.volatility == "immutable":
        yield from depends_on_no_setting(entry, call)
    if function.parallel != "unsafe":
        yield from runs_in_parallel(entry, call)
    if entry.strict is not None:
        yield from _is_strict(entry, call) if entry.strict else _takes_nulls(entry, call)


def _writes_nothing(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """A transaction gets an ID as soon as it writes; an immutable function does not even read."""
    with call.rolled_back():
        call.rows()
        row = call.connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()
        locked = [oid for (oid,) in call.connection.execute(_LOCKED)]
        read = [name for (name,) in call.connection.execute(_NAMES, [locked])]
    if row == (True,):
        found = "it writes: its transaction got an ID"
        yield claims_wrongly(entry, call.function, "function-writes", "writes nothing", found)
    elif call.function.volatility == "immutable" and read:
        found = f"it reads {', '.join(read)}"
        yield claims_wrongly(entry, call.function, "function-reads", "reads no table", found, word="STABLE")


def _stays_the_same(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """Within one statement even a stable function gives the same for the same, and an immutable one for ever."""
    of_rows = (call.function.result or "").startswith(("SETOF", "TABLE"))
    with call.rolled_back():
        ((first, _, second),) = call.rows(_ROWS_TWICE if of_rows else _TWICE)
    rule = "function-changes-its-answer"
    if first != second:
        expected = "gives the same for the same arguments within one statement"
        yield claims_wrongly(entry, call.function, rule, expected, "it gives another value at once")
    elif call.function.volatility == "immutable" and call.under({}) != call.under({}):
        expected, found = "gives the same for the same arguments for ever", "it gives another value a moment later"
        yield claims_wrongly(entry, call.function, rule, expected, found, word="STABLE")


def _is_strict(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    for position in range(len(call.values)):
        found = _answer(call, position)
        if found is not None:
            yield finding_of(
                entry,
                "function-not-strict",
                expected=f"null for argument {position + 1} gives null",
                found=found,
                mend=as_volatile(call.function, "STRICT"),
            )


def _takes_nulls(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """What is STRICT is not even called with a null."""
    if not any(_answer(call, position) for position in range(len(call.values))):
        yield finding_of(
            entry,
            "function-strict",
            expected="null for one of the arguments gives something",
            found="it is STRICT, and not called then" if call.function.strict else "null for any of them gives null",
            mend=as_volatile(call.function, "CALLED ON NULL INPUT"),
        )


def _answer(call: Call, position: int) -> str | None:
    """Say what comes of a null for one argument; None: a null, or no row."""
    values = (*call.values[:position], None, *call.values[position + 1 :])
    try:
        with call.rolled_back():
            rows: Rows = call.rows(values=values)
    except psycopg.Error as error:
        return f"it fails: {say(error)}"
    return None if all(row == (None,) for row in rows) else "it gives a value"
