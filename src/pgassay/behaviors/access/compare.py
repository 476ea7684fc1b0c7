"""Access: what each role of the contract can and cannot do, compared with what it should, through whatever path.

What a membership or an attribute gives on many objects is one finding, for it has one cause and one mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import OWNERSHIP, Effective, declared_roles, effective_privileges, whole
from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.roles import Membership
from pgassay.catalog.mends.common import grantable
from pgassay.catalog.record import Record, RoleName, quote_name
from pgassay.catalog.roles_map import PUBLIC
from pgassay.contract.expected import ROLES_OF_CONTRACT
from pgassay.findings import Finding, Outcome, Report

SHOWN_OBJECTS = 5  # of what one membership gives; the others are counted
_SET_ROLE = "SET ROLE "
_SUPERUSER = "superuser"
_SINCE_17 = "MAINTAIN"

Access = Mapping[tuple[str, RoleName], Effective]


@dataclass(frozen=True, slots=True)
class _Gap:
    """Privileges of one role on one object that one side has and the other lacks, by one path."""

    expected: Effective
    actual: Effective
    privileges: tuple[str, ...]
    path: str

    @property
    def role(self) -> RoleName:
        return self.actual.role

    @property
    def object(self) -> Record:
        return self.actual.object


def compare_access(expected: Catalog, actual: Catalog) -> Report:
    """Compare what each role of the contract, and everybody, can do to each object that is on both sides.

    Args:
        expected: The contract's catalog.
        actual: The catalog that is compared, with all its memberships; a role has one name on both sides (`map_roles`).

    Returns:
        The findings, and how many pairs of role and object were looked at. A role or an object that is missing is
        another check's business.
    """
    there = set(actual.records.get("role", {}))
    roles = [PUBLIC, *(role for role in declared_roles(expected) if (role,) in there)]
    wanted, found = effective_privileges(expected, roles), effective_privileges(actual, roles)
    pairs = [key for key in wanted if key in found]
    ignored = {_SINCE_17} if min(expected.major, actual.major) < 17 else set[str]()
    wide = [gap for key in pairs for gap in _gaps(key, wanted, found, too_wide=True, ignored=ignored)]
    narrow = [gap for key in pairs for gap in _gaps(key, wanted, found, too_wide=False, ignored=ignored)]
    findings = [*_unknown_roles(expected), *_too_wide(wide, actual), *_too_narrow(narrow)]
    return Report(title="", findings=tuple(sorted(findings, key=lambda f: f.key)), looked_at=len(pairs))


def _unknown_roles(expected: Catalog) -> Iterator[Finding]:
    """Where the contract's roles are not known apart from others, only what everybody can do is compared."""
    for spot in expected.blind:
        if spot.object == ROLES_OF_CONTRACT:
            yield Finding(
                rule="not-readable",
                object=spot.object,
                expected="what each role of the contract can do",
                found=spot.reason,
                mend=spot.mend,
                outcome=Outcome.BLIND,
            )


def _gaps(
    key: tuple[str, RoleName], wanted: Access, found: Access, *, too_wide: bool, ignored: set[str]
) -> Iterator[_Gap]:
    """Yield what one side has and the other lacks, by path; what everybody has or lacks is said of PUBLIC alone."""
    more, less = (found, wanted) if too_wide else (wanted, found)
    label, role = key
    gap = _beyond(more[key], less[key]) - ignored
    if role != PUBLIC:
        gap -= _beyond(more[label, PUBLIC], less[label, PUBLIC])
    paths = more[key].paths
    for path in sorted({paths[privilege] for privilege in gap}):
        yield _Gap(wanted[key], found[key], tuple(p for p in paths if p in gap and paths[p] == path), path)


def _beyond(more: Effective, less: Effective) -> set[str]:
    """Return what `more` has beyond `less`; a privilege on the whole table covers that on a column."""
    return {p for p in more.privileges - less.privileges if whole(p) not in less.privileges}


def _too_wide(gaps: Iterable[_Gap], actual: Catalog) -> Iterator[Finding]:
    folded: dict[tuple[RoleName, str], list[_Gap]] = {}
    for gap in gaps:
        if gap.path in {"", PUBLIC}:
            yield _finding("access-too-wide", gap, mend=_revoke(gap))
        else:
            folded.setdefault((gap.role, gap.path), []).append(gap)
    for (role, path), found in folded.items():
        yield Finding(
            rule="access-too-wide",
            object=_through(role, path),
            expected="nothing that the role is not granted in the contract",
            found=_list(found),
            mend=_cut(role, path, actual),
        )


