from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare, examine
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.views import View
from pgassay.catalog.mend import mend
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import Deparsed, Record
from pgassay.catalog.scope_roles import SHARED_KINDS
from pgassay.servers.server import Server
from tests.catalog.support import OURS, Sides, two_databases

# Each text holds a varchar IN list, which reads otherwise once it was written by PostgreSQL and typed again.
SCHEMA = """
CREATE DOMAIN d AS varchar(10) DEFAULT (CASE WHEN 'a'::varchar IN ('a', 'b') THEN 'x' END) CHECK (VALUE IN ('a', 'b'));
CREATE TABLE "T x" (
    id int,
    kind varchar(10) CHECK (kind IN ('a', 'b')) DEFAULT (CASE WHEN 'a'::varchar(10) IN ('a', 'b') THEN 'x' END),
    "Q ""x" bool GENERATED ALWAYS AS (kind IN ('a', 'b')) STORED,
    EXCLUDE USING btree (id WITH =) WHERE (kind IN ('a', 'b'))
);
CREATE INDEX i ON "T x" (lower(kind)) WHERE kind IN ('a', 'b');
CREATE INDEX j ON "T x" (id, (kind IN ('a', 'b')) DESC);
CREATE VIEW v AS SELECT id FROM "T x" WHERE kind IN ('a', 'b');
CREATE MATERIALIZED VIEW m AS SELECT id FROM "T x" WHERE kind IN ('a', 'b');
CREATE POLICY p ON "T x" USING (kind IN ('a', 'b')) WITH CHECK (kind IN ('c', 'b'));
CREATE TRIGGER t BEFORE UPDATE OF kind ON "T x" FOR EACH ROW WHEN (new.kind IN ('a', 'b'))
    EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE RULE r AS ON DELETE TO "T x" WHERE old.kind IN ('a', 'b')
    DO DELETE FROM "T x" WHERE "T x".kind IN ('a', 'b');
CREATE STATISTICS s ON id, (kind IN ('a', 'b')), lower(kind) FROM "T x";
"""


def own(catalog: Catalog) -> list[Record]:
    """What is the database's own: others make roles on the server at the same time."""
    return [record for record in catalog if record.KIND not in SHARED_KINDS]


@pytest.fixture
def sides(any_server: Server) -> Iterator[Sides]:
    with two_databases(any_server) as made:
        yield made


def test_what_a_dump_and_reload_words_otherwise_means_the_same(sides: Sides) -> None:
    """The mends of an empty database are what a dump of it would be: texts as the server wrote them."""
    sides.expected.execute(SCHEMA)
    expected, actual = read_catalog(sides.expected), read_catalog(sides.actual)
    for difference in compare(expected, actual, options=OURS):
        sides.actual.execute(mend(difference, expected, actual))
    reloaded = read_catalog(sides.actual)
    worded_otherwise = {(d.object, a.name) for d in compare(expected, reloaded, options=OURS) for a in d}
    assert worded_otherwise >= {
        ("constraint public.\"T x\".\"T x_kind_check\"", "definition"),
        ("index public.i", "predicate"),
        ("index public.j", "columns"),
        ("view public.v", "definition"),
        ("domain public.d", "constraints"),
        ("policy public.\"T x\".p", "using"),
        ("policy public.\"T x\".p", "check"),
        ("trigger public.\"T x\".t", "when"),
        ("column public.\"T x\".\"Q \"\"x\"", "default"),
        ("rule public.\"T x\".r", "condition"),
        ("rule public.\"T x\".r", "action"),
        ("statistics object public.s", "expressions"),
    }  # fmt: skip
    seen = examine(expected, reloaded, options=OURS, second_opinion=SecondOpinion(sides.expected))
    assert seen.differences == ()
    assert len(seen.notes) >= len(worded_otherwise)  # and the index of the exclusion constraint
    assert own(read_catalog(sides.expected)) == own(expected)  # nothing of the probes stays


def test_another_meaning_stays_a_difference(sides: Sides) -> None:
    sides.expected.execute(SCHEMA)
    sides.actual.execute(SCHEMA.replace("'b'", "'z'").encode())
    found = {(d.object.split(" ")[0], a.name) for d in sides.differences() for a in d}
    assert found >= {
        ("constraint", "definition"),
        ("index", "predicate"),
        ("index", "columns"),
        ("view", "definition"),
        ("domain", "constraints"),
        ("policy", "using"),
        ("trigger", "when"),
        ("column", "default"),
        ("rule", "condition"),
        ("rule", "action"),
        ("statistics", "expressions"),
    }


def test_a_default_that_stayed_behind_a_change_of_type(sides: Sides) -> None:
    sides.expected.execute("CREATE TABLE t (a text DEFAULT 'a')")
    sides.actual.execute("CREATE TABLE t (a varchar(9) DEFAULT 'a'); ALTER TABLE t ALTER a TYPE text")
    (difference,) = sides.differences()
    assert [(a.name, a.expected, a.actual) for a in difference] == [
        ("default", "'a'::text", "'a'::character varying"),
    ]


def test_which_rows_are_published(sides: Sides) -> None:
    if sides.expected.info.server_version < 150000:
        pytest.skip("PostgreSQL 15 publishes parts of tables")
    sides.expected.execute('CREATE TABLE "T x" (id int); CREATE PUBLICATION p FOR TABLE "T x" WHERE (id > 5)')
    member = read_catalog(sides.expected).publication_tables["p", "public", "T x"]
    again, other = (replace(member, row_filter=Deparsed(text)) for text in ("id>5", "(id > 6)"))

    opinion = SecondOpinion(sides.expected)
    assert opinion.same(member, again, "row_filter")
    assert not opinion.same(member, other, "row_filter")


def same(sides: Sides, expected: Record, text: str) -> bool:
    return SecondOpinion(sides.expected).same(expected, replace(expected, definition=Deparsed(text)), "definition")  # type: ignore[call-arg]


def read(sides: Sides, kind: type[Record]) -> Record:
    (record,) = read_catalog(sides.expected).records[kind.KIND].values()
    return record


def test_text_that_cannot_be_given_back_differs(sides: Sides) -> None:
    sides.expected.execute("CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t")
    before = own(read_catalog(sides.expected))
    texts = (
        "SELECT 1 AS id FROM nowhere",
        "SELECT",
        "",
        "SELECT 1; DROP TABLE t",
        "SELECT 1; COMMIT; CREATE TABLE left_behind ()",
        "SELECT '\\",
    )
    assert [text for text in texts if same(sides, read(sides, View), text)] == []
    assert own(read_catalog(sides.expected)) == before


def test_an_object_that_the_scratch_database_lacks_differs(sides: Sides) -> None:
    sides.expected.execute("CREATE TABLE t (id int CHECK (id > 0))")
    constraint = read(sides, Constraint)
    sides.expected.execute("DROP TABLE t")
    assert not same(sides, constraint, "CHECK (id > 1)")


def test_a_connection_that_is_lost_is_no_opinion(sides: Sides) -> None:
    sides.expected.execute("CREATE TABLE t (id int CHECK (id > 0))")
    constraint = read(sides, Constraint)
    opinion = SecondOpinion(sides.expected)
    sides.expected.close()
    assert not opinion.same(constraint, replace(constraint, definition=Deparsed("CHECK (id > 1)")), "definition")  # type: ignore[call-arg]
