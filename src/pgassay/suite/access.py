"""Access: who can do what, as declared, computed and tried; and what `[[access]]` of behavior.toml says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from pgassay.behaviors.access.asked import Asked
from pgassay.behaviors.access.choice import choose_objects, choose_roles
from pgassay.behaviors.access.declared import Declared
from pgassay.behaviors.access.disagreements import disagreements
from pgassay.behaviors.access.entries import check_entries, look_up
from pgassay.behaviors.access.leaks import catalog_leaks
from pgassay.behaviors.access.least import unneeded
from pgassay.behaviors.access.matrix import Matrix, read_matrix, try_matrix
from pgassay.behaviors.access.rows import try_rows
from pgassay.behaviors.access.sight import Sight
from pgassay.behaviors.access.views import try_views, view_leaks
from pgassay.behaviors.scene import say
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import declared_roles
from pgassay.catalog.record import PUBLIC, RoleName
from pgassay.catalog.scope_roles import own_roles, roles_at_work
from pgassay.contract.behavior import AccessBehavior, Privileges
from pgassay.errors import BlindError
from pgassay.findings import Finding, Report
from pgassay.suite.behaviors import try_each
from pgassay.suite.check import Needs, check

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.suite.context import Context

READ_ONLY = "nothing was tried as any role: a real database is only read"
IDLE = "roles of the cluster that own and hold nothing in this database themselves are left out: {}"
NOT_TRIED = "there is no harmless try for: {}"


@check(Needs.SUBJECT, target=True, asks=True)
def access_matrix(context: Context) -> Report:
    """Ask who can do what three times: as declared, as the server computes it, and by acting as each role."""
    matrix = matrix_of(context)
    notes = [NOT_TRIED.format(_untried(matrix))] if matrix.untried else []
    idle = set(declared_roles(context.actual)) - set(matrix.roles)
    notes += [IDLE.format(len(idle))] if idle else []
    notes += [] if matrix.tried else [READ_ONLY]
    return Report(title="", findings=tuple(disagreements(matrix)), looked_at=len(matrix.cells), notes=tuple(notes))


@check(Needs.SUBJECT, target=True)
def access_leaks(context: Context) -> Report:
    """Look for what goes past row security, and for SECURITY DEFINER functions whose names their caller decides."""
    sight = Sight(context.actual)
    looked_at = sum(len(context.actual.records.get(kind, {})) for kind in ("function", "table"))
    if context.target is not None or not sight.protected:
        findings = [*catalog_leaks(sight), *view_leaks(sight)]
    else:
        with acting(context) as connection:
            findings = [*catalog_leaks(sight), *try_views(sight, connection)]
    return Report(title="", findings=tuple(findings), looked_at=max(1, looked_at))


@check(Needs.ACCESS, Needs.SCRATCH)
def access_behavior(context: Context) -> Report:
    """Put every `[[access]]` of behavior.toml to the test: each action tried as each role, each row looked at."""
    entries = context.contract.behavior.access
    granting = [entry for entry in entries if isinstance(entry.expect, Privileges)]
    about_rows = [entry for entry in entries if entry not in granting]
    catalog = context.sandbox.catalog()
    with acting(context) as connection:
        findings = check_entries(entries, connection, catalog, acting=True) if granting else []
    of_rows = try_each(context, about_rows, _try_rows)
    return Report(
        title="",
        findings=(*findings, *of_rows.findings),
        looked_at=len(entries),
        notes=tuple(_least(entries, catalog)) if granting else (),
    )


@check(Needs.PRIVILEGES, Needs.TARGET, target=True, asks=True)
def access_of_target(context: Context) -> Report:
    """Compare what roles can do on the target, as declared and computed, with `[[access]]` of behavior.toml."""
    entries = [entry for entry in _mapped(context) if isinstance(entry.expect, Privileges)]
    catalog = context.actual
    findings = context.look(lambda connection: check_entries(entries, connection, catalog, acting=False))
    return Report(title="", findings=tuple(findings), looked_at=len(entries))


def matrix_of(context: Context, *, roles: Sequence[str] = (), objects: Sequence[str] = ()) -> Matrix:
    """Return the matrix of the subject: of the target what is declared and computed, of a clone what is tried, too.

    Args:
        context: What is looked at.
        roles: Those that are asked about; default: all that the matrix has.
        objects: Those that are asked about, as in an entry's `on`, and the schemas that they are in; default: all.

    Raises:
        BlindError: The subject cannot be reached, or the scratch server's role may not act as others.
        UsageError: There is no such role or object.
    """
    catalog = context.actual
    among = [*_roles(context), PUBLIC]
    chosen = choose_roles(roles, among) if roles else among
    on = choose_objects(catalog, objects) if objects else None
    if context.target is not None:
        return context.look(lambda connection: read_matrix(connection, catalog, roles=chosen, on=on))
    with acting(context) as connection:
        return try_matrix(connection, catalog, roles=chosen, on=on)


def _roles(context: Context) -> Sequence[RoleName]:
    """Return the roles of the matrix: of a cluster that others use, too, those with something in the database."""
    catalog = context.actual
    if context.target is None and context.server.private:
        return declared_roles(catalog)
    return sorted(map(RoleName, own_roles(catalog, roles_at_work(catalog))))


@contextmanager
def acting(context: Context) -> Iterator[psycopg.Connection[Any]]:
    """Give a superuser's session on a clone, in which any role can be acted as.

    Raises:
        BlindError: The scratch server's role is no superuser, or the server refuses what a try needs.
    """
    with context.sandbox.new() as database, closing(context.server.connect(database.name)) as connection:
        try:
            yield connection
        except psycopg.Error as error:
            denied = isinstance(error, psycopg.errors.InsufficientPrivilege)
            raise BlindError(
                f"access cannot be tried: {say(error)}",
                hint="only a superuser can act as every role: let one own the scratch server's mark"
                if denied
                else None,
            ) from error


def _untried(matrix: Matrix) -> str:
    return "; ".join(f"{what} ({why})" for what, why in sorted(matrix.untried.items()))


def _try_rows(entry: AccessBehavior, database: ScratchDatabase, catalog: Catalog) -> tuple[Finding, ...]:
    return try_rows(entry, lambda: database.server.connect(database.name), catalog)


def _least(entries: Sequence[AccessBehavior], catalog: Catalog) -> Iterator[str]:
    asked: list[Asked] = look_up(entries, Declared(catalog))[0]
    return unneeded(asked, catalog)


def _mapped(context: Context) -> Iterator[AccessBehavior]:
    """Yield the entries with their roles called as the target calls them."""
    names = context.settings.roles

    def renamed(said: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        return {names.get(role, role): actions for role, actions in said.items()}

    for entry in context.contract.behavior.access:
        expect = entry.expect
        if isinstance(expect, Privileges):
            expect = replace(expect, can=renamed(expect.can), cannot=renamed(expect.cannot))
        yield replace(entry, expect=expect)
