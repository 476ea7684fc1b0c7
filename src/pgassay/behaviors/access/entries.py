"""Hold `[[access]]` entries that speak of privileges against the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg

from pgassay.behaviors.access.asked import Asked, allowed, ask, is_allowed, merged
from pgassay.behaviors.access.cells import Cell, Key, Tried, role_text, without_parts
from pgassay.behaviors.access.compare import granted_object
from pgassay.behaviors.access.declared import Declared
from pgassay.behaviors.access.matrix import Matrix, read_matrix, try_matrix
from pgassay.behaviors.scene import MissingError
from pgassay.behaviors.verdicts import is_missing, is_untried
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import declared_roles
from pgassay.catalog.record import PUBLIC, RoleName, quote_name
from pgassay.contract.behavior import AccessBehavior, Privileges
from pgassay.errors import ContractError
from pgassay.findings import Finding, Outcome

_ALWAYS = frozenset({"owner", "superuser"})
_MEMBER = "member of "
_FOR_NOBODY = frozenset({"42809", "42704", "42830", "55000", "428C9", "0A000"})
"""What the server says of TRUNCATE on a view, of REFERENCES to what has no key, of writing what is computed."""


def check_entries(
    entries: Sequence[AccessBehavior], connection: psycopg.Connection[Any], catalog: Catalog, *, acting: bool
) -> list[Finding]:
    """Say what roles cannot do though an entry says so, and can though none does.

    Args:
        entries: All of a file: what one says that a role can do, another's `nobody_else` does not forbid. Those about
            rows are not checked themselves.
        connection: In autocommit, to the database; a superuser's to a clone where roles are acted as.
        catalog: The catalog of that database.
        acting: Whether each action is tried as the role, too; else nothing is written.
    """
    declared = Declared(catalog)
    mine, findings = look_up([entry for entry in entries if isinstance(entry.expect, Privileges)], declared)
    others, _ = look_up([entry for entry in entries if not isinstance(entry.expect, Privileges)], declared)
    read = try_matrix if acting else read_matrix
    roles = [PUBLIC, *declared_roles(catalog)]
    matrix = read(connection, catalog, roles=roles, on=merged(mine))
    everything = allowed([*mine, *others])
    return [*findings, *(finding for one in mine for finding in _check(one, matrix, everything))]


def look_up(entries: Iterable[AccessBehavior], declared: Declared) -> tuple[list[Asked], list[Finding]]:
    """Look up what entries are on; an entry that is on what is not there is a finding, and keeps no other."""
    asked: list[Asked] = []
    findings: list[Finding] = []
    for entry in entries:
        try:
            asked.append(ask(entry, declared))
        except MissingError as missing:
            findings.append(is_missing(entry, missing))
        except ContractError as error:
            findings.append(is_untried(entry, error))
    return asked, findings


def _check(asked: Asked, matrix: Matrix, everything: frozenset[Key]) -> Iterator[Finding]:
    """One finding for each role, object and sort of contradiction."""
    denied: dict[Key, list[Cell]] = {}
    able: dict[Key, list[Cell]] = {}
    untried: dict[Key, list[Cell]] = {}
    for record, actions in asked.on:
        for role in matrix.roles:
            for cell in (matrix.by_key[role, record.label, action] for action in actions):
                if cell.key in asked.named and _outcome(cell) is Tried.UNTRIED:
                    untried.setdefault((role, record.label, "untried"), []).append(cell)
                elif cell.key in asked.can and not _works(cell, asked):
                    denied.setdefault((role, record.label, "can"), []).append(cell)
                elif cell.able and _forbidden(cell, asked, matrix, everything):
                    able.setdefault((role, record.label, "cannot"), []).append(cell)
    yield from (_denied(asked.entry, without_parts(cells)) for cells in denied.values())
    yield from (_able(asked.entry, without_parts(cells)) for cells in able.values())
    yield from (_untried(asked.entry, cells) for cells in untried.values())


def _works(cell: Cell, asked: Asked) -> bool:
    """What is meant by ALL alone, and what nobody can do with such an object, need only be held."""
    held_alone = cell.key not in asked.named and cell.tried is not None and cell.tried.sqlstate in _FOR_NOBODY
    return cell.able and (held_alone or not _otherwise(cell))


def _otherwise(cell: Cell) -> bool:
    """Tell whether it failed, and not for want of a privilege."""
    return _outcome(cell) is Tried.OTHERWISE


def _outcome(cell: Cell) -> Tried | None:
    return cell.tried.outcome if cell.tried else None


def _forbidden(cell: Cell, asked: Asked, matrix: Matrix, everything: frozenset[Key]) -> bool:
    """What everybody can do is said of PUBLIC alone; an owner and a superuser can always help themselves."""
    if cell.role != PUBLIC and (cell.declared or "").startswith(PUBLIC) and _public_is_forbidden(cell, asked, matrix):
        return False
    if cell.key in asked.cannot:
        return True
    role, label, action = cell.key
    return asked.closed and cell.declared not in _ALWAYS and not is_allowed(everything, role, label, action)


def _public_is_forbidden(cell: Cell, asked: Asked, matrix: Matrix) -> bool:
    everybody = matrix.by_key.get((PUBLIC, cell.object.label, cell.action))
    return everybody is not None and everybody.able and (asked.closed or everybody.key in asked.cannot)


def _denied(entry: AccessBehavior, cells: Sequence[Cell]) -> Finding:
    return Finding(
        rule="access-fails" if all(map(_otherwise, cells)) else "access-denied",
        object=_object(entry, cells[0]),
        expected=f"{_actions(cells)} succeeds",
        found="\n".join(f"{cell.action}: {_why_not(cell)}" for cell in cells),
        mend=_grant(cells),
    )


def _object(entry: AccessBehavior, cell: Cell) -> str:
    return f'behavior "{entry.name}": {cell.object.label} for {role_text(cell.role)}'


def _actions(cells: Sequence[Cell]) -> str:
    return ", ".join(cell.action for cell in cells)


def _why_not(cell: Cell) -> str:
    if cell.tried is None or not cell.tried.sqlstate:
        return "not granted"
    return f"{cell.tried.said} [{cell.tried.sqlstate}]"


def _grant(cells: Sequence[Cell]) -> str:
    lacking = [cell for cell in cells if not (cell.computed or cell.declared)]
    if not lacking:
        return (
            "the privilege is there: look at the schema, the triggers, and what the object uses with its owner's rights"
        )
    return f"GRANT {_actions(lacking)} ON {granted_object(cells[0].object)} TO {_grantee(cells[0].role)};"


def _grantee(role: RoleName) -> str:
    return "PUBLIC" if role == PUBLIC else quote_name(role)


def _able(entry: AccessBehavior, cells: Sequence[Cell]) -> Finding:
    return Finding(
        rule="access-allowed",
        object=_object(entry, cells[0]),
        expected=f"{_actions(cells)} is denied",
        found="\n".join(f"{cell.action}: {_how(cell)}" for cell in cells),
        mend="\n".join(dict.fromkeys(_revoke(path, list(group)) for path, group in _by_path(cells).items())),
    )


def _untried(entry: AccessBehavior, cells: Sequence[Cell]) -> Finding:
    return Finding(
        rule="access-untried",
        object=_object(entry, cells[0]),
        expected=f"{_actions(cells)} is tried",
        found="\n".join(f"{cell.action}: {cell.tried.said}" for cell in cells if cell.tried),
        mend="leave it out of the entry, or accept the finding: the grants alone say what the role can do",
        outcome=Outcome.BLIND,
    )


def _how(cell: Cell) -> str:
    tried = "it succeeds" if cell.tried and cell.tried.outcome is Tried.DONE else "it is held"
    return f"{tried}, {cell.declared or 'though it is not granted'}"


def _by_path(cells: Sequence[Cell]) -> Mapping[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.declared or "", []).append(cell)
    return found


def _revoke(path: str, cells: Sequence[Cell]) -> str:
    role = quote_name(cells[0].role)
    if path.startswith(_MEMBER):
        nearest, *_ = path.removeprefix(_MEMBER).split(", ")
        return f"REVOKE {nearest} FROM {role};"
    if path.startswith(("granted", PUBLIC, "each column")):
        grantee = "PUBLIC" if path.startswith(PUBLIC) else role
        return f"REVOKE {_actions(cells)} ON {granted_object(cells[0].object)} FROM {grantee};"
    return f"{role} is {path or 'able by another way'}: change that, or the entry"
