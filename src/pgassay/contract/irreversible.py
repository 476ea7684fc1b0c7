"""irreversible.toml: migrations that cannot be undone, one by one, each with its reason.

For migrations whose own format has no word for it:

```toml
[[irreversible]]
id = "0042_drop_orders"     # as the report names the migration
reason = "the rows are gone"
```
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pgassay.contract.toml import Table, read_toml
from pgassay.errors import ContractError
from pgassay.migrations.model import Migration

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Irreversible:
    """One `[[irreversible]]` entry."""

    id: str
    reason: str


def load_irreversible(path: Path) -> tuple[Irreversible, ...]:
    """Read irreversible.toml; a file that is not there declares nothing.

    Raises:
        ContractError: It cannot be read, an entry lacks a key or has one that means nothing, or a migration is named
            twice.
    """
    if not path.exists():
        return ()
    top = read_toml(path)
    top.only(("irreversible",))
    entries = tuple(map(_entry, top.entries("irreversible")))
    ids = [entry.id for entry in entries]
    for one in ids:
        if ids.count(one) > 1:
            raise top.error(f'"{one}" is declared irreversible twice', hint="keep one of the two entries")
    return entries


def _entry(entry: Table) -> Irreversible:
    entry.only(("id", "reason"))
    return Irreversible(id=entry.required_text("id"), reason=entry.required_text("reason"))


def declare(migrations: Sequence[Migration], entries: Sequence[Irreversible], *, path: Path) -> tuple[Migration, ...]:
    """Return the migrations, those that the entries name declared irreversible.

    Args:
        migrations: In order.
        entries: What irreversible.toml says.
        path: Its path, for errors.

    Raises:
        ContractError: There is no such migration, or it says of itself that it is irreversible.
    """
    reasons = {entry.id: entry.reason for entry in entries}
    labels = {migration.label for migration in migrations}
    for unknown in reasons.keys() - labels:
        known = ", ".join(sorted(labels)[:_MOST_NAMED])
        raise ContractError(f'"{path}": there is no migration "{unknown}"', hint=f"there are: {known}, ...")
    return tuple(_declared(m, reasons[m.label], path) if m.label in reasons else m for m in migrations)


def _declared(migration: Migration, reason: str, path: Path) -> Migration:
    if migration.irreversible is not None:
        problem = f'"{migration.label}" says itself that it is irreversible: {migration.irreversible}'
        raise ContractError(f'"{path}": {problem}', hint="take the entry out")
    return replace(migration, irreversible=reason)
