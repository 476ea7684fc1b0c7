"""What somebody puts on an extension's table: it is no member itself, so it is read, and goes with the extension."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.parts import keep, of_kinds
from tests.catalog.conftest import Subject

CALLS = "FOR EACH ROW EXECUTE FUNCTION"
OURS = {
    'trigger "E.x"."T ""x"" 🐘".ours',
    'trigger "E.x"."T ""x"" 🐘".plain',
    'rule "E.x"."T ""x"" 🐘".ours',
    'policy "E.x"."T ""x"" 🐘".ours',
}


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> Iterator[None]:
    subject.run(f"""
        CREATE SCHEMA "E.x";
        CREATE TABLE "E.x"."T ""x"" 🐘" (a int);
        CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION ours() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE EXTENSION citext;
        ALTER EXTENSION citext ADD TABLE "E.x"."T ""x"" 🐘";
        ALTER EXTENSION citext ADD SCHEMA "E.x";
        ALTER EXTENSION citext ADD FUNCTION theirs();
        SET search_path = "E.x", public;
        CREATE TRIGGER theirs BEFORE INSERT ON "T ""x"" 🐘" {CALLS} theirs();
        CREATE TRIGGER ours BEFORE INSERT ON "T ""x"" 🐘" {CALLS} ours();
        CREATE TRIGGER plain BEFORE UPDATE ON "T ""x"" 🐘" {CALLS} suppress_redundant_updates_trigger();
        CREATE RULE ours AS ON DELETE TO "T ""x"" 🐘" DO INSTEAD NOTHING;
        CREATE POLICY ours ON "T ""x"" 🐘" USING (a > 1);
        RESET search_path;
    """)
    yield
    subject.run("DROP EXTENSION citext")


def put_on(catalog: Catalog) -> dict[str, str | None]:
    records = (r for r in of_kinds(catalog, Trigger, Rule, Policy) if isinstance(r, Trigger | Rule | Policy))
    return {record.label: record.extension for record in records}


def test_all_is_read_but_a_trigger_that_calls_the_extensions_own_function(subject: Subject) -> None:
    assert put_on(subject.read()) == dict.fromkeys(OURS, "citext")


def test_each_is_a_difference_of_its_own(subject: Subject) -> None:
    there = subject.read()
    bare = keep(there, lambda record: record.label not in OURS)

    assert {d.object for d in compare(there, bare)} == OURS


def test_it_goes_with_the_extension(subject: Subject) -> None:
    there = subject.read()
    bare = keep(there, lambda record: record.label not in {*OURS, "extension citext"})

    for expected, actual in ((there, bare), (bare, there)):
        assert [(d.object, d.hidden) for d in compare(expected, actual)] == [("extension citext", len(OURS))]


def test_it_moves_with_the_extension(subject: Subject) -> None:
    subject.run(f"""
        CREATE SCHEMA there; CREATE EXTENSION hstore;
        CREATE TABLE moving (a int); ALTER EXTENSION hstore ADD TABLE moving;
        CREATE TRIGGER ours BEFORE INSERT ON moving {CALLS} ours(); CREATE POLICY ours ON moving;
        CREATE RULE ours AS ON DELETE TO moving DO INSTEAD DELETE FROM moving WHERE moving.a = old.a + 1;
    """)
    before = subject.read()
    after = subject.read("ALTER EXTENSION hstore SET SCHEMA there")
    subject.run("DROP EXTENSION hstore")

    assert [d.object for d in compare(before, after)] == ["extension hstore"]


def test_a_row_type_is_no_member_of_its_own(subject: Subject) -> None:
    members = subject.read().extension("citext").members

    assert 'table "E.x"."T ""x"" 🐘"' in members
    assert 'type "E.x"."T ""x"" 🐘"' not in members
