"""What is read of indexes, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.kinds.indexes import IndexColumn
from pgassay.catalog.record import Deparsed
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE t (id int PRIMARY KEY, "E-mail" text COLLATE "C", b int, deleted_at timestamptz, doc tsvector);
        CREATE UNIQUE INDEX live ON t (lower("E-mail") DESC, b NULLS FIRST) INCLUDE (id, "E-mail")
            WITH (fillfactor = 70) WHERE deleted_at IS NULL;
        CREATE INDEX "any way" ON t ("E-mail" COLLATE "POSIX" text_pattern_ops, b DESC);
        CREATE INDEX search ON t USING gist (doc tsvector_ops (siglen = 100));
        CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
        CREATE INDEX on_m ON m (id);
    """)


def key(expression: str, operator_class: str, **values: object) -> IndexColumn:
    usual: dict[str, object] = {
        "collation": None,
        "operator_class_options": {},
        "descending": False,
        "nulls_first": False,
    }
    return IndexColumn(
        expression=Deparsed(expression),
        operator_class=operator_class,
        **{**usual, "statistics_target": None, **values},  # type: ignore[arg-type]
    )


def test_every_attribute(subject: Subject) -> None:
    index = subject.read().table("t").index("live")

    assert index.attributes == {
        "table": "t",
        "method": "btree",
        "columns": (
            key('lower("E-mail")', "text_ops", collation='"C"', descending=True, nulls_first=True),
            key("b", "int4_ops", nulls_first=True),
        ),
        "include": ("id", "E-mail"),
        "predicate": "(deleted_at IS NULL)",
        "unique": True,
        "nulls_not_distinct": False,
        "primary": False,
        "immediate": True,
        "exclusion": False,
        "constraint": None,
        "parents": (),
        "valid": True,
        "ready": True,
        "live": True,
        "clustered": False,
        "options": {"fillfactor": "70"},
        "tablespace": None,
        "comment": None,
    }


def test_collations_operator_classes_and_methods_without_order(subject: Subject) -> None:
    indexes = subject.read().table("t").indexes

    assert indexes["any way"].columns == (
        key('"E-mail"', "text_pattern_ops", collation='"POSIX"'),
        key("b", "int4_ops", descending=True, nulls_first=True),
    )
    assert indexes["search"].columns == (
        key(
            "doc",
            "tsvector_ops",
            operator_class_options={"siglen": "100"},
            descending=None,
            nulls_first=None,
        ),
    )


def test_an_operator_class_of_the_users_beside_a_usual_key(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE OPERATOR CLASS "my, own" FOR TYPE int USING btree AS
            OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
        CREATE INDEX owned ON t (id, b "my, own" DESC);
    """)

    columns = catalog.index("owned").columns
    assert columns == (key("id", "int4_ops"), key("b", 'public."my, own"', descending=True, nulls_first=True))
    assert [column.default_class for column in columns] == [True, False]


def test_indexes_of_constraints_and_of_materialized_views(subject: Subject) -> None:
    catalog = subject.read()

    primary = catalog.table("t").index("t_pkey")
    assert (primary.primary, primary.unique, primary.constraint) == (True, True, "t_pkey")
    assert catalog.materialized_view("m").index("on_m").table == "m"


def test_an_index_that_is_not_valid(subject: Subject) -> None:
    subject.run("CREATE TABLE twice AS SELECT 1 AS a FROM generate_series(1, 2)")
    with pytest.raises(Exception, match="could not create unique index"):
        subject.run("CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (a)")

    broken = subject.read().index("broken")
    assert (broken.valid, broken.live) == (False, True)


@pytest.mark.parametrize(
    ("statement", "attribute", "before", "after"),
    [
        ("ALTER INDEX on_m SET (fillfactor = 50)", "options", {}, {"fillfactor": "50"}),
        ("CLUSTER m USING on_m", "clustered", False, True),
        ("COMMENT ON INDEX on_m IS 'why'", "comment", None, "why"),
    ],
)
def test_one_change_is_one_attribute(
    subject: Subject, statement: str, attribute: str, before: object, after: object
) -> None:
    assert subject.changes(statement) == {"index public.on_m": {attribute: (before, after)}}


def test_statistics_of_an_expression(subject: Subject) -> None:
    subject.run("ALTER INDEX live ALTER COLUMN 1 SET STATISTICS 300")

    assert [column.statistics_target for column in subject.read().index("live").columns] == [300, None]


def test_nulls_not_distinct(subject: Subject) -> None:
    if subject.major < 15:
        pytest.skip("PostgreSQL 15 has NULLS NOT DISTINCT")
    catalog = subject.read("CREATE UNIQUE INDEX same ON t (b) NULLS NOT DISTINCT")

    assert catalog.index("same").nulls_not_distinct


def test_partitions_name_the_whole_index(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE TABLE years (id int) PARTITION BY RANGE (id);
        CREATE TABLE year_1 PARTITION OF years FOR VALUES FROM (1) TO (2);
        CREATE INDEX whole ON years (id);
    """)

    assert [index.parents for index in catalog.table("year_1").indexes.values()] == [("public.whole",)]


