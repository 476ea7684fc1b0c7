"""How a project calls its tool's own table, where a file of its own says so and says one thing only.

What is said elsewhere (a command line, the environment, code) is what the setting `assay_tracking` is for.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pgassay.migrations.sources.support import texts_above
from pgassay.settings.relation import split_relation

_TERN = re.compile(r"^[ \t]*version_table[ \t]*=[ \t]*(\S+)", re.MULTILINE)
_YOYO = re.compile(r"^[ \t]*migration_table[ \t]*=[ \t]*(\S+)", re.MULTILINE)
_SQL_MIGRATE = re.compile(r"""^[ \t]+(table|schema):[ \t]*["']?([^\s"'#]+)""", re.MULTILINE)
_ATLAS = re.compile(r'^[ \t]*revisions_schema[ \t]*=[ \t]*"([^"$]+)"', re.MULTILINE)
_LIQUIBASE = re.compile(
    r"^[ \t]*(?:liquibase\.)?(databaseChangeLogTableName|liquibaseSchemaName)[ \t]*[=:][ \t]*(\S+)",
    re.IGNORECASE | re.MULTILINE,
)
_FLYWAY = re.compile(r"^[ \t]*flyway\.(table|defaultSchema|schemas)[ \t]*=[ \t]*([^,\s]+)", re.MULTILINE)


def of_tern(folder: Path) -> tuple[str, str] | None:
    """Read `version_table` of tern.conf."""
    named = _only(_TERN.findall(_nearest(folder, "tern.conf")))
    return split_relation(named) if named else None


def of_yoyo(folder: Path) -> tuple[str, str] | None:
    """Read `migration_table` of yoyo.ini."""
    named = _only(_YOYO.findall(_nearest(folder, "yoyo.ini")))
    return ("", named) if named else None


def of_sql_migrate(folder: Path, default: str) -> tuple[str, str] | None:
    """Read `table` and `schema` of dbconfig.yml, where all its environments say the same."""
    said = _SQL_MIGRATE.findall(_nearest(folder, "dbconfig.yml"))
    return _with_default(_of_key(said, "schema"), _of_key(said, "table"), default)


def of_atlas(folder: Path, default: str) -> tuple[str, str] | None:
    """Read `revisions_schema` of atlas.hcl."""
    return _with_default(_only(_ATLAS.findall(_nearest(folder, "atlas.hcl"))), None, default)


def of_flyway(folder: Path, default: str) -> tuple[str, str] | None:
    """Read table and default schema of flyway.toml, else of flyway.conf; without one, the first schema is it."""
    said = _of_toml(toml_of(folder, "flyway.toml", "flyway")) or _FLYWAY.findall(_nearest(folder, "flyway.conf"))
    schema = _of_key(said, "defaultSchema") or _of_key(said, "schemas")
    return _with_default(schema, _of_key(said, "table"), default)


def of_liquibase(folder: Path, default: str) -> tuple[str, str] | None:
    """Read `databaseChangeLogTableName` and `liquibaseSchemaName` of liquibase.properties."""
    said = [(key.lower(), value) for key, value in _LIQUIBASE.findall(_nearest(folder, "liquibase.properties"))]
    name = _of_key(said, "databasechangelogtablename")
    # Liquibase writes a name in capitals without quotes
    return _with_default(
        _of_key(said, "liquibaseschemaname"), name.lower() if name and name.isupper() else name, default
    )


def of_sqlx(folder: Path) -> tuple[str, str] | None:
    """Read `table-name` of sqlx.toml."""
    named = toml_of(folder, "sqlx.toml", "migrate").get("table-name")
    return split_relation(named) if isinstance(named, str) else None


def of_alembic(folder: Path, default: str) -> tuple[str, str] | None:
    """Read `version_table` and `version_table_schema`, where env.py gives them as plain texts."""
    try:
        tree = ast.parse((folder / "env.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):  # reading the folder tells
        return None
    said = [
        (keyword.arg or "", keyword.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    ]
    return _with_default(_of_key(said, "version_table_schema"), _of_key(said, "version_table"), default)


def toml_of(folder: Path, file: str, table: str) -> Mapping[str, Any]:
    """Return a table of the nearest TOML file of a name; an empty one where there is none that can be read."""
    try:
        found = tomllib.loads(_nearest(folder, file)).get(table, {})
    except tomllib.TOMLDecodeError:  # the tool tells
        return {}
    return found if isinstance(found, dict) else {}


def _of_toml(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = [(key, table.get(key)) for key in ("table", "defaultSchema")]
    said += [("schemas", schema) for schema in table.get("schemas", ())[:1]]
    return [(key, value) for key, value in said if isinstance(value, str)]


def _nearest(folder: Path, name: str) -> str:
    return next(texts_above(folder, name), "")


def _only(values: Iterable[str]) -> str | None:
    """Return what is said, unless different things are."""
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _of_key(said: Iterable[tuple[str, str]], key: str) -> str | None:
    return _only(value for name, value in said if name == key)


def _with_default(schema: str | None, name: str | None, default: str) -> tuple[str, str] | None:
    """Return both, the tool's own name for the table where only the schema is said."""
    return None if schema is None and name is None else (schema or "", name or default)
