"""How a project runs node-pg-migrate, and calls its table: in package.json's scripts, or in a file of settings in JSON.

Source: github.com/salsita/node-pg-migrate, src/cli/config.ts and src/cli/options.ts; what a file says goes before what
the command line says. Files that are programs are not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pgassay.migrations.sources.support import texts_above

_FILES = ("config/default.json", "database.json")
_COMMAND = re.compile(r"node-pg-migrate\b([^&|;]*)")
_OPTION = re.compile(r"""(?<!\S)(--[a-z-]+|-[a-z])[ =]+["']?([^\s"'-][^\s"']*)""")
_LONG = {
    "-t": "migrations-table", "-s": "schema", "-f": "config-file",
    "--migrations-table": "migrations-table", "--migrations-schema": "migrations-schema", "--schema": "schema",
    "--config-file": "config-file", "--config-value": "config-value",
}  # fmt: skip
_EACH_ALONE = re.compile(r"--no-single-transaction|--single-transaction[ =]+false")
_DEFAULT_SECTION = "db"


def of_node_pg_migrate(folder: Path, default: str) -> tuple[str, str] | None:
    """Return schema (or empty) and name of the table, where the project says so and says one thing only.

    Args:
        folder: The folder of the migrations.
        default: The name where only the schema is said.
    """
    scripts = _scripts(_json(folder, "package.json"))
    if any(one != scripts[0] for one in scripts):
        return None
    said = dict(scripts[0]) if scripts else {}
    files = [said["config-file"]] if "config-file" in said else _FILES
    for found in (_json(folder, name) for name in files):
        section = found.get(said.get("config-value", _DEFAULT_SECTION), found)
        said |= _texts(section) if isinstance(section, dict) else {}
    schema = said.get("migrations-schema") or said.get("schema")
    name = said.get("migrations-table")
    return None if schema is None and name is None else (schema or "", name or default)


def in_one_transaction(folder: Path) -> bool:
    """Tell whether all pending migrations go into one transaction, which no script of the project switches off."""
    return not any(_EACH_ALONE.search(text) for text in texts_above(folder, "package.json"))


def _json(folder: Path, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(next(texts_above(folder, name), "{}"))
    except ValueError:  # the tool tells
        return {}
    return found if isinstance(found, dict) else {}


def _scripts(package: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what each call of the tool says of its table, but for those that say nothing."""
    scripts = package.get("scripts")
    texts = scripts.values() if isinstance(scripts, dict) else ()
    calls = [call for text in texts if isinstance(text, str) for call in _COMMAND.findall(text)]
    said = [{_LONG[name]: value for name, value in _OPTION.findall(call) if name in _LONG} for call in calls]
    return [one for one in said if one]


def _texts(section: Mapping[str, Any]) -> dict[str, str]:
    """Return what is said in texts; of several schemas the first has the table."""
    firsts = {key: value[0] if isinstance(value, list) and value else value for key, value in section.items()}
    return {key: value for key, value in firsts.items() if isinstance(value, str)}
