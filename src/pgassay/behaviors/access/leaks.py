"""What goes past row security, and whose search path decides what names mean: as the catalog has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from pgassay.behaviors.access.search_paths import SEEN, WORDS, bare, definers, policies_astray
from pgassay.behaviors.access.sight import Sight, qualified
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import MaterializedView
from pgassay.catalog.record import PUBLIC, Record, RoleName, quote_name
from pgassay.findings import Finding


def catalog_leaks(sight: Sight) -> list[Finding]:
    """Return what the catalog alone tells: functions that others can lead astray, and what refers past row security."""
    found = (definers, policies_astray, _functions, _materialized, _references, _parts)
    return [finding for look in found for finding in look(sight)]


def _functions(sight: Sight) -> Iterator[Finding]:
    """A SECURITY DEFINER function of who bypasses a table's policies reads past them for whoever calls it."""
    for record in sight.catalog.records.get("function", {}).values():
        function = cast(Function, record)
        if not function.security_definer:
            continue
        words = {bare(word) for word in WORDS.findall(function.body)}
        for table in sight.protected:
            callers = sight.subject(sight.able(function, "EXECUTE"), table)
            if callers and table.name in words and sight.bypasses(function.owner, table):
                yield past(function, table, callers, f"its body names the table ({SEEN})", mend=_FOR_FUNCTIONS)


_FOR_FUNCTIONS = "make it SECURITY INVOKER, or let it give only what its caller may see, and accept the finding"


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
    return {bare(word) for text in using for word in WORDS.findall(text or "")}


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
