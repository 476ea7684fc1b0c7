"""What is read of indexes, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.indexes import IndexColumn
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
    assert index.definition.startswith("CREATE UNIQUE INDEX live ON public.t USING btree (lower(")


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
