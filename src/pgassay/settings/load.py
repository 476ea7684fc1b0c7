"""Bring together what was chosen: option, environment, pytest's ini, pgassay.toml, default, in this order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pgassay.errors import UsageError
from pgassay.settings.dotenv import read_dotenv
from pgassay.settings.files import SettingsFile, find_file
from pgassay.settings.known import KNOWN, Setting
from pgassay.settings.parse import ValueRefusedError
from pgassay.settings.record import Settings


@dataclass(frozen=True, slots=True)
class Ini:
    """What pytest's ini says.

    Attributes:
        values: Ini name (`assay_pg`) -> value; names that were not set are absent or None.
        path: The ini file; None where pytest found none (`-o assay_pg=15` still gives values).
    """

    values: Mapping[str, object]
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    """What was written, where, and the directory that a relative path in it belongs to."""

    raw: object
    origin: str
    base: Path


def load_settings(
    options: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    ini: Ini | None = None,
    root: Path | None = None,
    cwd: Path | None = None,
    under_pytest: bool = False,
) -> Settings:
    """Return the settings that hold.

    Relative paths of options belong to `cwd`, all others to their file's directory, or to the root.

    Args:
        options: Setting name (`pg`, not `--assay-pg`) -> value; those that were not given are absent or None.
        environ: The environment; default: this process's.
        ini: pytest's ini, under pytest.
        root: The project's directory (pytest's rootdir); default: where the settings file is, found from `cwd` upwards.
        cwd: The current directory; default: this process's.
        under_pytest: Leave `DATABASE_URL` and `.env` alone: only a command that a person typed reads them.

    Raises:
        UsageError: A value means nothing; the error says where it stands and what would have been right.
    """
    cwd = cwd or Path.cwd()
    environ = os.environ if environ is None else environ
    file = find_file(root or cwd, upwards=root is None)
    root = root or (file.path.parent if file else cwd)
    # The first source that says something wins.
    sources = [
        _from_options(options or {}, cwd, under_pytest=under_pytest),
        _from_environment(environ, root, under_pytest=under_pytest),
        {} if under_pytest else _from_dotenv(read_dotenv(cwd / ".env"), cwd),
        _from_ini(ini or Ini({}), root),
        _from_file(file, root),
    ]
    given: dict[str, _Given] = {}
    for source in reversed(sources):
        given |= source
    values = {s.name: _parse(s, given[s.name]) if s.name in given else _default(s, root) for s in KNOWN}
    origins = {s.name: given[s.name].origin if s.name in given else "default" for s in KNOWN}
    return Settings(root=root, origins=origins, **_several(values))


def _several(values: dict[str, Any]) -> dict[str, Any]:
    """Take the first of several servers, and of targets with names, and keep them all."""
    servers = values["server"] if isinstance(values["server"], tuple) else ()
    targets = values["db_url"] if isinstance(values["db_url"], tuple) else ()
    first = {**({"server": servers[0]} if servers else {}), **({"db_url": targets[0].conninfo} if targets else {})}
    return {**values, **first, "servers": servers, "targets": targets}


def _from_options(options: Mapping[str, object], cwd: Path, *, under_pytest: bool) -> dict[str, _Given]:
    names = {s.name: s.option_name(under_pytest=under_pytest) for s in KNOWN if s.option}
    said = {name: options.get(name) for name in names}
    return {n: _Given(raw, f"option {names[n]}", cwd) for n, raw in said.items() if raw is not None}


def _from_environment(environ: Mapping[str, str], root: Path, *, under_pytest: bool) -> dict[str, _Given]:
    """Take what is set; an empty variable counts as not set, since CI systems set those that nobody filled."""
    read = [s for s in KNOWN if s.environ and not (under_pytest and s.environ == "DATABASE_URL")]
    return dict(_variables(read, environ, "environment", root))


def _from_dotenv(environ: Mapping[str, str], cwd: Path) -> dict[str, _Given]:
    return dict(_variables([s for s in KNOWN if s.dotenv], environ, ".env", cwd))


def _variables(
    settings: list[Setting], environ: Mapping[str, str], where: str, base: Path
) -> Iterator[tuple[str, _Given]]:
    for setting in settings:
        if raw := environ.get(setting.environ):
            yield setting.name, _Given(raw, f"{where} {setting.environ}", base)


def _from_ini(ini: Ini, root: Path) -> dict[str, _Given]:
    base = ini.path.parent if ini.path else root
    where = ini.path.name if ini.path else "ini"
    values = {s.name: ini.values.get(f"assay_{s.name}") for s in KNOWN if s.ini}
    return {name: _Given(raw, f"{where} assay_{name}", base) for name, raw in values.items() if raw is not None}


def _from_file(file: SettingsFile | None, root: Path) -> dict[str, _Given]:
    if file is None:
        return {}
    section = " [tool.pgassay]" if file.path.name == "pyproject.toml" else ""
    where = f"{file.path.name if file.path.parent == root else file.path}{section}"
    values = {s.name: (file.get(s.toml), ".".join(s.toml)) for s in KNOWN if s.toml}
    return {
        name: _Given(raw, f"{where} {key}", file.path.parent) for name, (raw, key) in values.items() if raw is not None
    }


def _parse(setting: Setting, given: _Given) -> Any:
    try:
        return setting.parse(given.raw, given.base)
    except ValueRefusedError as error:
        raise UsageError(f"{given.origin} {error.reason}", hint=error.hint) from None


def _default(setting: Setting, root: Path) -> Any:
    return root / setting.default if isinstance(setting.default, Path) else setting.default
