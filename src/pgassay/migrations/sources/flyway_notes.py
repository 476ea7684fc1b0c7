"""What Flyway does and is not done here, said at the migration where it would have been."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pgassay.migrations.model import Migration
from pgassay.migrations.sources.flyway_names import Kind, Named, code_version, is_sql, version_key
from pgassay.migrations.sources.flyway_script import FlywayScript
from pgassay.migrations.sources.support import files_in

Place = tuple[float, ...]
"""Where something stands among the versions."""

_BEHIND_ALL: Place = (math.inf,)
_LANGUAGES = ("java", "kotlin", "groovy", "scala")


def place_of(one: Named) -> Place:
    """Return where a migration stands among the versions."""
    return one.version or _BEHIND_ALL


@dataclass(frozen=True, slots=True)
class Note:
    """What is not run, and where it would have been."""

    place: Place
    text: str


def unrun(known: Sequence[Named], files: Iterable[Path], *, run: Collection[Path]) -> Iterator[Note]:
    """Say which files of SQL are not run on the way up or down."""
    up = {one.version for one in known if one.kind is Kind.VERSIONED}
    for one in known:
        if one.kind is Kind.CALLBACK:
            first = one.path.name.startswith(("before", "create"))
            yield Note(() if first else _BEHIND_ALL, f"not run: {one.path.name}, a callback of Flyway")
        elif one.kind is Kind.UNDO and one.version not in up:
            yield Note(one.version, f"not run: {one.path.name}, which has no migration to undo")
        elif one.kind is Kind.BASELINE and one.path not in run:
            yield Note(one.version, f"not run: {one.path.name}, which Flyway may begin an empty database with")
    names = {one.path for one in known}
    for path in files:
        if is_sql(path.name) and path not in names:
            yield Note(_BEHIND_ALL, f"not run: {path.name}, which Flyway does not take for a migration by its name")


def programs(folder: Path, files: Iterable[Path]) -> Iterator[Note]:
    """Say which migrations are programs, here or where Maven and Gradle keep the sources beside the resources."""
    for path in (*files, *(path for beside in _sources_beside(folder) for path in files_in(beside))):
        if (version := code_version(path.name)) is not None:
            yield Note(version, f"not run: {path.name}, a program that Flyway runs as version {version_key(version)}")


def _sources_beside(folder: Path) -> Iterator[Path]:
    parts = folder.resolve().parts
    if "resources" in parts:
        at = len(parts) - 1 - parts[::-1].index("resources")
        yield from (Path(*parts[:at], language, *parts[at + 1 :]) for language in _LANGUAGES)


def switched_off(read: Iterable[tuple[Named, FlywayScript]]) -> Iterator[Note]:
    """Say which are not run because a file beside them says so."""
    for one, script in read:
        if not script.runs:
            yield Note(place_of(one), f"not run: {one.path.name}, whose .conf says shouldExecute=false")


def with_notes(found: Sequence[Migration], places: Sequence[Place], notes: Sequence[Note]) -> list[Migration]:
    """Put each note on the first migration that is run behind what it speaks of, or on the last."""
    by_index: dict[int, list[str]] = {}
    for note in notes:
        index = next((i for i, place in enumerate(places) if place >= note.place), len(places) - 1)
        by_index.setdefault(index, []).append(note.text)
    return [replace(migration, notes=tuple(by_index.get(i, ()))) for i, migration in enumerate(found)]
