"""How a write or a call is rejected: with an SQLSTATE, on a constraint, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pgassay.contract.toml import Table

SQLSTATE = re.compile(r"[0-9A-Z]{5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejects:
    """The change fails with this SQLSTATE, on this constraint; at least one of them is given.

    Attributes:
        at: `statement` where it must fail at once, `commit` where only then (deferred); None: whenever.
    """

    sqlstate: str | None = None
    constraint: str | None = None
    at: str | None = None


def parse_rejects(entry: Table, key: str = "rejects") -> Rejects:
    """Read a rejection: an SQLSTATE, a constraint's name, or a table of both.

    Raises:
        ContractError: It says neither, or what is no SQLSTATE.
    """
    if isinstance(entry.values[key], dict):
        return _both(entry.table(key))
    code = entry.required_text(key)
    return Rejects(sqlstate=code) if SQLSTATE.fullmatch(code) else Rejects(constraint=code)


def _both(table: Table) -> Rejects:
    table.only(("sqlstate", "constraint", "at"))
    sqlstate, constraint = table.text("sqlstate"), table.text("constraint")
    if sqlstate is None and constraint is None:
        raise table.error('"sqlstate" or "constraint" must be there')
    if sqlstate is not None and not SQLSTATE.fullmatch(sqlstate):
        raise table.error(f'"{sqlstate}" is not an SQLSTATE: five digits or capital letters', key="sqlstate")
    return Rejects(sqlstate=sqlstate, constraint=constraint, at=table.choice("at", ("statement", "commit")))