def _too_narrow(gaps: Iterable[_Gap]) -> Iterator[Finding]:
    folded: dict[tuple[RoleName, str], list[_Gap]] = {}
    for gap in gaps:
        if gap.path in {"", PUBLIC}:
            yield _finding("access-too-narrow", gap, mend=_grant(gap))
        else:
            folded.setdefault((gap.role, gap.path), []).append(gap)
    for (role, path), found in folded.items():
        yield Finding(
            rule="access-too-narrow",
            object=_through(role, path),
            expected=_list(found),
            found="none of it",
            mend=_restore(role, path),
        )


def _finding(rule: str, gap: _Gap, *, mend: str) -> Finding:
    return Finding(
        rule=rule,
        object=f"{gap.object.label} for {_name(gap.role)}",
        expected=_words(gap.expected),
        found=_words(gap.actual),
        mend=mend,
    )


def _name(role: RoleName) -> str:
    return "PUBLIC" if role == PUBLIC else f"role {quote_name(role)}"


def _words(effective: Effective) -> str:
    return ", ".join(p if not path else f"{p} (by {path})" for p, path in sorted(effective.paths.items())) or "nothing"


def _through(role: RoleName, path: str) -> str:
    return f"{_name(role)} as {path}" if path == _SUPERUSER else f"{_name(role)} through {path}"


def _list(gaps: list[_Gap]) -> str:
    lines = [f"{', '.join(gap.privileges)} on {gap.object.label}" for gap in gaps[:SHOWN_OBJECTS]]
    more = len(gaps) - len(lines)
    return "\n".join([*lines, *([f"and on {more} more"] if more else [])])


def _revoke(gap: _Gap) -> str:
    """Write what takes the privileges away; ownership is the owner check's business."""
    lines = _statements(gap, "REVOKE {} ON {} FROM {};")
    # REVOKE on a table takes the same privilege on its columns along.
    columns = [p for p in gap.expected.privileges if whole(p) != p and whole(p) in gap.privileges]
    if columns:
        lines.append(f"GRANT {', '.join(sorted(columns))} ON {granted_object(gap.object)} TO {_grantee(gap)};")
    if OWNERSHIP in gap.privileges:
        lines.append(f"give {gap.object.label} the owner that it has in the contract")
    return "\n".join(lines)


def _grant(gap: _Gap) -> str:
    lines = _statements(gap, "GRANT {} ON {} TO {};")
    if OWNERSHIP in gap.privileges:
        lines.append(f"make {_grantee(gap)} the owner of {gap.object.label}")
    return "\n".join(lines)


def _statements(gap: _Gap, form: str) -> list[str]:
    granted = [privilege for privilege in gap.privileges if privilege != OWNERSHIP]
    return [form.format(", ".join(granted), granted_object(gap.object), _grantee(gap))] if granted else []


def _grantee(gap: _Gap) -> str:
    return "PUBLIC" if PUBLIC in {gap.role, gap.path} else quote_name(gap.role)


def granted_object(record: Record) -> str:
    """Return an object as GRANT names it; the database's own name is not in any catalog."""
    match record:
        case Database():
            return "DATABASE (this one)"
        case Function() | Aggregate():
            word = "PROCEDURE" if getattr(record, "function_kind", None) == "procedure" else "FUNCTION"
            return f"{word} {quote_name(record.schema)}.{quote_name(record.name)}({record.arguments})"
        case _:
            return grantable(record)


def _cut(role: RoleName, path: str, actual: Catalog) -> str:
    """Say how to cut a path: the membership itself where there is one, else where to look for it."""
    if path.startswith(_SUPERUSER):
        return f"ALTER ROLE {quote_name(role)} NOSUPERUSER;"
    other = path.removeprefix(_SET_ROLE)
    memberships = (cast(Membership, record) for record in actual.records.get("membership", {}).values())
    if any(m.member == role and m.role == other for m in memberships):
        return f"REVOKE {quote_name(other)} FROM {quote_name(role)};"
    return f"look at the roles that {quote_name(role)} is a member of: one of them leads to {quote_name(other)}"


def _restore(role: RoleName, path: str) -> str:
    if path.startswith(_SUPERUSER):
        return f"ALTER ROLE {quote_name(role)} SUPERUSER;"
    return f"GRANT {quote_name(path.removeprefix(_SET_ROLE))} TO {quote_name(role)};"
