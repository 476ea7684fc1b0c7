"""A changelog in XML, YAML or JSON that only names others: the changelogs in SQL that it includes, in its order.

Source: github.com/liquibase/liquibase 5, liquibase-standard: DatabaseChangeLog (handleChildNode, includeAll).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pgassay.errors import MigrationError
from pgassay.migrations.sources.liquibase_options import Options
from pgassay.migrations.sources.support import files_in
from pgassay.migrations.text import read_text

SUFFIXES = frozenset({".json", ".xml", ".yaml", ".yml"})

_ROOT = "databaseChangeLog"
_NOT_HERE = "classpath:"  # where a path begins with this, Java looks for it wherever its resources are
_PASSED_OVER = frozenset({"preConditions", "logicalFilePath", "objectQuotingStrategy"})


def is_master(path: Path) -> bool:
    """Tell whether a file is a changelog in one of these formats; never an error."""
    try:
        return path.suffix.lower() in SUFFIXES and _ROOT in path.read_text("utf-8", errors="replace")
    except OSError:
        return False


def included(master: Path, properties: dict[str, str], within: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield the changelogs in SQL that a changelog includes, and those that it includes include.

    Args:
        master: The changelog.
        properties: Values by name in lower case, to which those that it sets are added.
        within: Those that include this one.

    Raises:
        MigrationError: It cannot be read, has changesets itself or includes itself, or what it includes is not there.
    """
    within = (*within, master.resolve())
    for what, given in _entries(master):
        match what:
            case "include":
                yield from _expanded([_found(str(given.get("file", "")), given, master)], properties, within)
            case "includeAll":
                folder = _found(str(given.get("path", "")), given, master)
                yield from _expanded(_all_in(folder, given), properties, within)
            case "property":
                _set(given, properties)
            case _ if what not in _PASSED_OVER:
                raise MigrationError(
                    f'"{master}" has a {what} of its own, which is not read', hint="write it in a changelog of SQL"
                )


def _set(given: Mapping[str, Any], properties: dict[str, str]) -> None:
    if "name" in given and Options(dbms=str(given.get("dbms", ""))).is_ours:
        properties.setdefault(str(given["name"]).lower(), str(given.get("value", "")))


def _expanded(paths: Iterable[Path], properties: dict[str, str], within: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.resolve() in within:
            raise MigrationError(f'"{path}" includes itself', hint="keep it out of the folder that it includes")
        if path.suffix.lower() == ".sql":
            yield path
        elif is_master(path):
            yield from included(path, properties, within)


def _all_in(folder: Path, given: Mapping[str, Any]) -> list[Path]:
    """Return all files of a folder and of those in it, by name."""
    ending = str(given.get("endsWithFilter", "")).lower()
    found = [path for path in files_in(folder) if path.name.lower().endswith(ending)]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _found(name: str, given: Mapping[str, Any], master: Path) -> Path:
    """Find what is included: beside the changelog, or else below a folder above it."""
    beside = str(given.get("relativeToChangelogFile", "")).lower() == "true"
    folders = [master.parent] if beside else list(master.resolve().parents)
    bare = name.removeprefix(_NOT_HERE).lstrip("/")
    found = next((folder / bare for folder in folders if bare and (folder / bare).exists()), None)
    if found is None:
        raise MigrationError(f'"{master}" includes "{name}", which is not there')
    return found


def _entries(master: Path) -> list[tuple[str, Mapping[str, Any]]]:
    text = read_text(master, encoding="utf-8-sig")
    try:
        return list(_of_xml(text) if master.suffix.lower() == ".xml" else _of_data(_data(text, master)))
    except (ValueError, TypeError, KeyError, AttributeError, ET.ParseError) as error:
        raise MigrationError(f'"{master}" is no changelog of Liquibase: {error}') from error


def _of_xml(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for element in ET.fromstring(text):  # noqa: S314 - the project's own file, as its SQL is
        yield element.tag.rpartition("}")[2], element.attrib


def _of_data(data: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in data[_ROOT] or ():
        for what, given in entry.items():
            yield what, given if isinstance(given, Mapping) else {}


def _data(text: str, master: Path) -> Any:
    if master.suffix.lower() == ".json":
        return json.loads(text)
    try:
        import yaml
    except ImportError as error:
        hint = "pip install pyyaml, or write the changelog that includes the others in XML"
        raise MigrationError(f'"{master}" is YAML, and pyyaml is not installed', hint=hint) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(error) from error
