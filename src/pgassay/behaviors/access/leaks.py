"""What goes past row security, and what lends its owner's rights to whoever calls it: as the catalog has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

from pgassay.behaviors.access.compare import granted_object
from pgassay.behaviors.access.sight import Sight, qualified
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import QUOTE, Function
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import MaterializedView
from pgassay.catalog.record import PUBLIC, Record, RoleName, quote_name
from pgassay.findings import Finding

SEEN = "seen in the catalog, not tried"
_SAFE = frozenset({"pg_catalog", "pg_temp", "information_schema"})
_RESOLVED = frozenset({"c", "internal"})  # languages whose bodies name nothing in SQL
_SCHEMA = re.compile(r'"(?:[^"]|"")*"|[^",\s]+')
_WORDS = re.compile(r'"(?:[^"]|"")+"|\w+')


def catalog_leaks(sight: Sight) -> list[Finding]:
    """Return what the catalog alone tells: functions that lend rights, and what refers past row security."""
    found = (_definers, _functions, _materialized, _references, _parts)
    return [finding for look in found for finding in look(sight)]


def _definers(sight: Sight) -> Iterator[Finding]:
    """A SECURITY DEFINER function looks names up in its caller's search path, unless it has one of its own."""
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
        looked_up = function.language not in _RESOLVED and (not function.head or QUOTE.search(function.head))
        if function.security_definer and looked_up and (function.result == "trigger" or _callers(sight, function)):
            yield function


def _callers(sight: Sight, function: Function) -> list[RoleName]:
    return _others(sight, function, "EXECUTE", function)


def _names(path: str) -> list[str]:
    """Return the names of a search path: those outside of quotes in small letters."""
    return [_bare(found) for found in _SCHEMA.findall(path)]


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
        mend=f"ALTER {granted_object(function)} SET search_path = pg_catalog, pg_temp;\n"
        "and qualify the names in its body",
    )


def _functions(sight: Sight) -> Iterator[Finding]:
    """A SECURITY DEFINER function of who bypasses a table's policies reads past them for whoever calls it."""
    for record in sight.catalog.records.get("function", {}).values():
        function = cast(Function, record)
        if not function.security_definer:
            continue
        words = {_bare(word) for word in _WORDS.findall(function.body)}
        for table in sight.protected:
            callers = sight.subject(sight.able(function, "EXECUTE"), table)
            if callers and table.name in words and sight.bypasses(function.owner, table):
                yield past(function, table, callers, f"its body names the table ({SEEN})", mend=_FOR_FUNCTIONS)


_FOR_FUNCTIONS = "make it SECURITY INVOKER, or let it give only what its caller may see, and accept the finding"


def _bare(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()


def _materialized(sight: Sight) -> Iterator[Finding]:
    """A materialized view keeps rows as whoever refreshes it sees them."""
    for view, table in _stored_over(sight):
        readers = sight.subject(sight.able(view, "SELECT"), table)
        if readers and sight.bypasses(view.owner, table):
            mend = "REVOKE SELECT on it, or let it hold nothing that is kept apart"
            yield past(view, table, readers, f"it holds the rows that {view.owner} sees ({SEEN})", mend=mend)


def _stored_over(sight: Sight) -> Iterator[tuple[MaterializedView, Table]]:
    """Yield each materialized view with each protected table that it is over, through views or not."""
    for table in sight.protected:
        over = {qualified(table), *map(qualified, sight.views(table))}
        views = (
            cast(MaterializedView, record) for record in sight.catalog.records.get("materialized view", {}).values()
        )
        yield from ((view, table) for view in views if over.intersection(view.uses))


def _references(sight: Sight) -> Iterator[Finding]:
    """A foreign key is checked past row security: who writes one learns whether a row is there that it cannot see.

    Unless the key itself holds what the policies go by, as a tenant's number does.
    """
    for record in sight.catalog.records.get("constraint", {}).values():
        constraint = cast(Constraint, record)
        for table in sight.protected:
            if constraint.constraint_type == "foreign key" and constraint.references == qualified(table):
                writers = sight.subject(_writers(sight, constraint), table)
                if writers and not set(constraint.referenced_columns) & _judged(sight, table):
                    yield past(
                        constraint, table, writers, f"writing tells which keys are there ({SEEN})", mend=_FOR_KEYS
                    )


_FOR_KEYS = "take what the policies go by into the key, so that a row refers to its own tenant's alone"


def _writers(sight: Sight, constraint: Constraint) -> Sequence[RoleName]:
    table = sight.catalog.records.get("table", {}).get((constraint.schema, constraint.table))
    return sight.able(table, "INSERT", "UPDATE") if table else ()


def _parts(sight: Sight) -> Iterator[Finding]:
    """The policies of a partitioned table hold for who names that table, and not for who names a partition."""
    for table in sight.protected:
        for part in sight.parts(table):
            users = sight.subject(sight.able(part, "SELECT", "INSERT", "UPDATE", "DELETE"), part)
            if users and not part.row_security:
                word = "a partition" if part.partition_bound else "a table that inherits from it"
                found = f"it is {word}, has no row security of its own, and can be named itself ({SEEN})"
                mend = f"ALTER TABLE {qualified(part)} ENABLE ROW LEVEL SECURITY;"
                yield past(part, table, users, found, mend=mend)


def _judged(sight: Sight, table: Table) -> set[str]:
    """Return the words of the conditions by which a table's rows are seen."""
    policies = (cast(Policy, record) for record in sight.catalog.records.get("policy", {}).values())
    using = (policy.using for policy in policies if (policy.schema, policy.table) == (table.schema, table.name))
    return {_bare(word) for text in using for word in _WORDS.findall(text or "")}


def past(record: Record, table: Table, roles: Sequence[RoleName], found: str, *, mend: str) -> Finding:
    """Report what goes past a table's row security."""
    names = ", ".join(PUBLIC if role == PUBLIC else quote_name(role) for role in roles)
    return Finding(
        rule="row-security-passed",
        object=f"{record.label} past {table.label}",
        expected=f"the policies of {table.label} hold for {names}",
        found=found,
        mend=mend,
    )