def test_a_renamed_column_shows(subject: Subject) -> None:
    changes = subject.changes("ALTER TABLE t RENAME COLUMN b TO c")
    subject.run("ALTER TABLE t RENAME COLUMN c TO b")

    before, after = changes["index public.live"]["columns"]
    assert (before[1].expression, after[1].expression) == ("b", "c")


DEFINITIONS = """
    CREATE SCHEMA "D x";
    SET search_path = "D x", public;
    CREATE EXTENSION citext;
    CREATE EXTENSION btree_gin;
    CREATE DOMAIN mail AS citext;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE d (a int, b varchar(9), c citext, m mail, e mood, f int[], g int4range, h inet, i cidr, j name,
                    k "char", l tsvector, "N 🐘.""x" text, o bpchar(3), p point, q jsonb, r text COLLATE "C");
    CREATE INDEX ON d (a, b, c, m, e, f, g, h, i, j, k);
    CREATE INDEX ON d (o, r COLLATE "C", "N 🐘.""x" COLLATE "POSIX");
    CREATE INDEX ON d (c text_ops, m citext_ops, b varchar_ops, b text_pattern_ops, i cidr_ops);
    CREATE INDEX ON d (a DESC, a DESC NULLS LAST, a NULLS FIRST, a NULLS LAST);
    CREATE INDEX ON d USING hash (e);
    CREATE INDEX ON d USING gin (a, l, f, q jsonb_path_ops);
    CREATE INDEX ON d USING gist (l tsvector_ops (siglen = 7), p, g);
    CREATE INDEX ON d USING spgist (h) INCLUDE (a) WITH (fillfactor = 33);
    CREATE INDEX ON d USING brin (a int4_minmax_multi_ops (values_per_range = 9), b) WITH (pages_per_range = 2);
    CREATE UNIQUE INDEX "U x" ON d (a) INCLUDE (b, "N 🐘.""x") WITH (fillfactor = 50) WHERE a > 0 OR b IS NULL;
    CREATE INDEX ON d (lower("N 🐘.""x"), (a + 1) DESC, (b || 'x'), coalesce(a, 1)) WHERE b = ANY (ARRAY['a', 'b']);
    ALTER TABLE d ADD PRIMARY KEY (a), ADD EXCLUDE USING gist (g WITH &&);
    CREATE TABLE parts (a int, b text) PARTITION BY RANGE (a);
    CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2);
    CREATE INDEX ON parts (a, lower(b));
    RESET search_path;
"""


def test_a_definition_is_what_postgresql_writes(subject: Subject) -> None:
    catalog = subject.read(DEFINITIONS)
    with subject.connection.transaction():
        subject.connection.execute("SET LOCAL search_path = ''")
        rows = subject.connection.execute("""
            SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_class AS c
             WHERE c.relnamespace = '"D x"'::regnamespace AND c.relkind IN ('i', 'I')
        """).fetchall()

    assert len(rows) == 15
    assert {name: catalog.index(name, schema="D x").definition for name, _ in rows} == dict(rows)
