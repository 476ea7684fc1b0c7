"""What is read of views and materialized views, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE t (a int, b text);
        CREATE VIEW v WITH (security_barrier, check_option = local) AS SELECT b, a FROM t WHERE a > 0;
        CREATE VIEW on_v AS SELECT b FROM v;
        CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT a FROM t WITH NO DATA;
    """)


def test_a_view(subject: Subject) -> None:
    view = subject.read().view("v")

    assert (view.record.columns, view.owner, view.comment) == (("b", "a"), "postgres", None)
    assert view.options == {"security_barrier": "true", "check_option": "local"}
    columns = "b,\n    a" if subject.major >= 16 else "t.b,\n    t.a"
    assert (
        view.definition == f" SELECT {columns}\n   FROM public.t\n  WHERE ({'' if subject.major >= 16 else 't.'}a > 0);"
    )


def test_a_materialized_view(subject: Subject) -> None:
    view = subject.read().materialized_view("m")

    assert (view.populated, view.access_method, view.options) == (False, "heap", {"fillfactor": "50"})
    assert view.definition.endswith("FROM public.t;")


def test_populated(subject: Subject) -> None:
    changes = subject.changes("REFRESH MATERIALIZED VIEW m")

    assert changes == {"materialized view public.m": {"populated": (False, True)}}


def test_a_renamed_column_shows_in_views_and_in_views_on_them(subject: Subject) -> None:
    changes = subject.changes("ALTER TABLE t RENAME COLUMN b TO c")
    subject.run("ALTER TABLE t RENAME COLUMN c TO b")

    assert set(changes["view public.v"]) == {"definition"}


def test_a_view_column_default_and_comment(subject: Subject) -> None:
    changes = subject.changes("ALTER VIEW v ALTER COLUMN b SET DEFAULT 'x'; COMMENT ON VIEW v IS 'why'")

    assert changes == {
        "column public.v.b": {"default": (None, "'x'::text")},
        "view public.v": {"comment": (None, "why")},
    }


def test_security_invoker(subject: Subject) -> None:
    if subject.major < 15:
        pytest.skip("PostgreSQL 15 has security_invoker")
    changes = subject.changes("ALTER VIEW on_v SET (security_invoker = true)")

    assert changes == {"view public.on_v": {"options": ({}, {"security_invoker": "true"})}}
