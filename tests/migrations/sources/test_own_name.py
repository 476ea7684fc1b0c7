"""How a tool's own table is called: by the setting, by a file of the project, by the tool."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.find import find

from .conftest import Folder

ENV = "from alembic import context\ncontext.configure(version_table={}, version_table_schema='meta')\n"
SCRIPT = '{{"scripts": {{"up": "x && node-pg-migrate {} && y -t other"}}}}'
SCRIPTS = '{"scripts": {"up": "node-pg-migrate -t one up", "down": "node-pg-migrate -t two down"}}'


def named(folder: Folder, name: str) -> tuple[str, str]:
    found = find(folder.path, name=name, tracking=folder.tracking)
    assert found is not None
    return found.table.schema, found.table.name


@pytest.mark.parametrize(
    ("name", "file", "text", "expected"),
    [
        ("tern", "tern.conf", "[database]\nversion_table = meta.v\n", ("meta", "v")),
        ("tern", "../tern.conf", "[database]\n", ("", "schema_version")),
        ("yoyo", "../yoyo.ini", "[DEFAULT]\nmigration_table = done\n", ("", "done")),
        ("sql-migrate", "../dbconfig.yml", "a:\n  table: done # x\n  schema: 'meta'\n", ("meta", "done")),
        ("sql-migrate", "../dbconfig.yml", "a:\n  table: done\nb:\n  table: other\n", ("", "gorp_migrations")),
        ("atlas", "../atlas.hcl", '  revisions_schema = "meta"\n', ("meta", "atlas_schema_revisions")),
        ("atlas", "../atlas.hcl", "  revisions_schema = var.x\n", ("", "atlas_schema_revisions")),
        ("flyway", "../flyway.conf", "# flyway.table=x\nflyway.table=done\n", ("", "done")),
        ("flyway", "../flyway.conf", "flyway.schemas=meta,app\n", ("meta", "flyway_schema_history")),
        ("flyway", "../flyway.toml", '[flyway]\ntable = "done"\ndefaultSchema = "My meta"\n', ("My meta", "done")),
        ("flyway", "../flyway.toml", '[flyway]\nschemas = ["meta", "b"]\n', ("meta", "flyway_schema_history")),
        ("flyway", "../flyway.toml", "[flyway\n", ("", "flyway_schema_history")),
        ("alembic", "env.py", ENV.format("'v'"), ("meta", "v")),
        ("alembic", "env.py", ENV.format("NAME"), ("meta", "alembic_version")),
        ("alembic", "env.py", "(", ("", "alembic_version")),
        ("sqitch", "sqitch.conf", "[core]\nengine = pg\n[engine \"pg\"]\nregistry = meta\n", ("meta", "changes")),
        ("sqitch", "sqitch.conf", "[core]\nengine = pg\n", ("sqitch", "changes")),
        ("sqlx", "../sqlx.toml", '[migrate]\ntable-name = "meta.done"\n', ("meta", "done")),
        ("sqlx", "../sqlx.toml", "migrate = 1", ("", "_sqlx_migrations")),
        ("liquibase", "../liquibase.properties", "databaseChangeLogTableName: DONE\n", ("", "done")),
        (
            "liquibase",
            "../liquibase.properties",
            "liquibase.databaseChangelogTableName=My\nliquibase.liquibaseSchemaName=meta",
            ("meta", "My"),
        ),
        ("node-pg-migrate", "../package.json", SCRIPT.format("-t done --migrations-schema=meta up"), ("meta", "done")),
        ("node-pg-migrate", "../package.json", SCRIPT.format("-m sql up"), ("", "pgmigrations")),
        ("node-pg-migrate", "../package.json", SCRIPTS, ("", "pgmigrations")),
        ("node-pg-migrate", "../package.json", "[", ("", "pgmigrations")),
        ("node-pg-migrate", "../database.json", '{"db": {"migrations-table": "done"}}', ("", "done")),
        ("node-pg-migrate", "../database.json", '{"schema": ["meta", "b"]}', ("meta", "pgmigrations")),
        ("node-pg-migrate", "../config/default.json", '{"db": {"migrations-table": "a b"}}', ("", "a b")),
    ],
)  # fmt: skip
def test_by_the_project(folder: Folder, name: str, file: str, text: str, expected: tuple[str, str]) -> None:
    folder.write(**{file: text})
    assert named(folder, name) == expected


def test_a_file_of_settings_that_a_script_names(folder: Folder) -> None:
    """What the file says goes before what the script says."""
    script = SCRIPT.format("up -t one -f conf.json --config-value prod")
    folder.write(**{"../package.json": script, "../conf.json": '{"prod": {"migrations-table": "done"}}'})
    folder.write(**{"../database.json": '{"db": {"migrations-table": "other"}}'})
    assert named(folder, "node-pg-migrate") == ("", "done")


@pytest.mark.parametrize(
    ("tracking", "expected"),
    [
        ("done", ("", "done")),
        ("meta.done", ("meta", "done")),
        ('"My meta"."a.""b"""', ("My meta", 'a."b"')),
        ("😀 x.y", ("😀 x", "y")),
    ],
)
def test_the_setting_wins(folder: Folder, tracking: str, expected: tuple[str, str]) -> None:
    folder.write(**{"../flyway.conf": "flyway.table=other\n"})
    folder.tracking = tracking
    assert named(folder, "flyway") == expected


def test_walked_and_read_under_another_name(folder: Folder) -> None:
    ups = {"1_a.up.sql": "CREATE TABLE a (id int);", "2_b.up.sql": 'UPDATE "My meta".done SET dirty = false;'}
    folder.write(**ups, **{"1_a.down.sql": "DROP TABLE a;", "2_b.down.sql": "SELECT 1;"})
    folder.tracking = '"My meta".done'
    assert folder.walk() == [[], [], []]
    status = folder.status(
        'CREATE SCHEMA "My meta"; CREATE TABLE "My meta".done AS SELECT 1 AS version, false AS dirty'
    )
    assert status is not None
    assert [(entry.name, entry.state) for entry in status.entries] == [("1_a", "applied"), ("2_b", "pending")]
    assert folder.status("CREATE TABLE schema_migrations AS SELECT 2 AS version, false AS dirty") == status


def test_our_own_ledger_has_one_name(folder: Folder) -> None:
    folder.write(**{"001-a.sql": "-- migrate:up\nSELECT 1;\n"})
    folder.tracking = "meta.ledger"
    with pytest.raises(MigrationError, match=r'our own format, whose ledger has one name, and not "meta\.ledger"'):
        folder.load()


def test_a_folder_that_is_not_there_has_no_name(tmp_path: Path) -> None:
    found = find(tmp_path / "nowhere", name="alembic")
    assert found is not None
    assert found.table.name == "alembic_version"
