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
from difflib import get_close_matches
from pathlib import Path

from pgassay.contract.toml import Table, read_toml
from pgassay.errors import ContractError
from pgassay.migrations.model import Migration

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Irreversible:
    """One `[[irreversible]]` entry.

    Attributes:
        id: The migration, as reports name it.
        reason: Why it cannot be undone.
        line: Where it stands in the file.
    """

    id: str
    reason: str
    line: int | None = None


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
    first: dict[str, Irreversible] = {}
    for entry in entries:
        if first.setdefault(entry.id, entry) is not entry:
            problem = f'"{entry.id}" is declared irreversible twice'
            raise _error(path, entry, problem, hint=f"keep this entry or the one in line {first[entry.id].line}")
    return entries


def _entry(entry: Table) -> Irreversible:
    entry.only(("id", "reason"))
    return Irreversible(id=entry.required_text("id"), reason=entry.required_text("reason"), line=entry.line("id"))


def declare(migrations: Sequence[Migration], entries: Sequence[Irreversible], *, path: Path) -> tuple[Migration, ...]:
    """Return the migrations, those that the entries name declared irreversible.

    Args:
        migrations: In order.
        entries: What irreversible.toml says.
        path: Its path, for errors.

    Raises:
        ContractError: There is no such migration, or it says of itself that it is irreversible.
    """
    declared = {entry.id: entry for entry in entries}
    labels = [migration.label for migration in migrations]
    for entry in entries:
        if entry.id not in labels:
            raise _error(path, entry, f'there is no migration "{entry.id}"', hint=_nearest(entry.id, labels))
    return tuple(_declared(m, declared[m.label], path) if m.label in declared else m for m in migrations)


def _nearest(name: str, labels: Sequence[str]) -> str:
    """Name migrations that may be meant: that begin so, that look alike, else the first ones."""
    near = [label for label in labels if label.startswith(name)] or get_close_matches(name, labels)
    if near:
        return f"did you mean {', '.join(near[:_MOST_NAMED])}?"
    more = ", ..." if labels[_MOST_NAMED:] else ""
    return f"there are: {', '.join(labels[:_MOST_NAMED])}{more}" if labels else "there is none at all"


def _declared(migration: Migration, entry: Irreversible, path: Path) -> Migration:
    if migration.irreversible is not None:
        problem = f'"{migration.label}" says itself that it is irreversible: {migration.irreversible}'
        raise _error(path, entry, problem, hint="take the entry out")
    return replace(migration, irreversible=entry.reason)


def _error(path: Path, entry: Irreversible, problem: str, *, hint: str) -> ContractError:
    where = f'"{path}"' + (f", line {entry.line}" if entry.line else "")
    return ContractError(f"{where}: {problem}", hint=hint)
