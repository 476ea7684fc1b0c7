"""A function under other settings, and where a parallel query runs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import psycopg

from pgassay.behaviors.functions.call import Call
from pgassay.behaviors.functions.gives import as_volatile
from pgassay.behaviors.functions.verdicts import claims_wrongly
from pgassay.behaviors.scene import say
from pgassay.behaviors.verdicts import finding_of
from pgassay.contract.behavior import FunctionBehavior
from pgassay.findings import Finding

OTHER_SETTINGS: tuple[tuple[str, str], ...] = (
    ("TimeZone", "Pacific/Kiritimati"),  # in these two it is never the same day
    ("TimeZone", "Etc/GMT+12"),
    ("DateStyle", "SQL, DMY"),
    ("IntervalStyle", "iso_8601"),
    ("bytea_output", "escape"),
    ("extra_float_digits", "0"),
    ("default_text_search_config", "pg_catalog.french"),
    ("search_path", "pg_catalog"),
)
"""On each of them an answer may depend that is thought to depend on nothing."""

_CUSTOM = re.compile(r"""\bcurrent_setting\s*\(\s*'([^'.]+\.[^']+)'""", re.IGNORECASE)
_CUSTOM_VALUES = ("1", "2")  # which most types read; what was not set before is empty afterwards, and no longer NULL

_RENAMED = 160000  # the first version that calls it debug_parallel_query
# A subquery that stays one keeps the planner from calling an immutable function itself, in the leader.
_IN_A_WORKER = "SELECT {call} FROM (SELECT 1 OFFSET 0) AS one"
# Workers count, and the leader calls what is restricted to it.
_BESIDE_WORKERS = "SELECT {call}, count(*) FROM pg_catalog.pg_proc"
_WORKERS = {
    "min_parallel_table_scan_size": "0",
    "min_parallel_index_scan_size": "0",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "max_parallel_workers_per_gather": "2",
}


def depends_on_no_setting(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """Report the settings under which an immutable function gives something else; those of its own text among them."""
    told = set()
    for name, value, usual in _other_settings(call):
        found = None if name in told else _otherwise(call, name, value, usual)
        if found:
            told.add(name)
            yield claims_wrongly(
                entry,
                call.function,
                "function-depends-on-settings",
                "gives the same under all settings",
                f"{found} under {name} = '{value}'",
                word="SET search_path = ..." if name == "search_path" else "STABLE",
            )


def _other_settings(call: Call) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield settings with another value, and what is set where the answer is the one that is compared."""
    yield from ((name, value, {}) for name, value in OTHER_SETTINGS)
    one, other = _CUSTOM_VALUES
    yield from ((name, one, {name: other}) for name in dict.fromkeys(_CUSTOM.findall(call.function.body)))


def _otherwise(call: Call, name: str, value: str, usual: Mapping[str, str]) -> str | None:
    """Say what is another answer under a setting; one that is now this and now that is none of the setting's."""
    before = call.under(usual)
    try:
        found = None if call.under({name: value}) == before else "it gives something else"
    except psycopg.Error as error:
        found = f"it fails: {say(error)}"
    return found if found and call.under(usual) == before else None


def runs_in_parallel(entry: FunctionBehavior, call: Call) -> Iterator[Finding]:
    """Report a function that fails in a parallel worker or, where it is restricted to the leader, beside workers."""
    safe = call.function.parallel == "safe"
    try:
        if safe:
            later = call.connection.info.server_version >= _RENAMED
            call.under({"debug_parallel_query" if later else "force_parallel_mode": "on"}, _IN_A_WORKER)
        else:
            call.under(_WORKERS, _BESIDE_WORKERS)
    except psycopg.Error as error:
        where = "in a parallel worker" if safe else "in the leader of a parallel query"
        yield finding_of(
            entry,
            "function-not-parallel-safe" if safe else "function-not-parallel-restricted",
            expected=f"being PARALLEL {call.function.parallel.upper()}, the function runs {where}",
            found=f"it fails there: {say(error)}",
            mend=as_volatile(call.function, "PARALLEL UNSAFE"),
        )
