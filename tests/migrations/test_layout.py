"""Long SQL on one line gets several, and means what it meant."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgassay.migrations.layout import laid_out
from pgassay.migrations.tokens import tokens

from .test_split import WHOLE

TABLE = (
    "CREATE TABLE public.users (id bigint GENERATED ALWAYS AS IDENTITY, price numeric(10, 2) NOT NULL, "
    "CONSTRAINT \"a, (b\" CHECK (price > 0 AND 'x, (' <> ''));"
)
VIEW = (
    "CREATE VIEW v AS SELECT a.id, b.name FROM a LEFT JOIN b ON b.id = a.id WHERE a.state = 'from  where, select' "
    "AND b.name IS NOT NULL;"
)


def test_a_table_is_laid_out_by_its_columns() -> None:
    assert laid_out(TABLE) == (
        "CREATE TABLE public.users (\n"
        "    id bigint GENERATED ALWAYS AS IDENTITY,\n"
        "    price numeric(10, 2) NOT NULL,\n"
        "    CONSTRAINT \"a, (b\" CHECK (price > 0 AND 'x, (' <> '')\n"
        ");"
    )


def test_a_query_is_laid_out_by_its_clauses() -> None:
    assert laid_out(f"SELECT 1; {VIEW}") == (
        "SELECT 1; CREATE VIEW v AS\n"
        "SELECT a.id,\n"
        "       b.name\n"
        "FROM a\n"
        "LEFT JOIN b ON b.id = a.id\n"
        "WHERE a.state = 'from  where, select'\n"
        "  AND b.name IS NOT NULL;"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a, b FROM t WHERE a = 1",
        VIEW.replace(" FROM", "\nFROM"),
        f"COMMENT ON TABLE t IS '{'a, ' * 50}'",
        f"GRANT SELECT, INSERT ON TABLE {', '.join(f'table_{n}' for n in range(20))} TO app",
        f"SELECT '{'a, ' * 50}",
        "make the owner role, and the one that logs in a member of it (GRANT owner TO login), then look once more",
        f"SELECT '{'x' * 6_000}', 1 FROM t",
    ],
)  # fmt: skip
def test_what_stays(sql: str) -> None:
    assert laid_out(sql) == sql


def test_without_sqlparse_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlparse", None)
    assert laid_out(VIEW) == VIEW


def texts(sql: str) -> list[str]:
    return [text for token in tokens(sql) if not (text := sql[token.start : token.end]).isspace()]


PARTS = st.sampled_from(
    [
        "a",
        "1",
        "'x  ,( from'",
        "E'\\'  ;'",
        '"from  b"',
        "$$ select  ; $$",
        "/* from  ( */",
        "(b, c)",
        ",",
        "AND",
        "FROM t",
        *(
            "WHERE",
            "JOIN",
            "CASE WHEN a THEN b END",
            "::text",
            "->>",
            ":=",
            "é🐘",
            "-1",
            "- -1",
            "U&'\\0061'",
            "a.b",
            "@>",
        ),
    ]
)
STATEMENTS = st.sampled_from(
    ["SELECT ", "INSERT INTO t ", "CREATE TABLE t (", "CREATE VIEW v AS SELECT ", "UPDATE t SET "]
)


@pytest.mark.thorough
@given(STATEMENTS, st.lists(PARTS, min_size=20, max_size=60), st.sampled_from([";", ");", ""]))
@settings(max_examples=200, deadline=None)
def test_only_blanks_change(begin: str, parts: list[str], end: str) -> None:
    sql = begin + " ".join(parts) + end
    assert texts(laid_out(sql)) == texts(sql)


@pytest.mark.parametrize("sql", WHOLE)
def test_only_blanks_change_in_what_is_hard_to_cut(sql: str) -> None:
    long = f"SELECT {'a, ' * 40} b FROM t; {sql}"
    assert texts(laid_out(long)) == texts(long)
