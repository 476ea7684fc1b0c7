"""What is read of extended statistics, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject

NAME = '"S.x"."St. ""x"" 🐘"'
LABEL = f"statistics object {NAME}"
BASE = f'CREATE STATISTICS {NAME} (mcv, ndistinct) ON lower("B c"), a, (d + 1), "B c" FROM t;'


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE SCHEMA "S.x";
        CREATE TABLE t (d int, a int, "B c" text);
        CREATE MATERIALIZED VIEW m AS SELECT a, d FROM t;
        {BASE}
        CREATE STATISTICS alone ON (a % 2) FROM t;
        CREATE STATISTICS of_view ON a, d FROM m;
    """)


def test_every_attribute(subject: Subject) -> None:
    statistics = subject.read().statistics_object('St. "x" 🐘')

    assert statistics.attributes == {
        "table": "public.t",
        "kinds": frozenset({"mcv", "ndistinct"}),
        "columns": frozenset({"a", "B c"}),
        "expressions": ('lower("B c")', "(d + 1)"),
        "statistics_target": None,
        "owner": "postgres",
        "comment": None,
    }
    assert statistics.summary == 'mcv, ndistinct on "B c", a, lower("B c"), (d + 1) of public.t'


def test_the_other_sorts(subject: Subject) -> None:
    alone, view = map(subject.read().statistics_object, ("alone", "of_view"))

    assert (alone.kinds, alone.columns, alone.expressions) == (frozenset(), frozenset(), ("(a % 2)",))
    assert (view.table, sorted(view.kinds)) == ("public.m", ["dependencies", "mcv", "ndistinct"])
    assert view.expressions == ()


def test_target_owner_and_comment(subject: Subject) -> None:
    role = subject.role("owner")
    changes = subject.there_and_back(
        f"ALTER STATISTICS {NAME} SET STATISTICS 99; COMMENT ON STATISTICS {NAME} IS 'why';"
        f'GRANT CREATE ON SCHEMA "S.x" TO {role}; ALTER STATISTICS {NAME} OWNER TO {role};'
        f'REVOKE CREATE ON SCHEMA "S.x" FROM {role}; ALTER STATISTICS alone SET STATISTICS 7',
        f"ALTER STATISTICS {NAME} SET STATISTICS -1; COMMENT ON STATISTICS {NAME} IS NULL;"
        f"ALTER STATISTICS {NAME} OWNER TO postgres; ALTER STATISTICS alone SET STATISTICS -1;"
        'ALTER SCHEMA "S.x" OWNER TO postgres',
    )

    assert changes[LABEL] == {
        "statistics_target": (None, 99),
        "owner": ("postgres", role),
        "comment": (None, "why"),
    }
    assert changes["statistics object public.alone"] == {"statistics_target": (None, 7)}


def test_they_go_with_their_table_and_not_into_the_catalog_of_a_temporary_one(subject: Subject) -> None:
    changes = subject.changes("""
        CREATE TABLE short (a int, b int);
        CREATE STATISTICS gone ON a, b FROM short;
        DROP TABLE short;
        CREATE TEMPORARY TABLE now (a int, b int);
        CREATE STATISTICS public.passing ON a, b FROM now;
    """)
    subject.run("DROP TABLE now")

    assert changes == {}
