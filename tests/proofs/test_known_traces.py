"""True findings that newcomers take for false ones say why they are none, and only where they have that shape."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from pgassay.migrations.sources.native import load
from pgassay.proofs.known_traces import ATTRIBUTE_COMES_LAST, NOT_NULL_STAYS, VALUE_STAYS
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import walk
from pgassay.proofs.wording import COMES_LAST, ways_out
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

pytestmark = pytest.mark.thorough

Mends = Callable[[str, str, str], list[tuple[str, str]]]

TABLE = 'CREATE TABLE "t: 1" (a int, b int);'
DROPS_NOT_NULL = 'ALTER TABLE public."t: 1" ALTER COLUMN {} DROP NOT NULL;'


@pytest.fixture
def mends(private_server: Server, tmp_path: Path) -> Mends:
    """Take one step behind what is made first: the objects that differ, and how they are mended."""

    def go(made: str, up: str, down: str) -> list[tuple[str, str]]:
        (tmp_path / "001-made.sql").write_text(f"-- migrate:up\n{made}\n-- migrate:down\nSELECT 1;\n")
        (tmp_path / "002-step.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")
        migrations, settings = load(tmp_path), Settings(root=tmp_path)
        seen = walk(
            migrations,
            build=lambda: scratch_road(nullcontext(private_server), Recipe(migrations=migrations), settings),
            compare=differences,
        )
        return [(f.object.removeprefix("migration 002-step: "), f.mend) for f in seen.steps[2].findings]

    return go


def test_a_primary_key_leaves_not_null(mends: Mends) -> None:
    key = 'ALTER TABLE "t: 1" ADD CONSTRAINT k PRIMARY KEY (b, a);'
    assert mends(TABLE, key, 'ALTER TABLE "t: 1" DROP CONSTRAINT k;') == [
        (f'column public."t: 1".{name}', f"{NOT_NULL_STAYS}\n-- in the down:\n{DROPS_NOT_NULL.format(name)}")
        for name in "ab"
    ]


def test_not_null_that_no_key_has_set(mends: Mends) -> None:
    key = 'ALTER TABLE "t: 1" ADD CONSTRAINT k PRIMARY KEY (a); ALTER TABLE "t: 1" ALTER b SET NOT NULL;'
    down = 'ALTER TABLE "t: 1" DROP CONSTRAINT k; ALTER TABLE "t: 1" ALTER a DROP NOT NULL;'
    assert mends(TABLE, key, down) == [('column public."t: 1".b', f"-- in the down:\n{DROPS_NOT_NULL.format('b')}")]


def test_an_enum_value_stays(mends: Mends) -> None:
    made = "CREATE TYPE \"m. d\" AS ENUM ('a', 'b');"
    assert mends(made, "ALTER TYPE \"m. d\" ADD VALUE '0' BEFORE 'a';", "SELECT 1;") == [
        ('enum public."m. d"', VALUE_STAYS)
    ]


def test_a_label_with_another_name_is_no_value_that_stays(mends: Mends) -> None:
    made = "CREATE TYPE mood AS ENUM ('a', 'b');"
    ((_, mend),) = mends(made, "ALTER TYPE mood RENAME VALUE 'a' TO 'c';", "SELECT 1;")
    assert mend != VALUE_STAYS


def test_a_column_that_is_added_back_comes_last(mends: Mends) -> None:
    found = mends(TABLE, 'ALTER TABLE "t: 1" DROP a;', 'ALTER TABLE "t: 1" ADD a int;')
    assert found == [('table public."t: 1"', f"{COMES_LAST}: {ways_out('column-order')}")]


def test_an_attribute_that_is_added_back_comes_last(mends: Mends) -> None:
    made = 'CREATE TYPE "c: 1" AS (a int, b int);'
    back = 'ALTER TYPE "c: 1" ADD ATTRIBUTE a {};'
    found = mends(made, 'ALTER TYPE "c: 1" DROP ATTRIBUTE a;', back.format("int"))
    assert found == [('composite type public."c: 1"', ATTRIBUTE_COMES_LAST)]
    ((_, mend),) = mends(made, 'ALTER TYPE "c: 1" DROP ATTRIBUTE a;', back.format("text"))
    assert mend != ATTRIBUTE_COMES_LAST


def test_a_schema_that_stays_is_dropped_in_the_down(mends: Mends) -> None:
    """There is no contract here that it could be added to."""
    ((name, mend),) = mends(TABLE, 'CREATE SCHEMA "S 1"; CREATE TABLE "S 1".t ();', "SELECT 1;")
    assert (name, mend) == ('schema "S 1"', '-- in the down, with all that is in it:\nDROP SCHEMA "S 1" CASCADE;')
