"""Which format a folder of migrations is in, and its migrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration
from pgassay.migrations.own_table import with_own_table
from pgassay.migrations.sources import native
from pgassay.migrations.sources.format import Format
from pgassay.migrations.sources.support import named_above
from pgassay.settings.formats import FORMATS, NATIVE
from pgassay.settings.relation import split_relation


def load(
    folder: Path,
    *,
    name: str | None = None,
    placeholders: Mapping[str, str] | None = None,
    tracking: str | None = None,
) -> tuple[Migration, ...]:
    """Read every migration of a folder, in the order in which its tool applies them.

    Args:
        folder: The folder, or what the tool takes for it.
        name: The format, one of `settings.formats.NAMES`; None: the one that the folder looks like.
        placeholders: Values of what the tool would put in for `${name}` and the like.
        tracking: How the tool's own table is called, `schema.name` or a name; None: as the project or the tool has it.

    Raises:
        MigrationError: The folder cannot be read, does not tell its format, or does not fit it.
    """
    found = find(folder, name=name, tracking=tracking)
    if found is not None:
        return with_own_table(found.load(folder, placeholders or {}), found.table)
    migrations = native.load(folder)
    if tracking is not None:
        raise MigrationError(
            f'"{folder}" holds migrations of our own format, whose ledger has one name, and not "{tracking}"',
            hint="take assay_tracking out: it is for other tools' tables",
        )
    return migrations


def find(folder: Path, *, name: str | None = None, tracking: str | None = None) -> Format | None:
    """Return the format of a folder; None: our own, or none that is known.

    Args:
        folder: As of `load`.
        name: As of `load`.
        tracking: As of `load`.

    Raises:
        MigrationError: More than one fits.
    """
    found = _find(folder, name)
    if found is None:
        return None
    named = found.named(folder) if tracking is None else split_relation(tracking)
    return found if named is None else found.with_table(*named)


def _find(folder: Path, name: str | None) -> Format | None:
    if name == NATIVE or (name is None and native.looks_like(folder)):
        return None
    if name is not None:
        return format_called(name)
    candidates = [found for found in map(format_called, FORMATS) if _is_like(found, folder)]
    if len(candidates) > 1:
        candidates = [found for found in candidates if named_above(folder, found.manifests)] or candidates
    if len(candidates) > 1:
        raise _ambiguous(folder, candidates)
    return candidates[0] if candidates else None


def _is_like(found: Format, folder: Path) -> bool:
    try:
        return found.looks_like(folder)
    except OSError:  # a folder that may be listed, and not entered: reading it tells
        return False


def format_called(name: str) -> Format:
    """Return the format of a name; its module is imported only where it is asked."""
    found: Format = import_module(f"pgassay.migrations.sources.{name.replace('-', '_')}").FORMAT
    return found


def _ambiguous(folder: Path, candidates: Sequence[Format]) -> MigrationError:
    names = [found.name for found in candidates]
    return MigrationError(
        f'the migrations folder "{folder}" may be one of {", ".join(found.tool for found in candidates)}',
        hint=f"say which: assay_format = {names[0]} in pytest.ini, or format in pgassay.toml ({', '.join(names)})",
    )
