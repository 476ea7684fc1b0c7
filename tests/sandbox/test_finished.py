"""What is written down of a finished template, and what the next run makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from pgassay.migrations.sources.native import load
from pgassay.sandbox import template as module
from pgassay.sandbox.finished import Template
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.template import ensure_template
from pgassay.servers.registry import create_registry, read_facts
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings

pytestmark = pytest.mark.thorough

SETTINGS = Settings(root=Path("/"))
STEP = """-- migrate:up superuser:true
CREATE TABLE "Tür ""zu"". 😀" (id int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO "Tür ""zu"". 😀" (name) VALUES ('a'), ('b');
CREATE MATERIALIZED VIEW v AS SELECT 1;
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET my.word = ''it''''s''', current_database());
    EXECUTE format('COMMENT ON DATABASE %I IS ''a "comment"''', current_database());
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
END $$;
-- migrate:down irreversible: it is a test
"""
UNLOGGED = STEP.replace("CREATE TABLE", "CREATE UNLOGGED TABLE")


@pytest.fixture
def lasting(private_server: Server, run_directory: RunDirectory) -> Iterator[Server]:
    """A server that outlives its runs; what was made on it is dropped."""
    with private_server.connect() as connection:
        create_registry(connection)
    yield replace(private_server, run=str(run_directory.path))
    with private_server.connect() as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^pgassay_'").fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute("DROP TABLE pgassay_databases")


def recipe_of(folder: Path, text: str) -> Recipe:
    (folder / "001-a.sql").write_text(text)
    return Recipe(migrations=load(folder))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates into whose copies somebody has looked."""
    looked: list[str] = []
    look_at = module._look_at

    def look(server: Server, admin: Any, name: str, *rest: Any) -> Template:
        looked.append(name)
        return look_at(server, admin, name, *rest)

    monkeypatch.setattr(module, "_look_at", look)
    return looked


@pytest.mark.parametrize("step", [STEP, UNLOGGED])
def test_it_is_read_as_it_was_written(lasting: Server, tmp_path: Path, step: str) -> None:
    template = ensure_template(lasting, recipe_of(tmp_path, step), SETTINGS)
    assert Template.from_json(template.to_json()) == template
    assert template.carried.comment == 'a "comment"'
    assert template.baseline is not None
    assert len(template.baseline.inventory.unlogged) == (step is UNLOGGED) * (2 if lasting.major >= 15 else 1)


def test_an_empty_one(lasting: Server) -> None:
    template = ensure_template(lasting, None, SETTINGS)
    assert Template.from_json(template.to_json()) == template
    blind = replace(template, baseline=None)
    assert Template.from_json(blind.to_json()) == blind


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '"a"', '{"name":1,"owner":1,"carried":"","baseline":1}'])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Template.from_json(text)


def test_the_next_run_does_not_look(lasting: Server, tmp_path: Path, looks: list[str]) -> None:
    recipe = recipe_of(tmp_path, STEP)
    built = ensure_template(lasting, recipe, SETTINGS)
    assert ensure_template(lasting, recipe, SETTINGS) == built
    assert looks == []


def test_what_a_crash_may_have_emptied_is_looked_at(lasting: Server, tmp_path: Path, looks: list[str]) -> None:
    recipe = recipe_of(tmp_path, UNLOGGED)
    built = ensure_template(lasting, recipe, SETTINGS)
    assert ensure_template(lasting, recipe, SETTINGS).name == built.name
    assert looks == [built.name]


@pytest.mark.parametrize(
    "doing",
    [
        "UPDATE pgassay_databases SET facts = NULL",
        "UPDATE pgassay_databases SET facts = facts || 'x'",
        "ALTER TABLE pgassay_databases DROP COLUMN facts",
        "ALTER DATABASE {} CONNECTION LIMIT 5",
    ],
)
def test_what_is_not_known_for_sure_is_looked_at_once(
    lasting: Server, tmp_path: Path, looks: list[str], doing: str
) -> None:
    recipe = recipe_of(tmp_path, STEP)
    built = ensure_template(lasting, recipe, SETTINGS)
    with lasting.connect() as connection:
        connection.execute(sql.SQL(doing).format(sql.Identifier(built.name)))
        assert read_facts(connection, built.name) in {None, f"{built.to_json()}x"}
    for _ in range(2):
        found = ensure_template(lasting, recipe, SETTINGS)
        assert found.baseline is not None
        assert found.carried.connection_limit == (5 if "LIMIT" in doing else -1)
    assert looks == [built.name]
