"""Whose search path decides what the names in a function mean, where that matters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from pgassay.behaviors.access.compare import granted_object
from pgassay.behaviors.access.sight import Sight
from pgassay.catalog.kinds.functions import QUOTE, Function
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Record, RoleName
from pgassay.findings import Finding

SEEN = "seen in the catalog, not tried"
WORDS = re.compile(r'"(?:[^"]|"")+"|\w+')
_SAFE = frozenset({"pg_catalog", "pg_temp", "information_schema"})
_RESOLVED = frozenset({"c", "internal"})  # languages whose bodies name nothing in SQL
_SCHEMA = re.compile(r'"(?:[^"]|"")*"|[^",\s]+')
_UNQUALIFIED = re.compile(r'(?<![\w."])("(?:[^"]|"")+"|\w+)(?!\s*\.)')


def definers(sight: Sight) -> Iterator[Finding]:
    """Yield the SECURITY DEFINER functions that look names up where others put things: they lend them their rights."""
    for function in _lending(sight):
        path = function.settings.get("search_path")
        if path is None:
            yield _definer(function, "no search_path of its own: its caller's decides what its names mean")
        elif open_schemas := [name for name in _schemas(path, function) if _strangers(sight, name, function)]:
            yield _definer(function, f"search_path {path}, in which others may create: {', '.join(open_schemas)}")
        elif _temporary_first(sight, path, function):
            yield _definer(function, f"search_path {path}, before which the caller's temporary tables are looked up")


def _lending(sight: Sight) -> Iterator[Function]:
    """Yield SECURITY DEFINER functions that others call, or that fire, and whose names are looked up when they run."""
    for record in sight.catalog.records.get("function", {}).values():
        function = cast(Function, record)
        called = function.result == "trigger" or _others(sight, function, "EXECUTE", function)
        if function.security_definer and called and _looked_up(function):
            yield function


def _looked_up(function: Function) -> bool:
    """Tell whether the names in a body are looked up when it runs, and not when it is made."""
    return function.language not in _RESOLVED and (not function.head or bool(QUOTE.search(function.head)))


def _names(path: str) -> list[str]:
    """Return the names of a search path: those outside of quotes in small letters."""
    return [bare(found) for found in _SCHEMA.findall(path)]


def _schemas(path: str, function: Function) -> list[str]:
    """Return the schemas of a search path that somebody might create in; "$user" is whom the function acts as."""
    names = (function.owner if name == "$user" else name for name in _names(path))
    return [name for name in names if name and name not in _SAFE]


def _temporary_first(sight: Sight, path: str, function: Function) -> bool:
    """Tell whether somebody's temporary tables come before those that a path is for: by default they come first."""
    named = bool(_schemas(path, function)) and _names(path)[-1] != "pg_temp"
    return named and bool(_others(sight, sight.catalog.records.get("database", {}).get(()), "TEMPORARY", function))


def _strangers(sight: Sight, schema: str, function: Function) -> list[RoleName]:
    """Return who else may create in a schema."""
    return _others(sight, sight.catalog.records.get("schema", {}).get((schema,)), "CREATE", function)


def _others(sight: Sight, record: Record | None, action: str, function: Function) -> list[RoleName]:
    """Return who can do something with an object, beside those who can change the function itself."""
    able = sight.able(record, action) if record else ()
    return [role for role in able if not sight.acts_as(role, function.owner)]


def _definer(function: Function, found: str) -> Finding:
    return Finding(
        rule="definer-search-path",
        object=function.label,
        expected="SECURITY DEFINER, with a search_path in which nobody else may create, and pg_temp last",
        found=f"{found} ({SEEN})",
        mend=_fix(function),
    )


def _fix(function: Function) -> str:
    fixed = f"ALTER {granted_object(function)} SET search_path = pg_catalog, pg_temp;"
    return f"{fixed}\nand qualify the names in its body"


def policies_astray(sight: Sight) -> Iterator[Finding]:
    """Yield the policies that ask a function whose tables its caller can put others before: it lets itself in."""
    functions = [cast(Function, record) for record in sight.catalog.records.get("function", {}).values()]
    for record in sight.catalog.records.get("policy", {}).values():
        policy = cast(Policy, record)
        table = sight.catalog.records.get("table", {}).get((policy.schema, policy.table))
        asked = {bare(word) for word in WORDS.findall(f"{policy.using or ''} {policy.check or ''}")}
        for function in (one for one in functions if table and one.name in asked):
            if names := _led_astray(sight, cast(Table, table), function):
                yield _astray(policy, function, names)


def _led_astray(sight: Sight, table: Table, function: Function) -> list[str]:
    """Return the relations that a function names without their schemas, if its caller's search path decides on them."""
    path = function.settings.get("search_path")
    users = [role for role in sight.able(table, *_USING) if not sight.acts_as(role, table.owner)]
    if function.security_definer or not users or not _looked_up(function):
        return []
    if path is not None and not _temporary_first(sight, path, function):
        return []
    named = {bare(word) for word in _UNQUALIFIED.findall(function.body)}
    relations = (name for kind in _RELATIONS for _, name in sight.catalog.records.get(kind, {}))
    return sorted(named.intersection(relations))


_USING = ("SELECT", "INSERT", "UPDATE", "DELETE")
_RELATIONS = ("table", "view", "materialized view")


def _astray(policy: Policy, function: Function, names: list[str]) -> Finding:
    return Finding(
        rule="policy-search-path",
        object=f"{policy.label} by {function.label}",
        expected="a search_path of the function's own, with pg_temp last",
        found=f"it names {', '.join(names)} without a schema: whoever queries the table decides by its search_path, "
        f"or a temporary table, which that is ({SEEN})",
        mend=_fix(function),
    )


def bare(word: str) -> str:
    """Return a name as it is kept: out of its quotes, or in small letters."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
