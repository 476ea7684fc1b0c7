"""Views that read past row security: tried with a policy that cannot be computed, so that no row is needed.

For a moment the table has a restrictive policy `1 / 0 = 1`, which the planner computes wherever the policy holds. Who
reads the view without meeting that error reads past the table's policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.behaviors.access.attempts import Statement
from pgassay.behaviors.access.cells import Tried
from pgassay.behaviors.access.leaks import past
from pgassay.behaviors.access.search_paths import SEEN
from pgassay.behaviors.access.sight import Sight
from pgassay.behaviors.access.workshop import workshop
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.views import View
from pgassay.catalog.record import RoleName, quote_name
from pgassay.findings import Finding

_TRAPS: tuple[LiteralString, ...] = ("PERMISSIVE", "RESTRICTIVE")
"""Without a permissive policy none is looked at, for nothing could be seen."""


def view_leaks(sight: Sight) -> list[Finding]:
    """Return the views that read past row security as far as the catalog tells: with the rights of who bypasses it."""
    return [
        finding for table in sight.protected for view in sight.views(table) for finding in _seen(sight, view, table)
    ]


def _seen(sight: Sight, view: View, table: Table) -> Iterator[Finding]:
    readers = sight.subject(sight.able(view, "SELECT"), table)
    invoker = view.options.get("security_invoker", "false") in {"true", "on", "1", "yes"}
    if readers and not invoker and sight.bypasses(view.owner, table):
        yield past(view, table, readers, f"it reads with the rights of {view.owner} ({SEEN})", mend=_mend(sight, view))


def try_views(sight: Sight, connection: psycopg.Connection[Any]) -> list[Finding]:
    """Return the views through which roles really read past row security; what is done is undone.

    Args:
        sight: Of the catalog of that database.
        connection: A superuser's, in autocommit, to a clone that nobody else uses.

    Raises:
        psycopg.errors.InsufficientPrivilege: The connection's role may not act as another.
    """
    found: list[Finding] = []
    for table in sight.protected:
        views, roles = list(sight.views(table)), sight.subject(sight.roles, table)
        if views and roles:
            found += _tried(sight, connection, table, views, roles)
    return found


def _tried(
    sight: Sight, connection: psycopg.Connection[Any], table: Table, views: Sequence[View], roles: Sequence[RoleName]
) -> Iterator[Finding]:
    reading = [_read(view) for view in views]
    with workshop(connection, reading) as attempts_of:
        for trap in _TRAPS:
            connection.execute(_trap(table, trap))
        outcomes = {role: attempts_of(role) for role in roles}
    for number, view in enumerate(views):
        readers = [role for role, attempts in outcomes.items() if attempts[number].outcome is Tried.DONE]
        if readers:
            found = f"it reads with the rights of {view.owner}, as was tried with a policy that nothing passes"
            yield past(view, table, readers, found, mend=_mend(sight, view))


def _read(view: View) -> Statement:
    # WHERE false would keep the planner from looking into it.
    return Statement(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(view.schema, view.name)))


def _trap(table: Table, sort: LiteralString) -> sql.Composed:
    return sql.SQL("CREATE POLICY {} ON {} AS {} USING (1 / 0 = 1)").format(
        sql.Identifier(f"pgassay: {sort}"),
        sql.Identifier(table.schema, table.name),
        sql.SQL(sort),
    )


def _mend(sight: Sight, view: View) -> str:
    if sight.catalog.major < 15:
        return "give it an owner for whom the policies hold, or let its own WHERE keep apart what they keep apart"
    return f"ALTER VIEW {quote_name(view.schema)}.{quote_name(view.name)} SET (security_invoker = true);"
