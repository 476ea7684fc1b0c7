from __future__ import annotations

import sys

import pytest

from pgassay.migrations.split import split
from pgassay.migrations.statement_kind import kind_of


def kind(sql: str) -> str:
    (statement,) = split(sql)
    return kind_of(statement)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("alter table a add b int", "ALTER TABLE"),
        ('-- c\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "table" ON t (a)', "CREATE INDEX"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1", "CREATE FUNCTION"),
        ("create temp table a ()", "CREATE TABLE"),
        ("CREATE UNLOGGED TABLE a ()", "CREATE TABLE"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW"),
        ("REFRESH MATERIALIZED VIEW v", "REFRESH MATERIALIZED VIEW"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a", "ALTER DEFAULT PRIVILEGES"),
        ("CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)", "CREATE TEXT SEARCH CONFIGURATION"),
        ("DROP FOREIGN DATA WRAPPER w", "DROP FOREIGN DATA WRAPPER"),
        ("DROP FOREIGN TABLE w", "DROP FOREIGN TABLE"),
        ("CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <", "CREATE OPERATOR CLASS"),
        ("CREATE OPERATOR + (FUNCTION = f)", "CREATE OPERATOR"),
        ("CREATE USER MAPPING FOR a SERVER s", "CREATE USER MAPPING"),
        ("CREATE USER a", "CREATE USER"),
        ("INSERT INTO t VALUES (1)", "INSERT"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "INSERT"),
        ("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", "SELECT"),
        ("DO $$ BEGIN END $$", "DO"),
        ("(SELECT 1)", ""),
        ("'no SQL'", ""),
    ],
)
def test_kinds(sql: str, expected: str) -> None:
    assert kind(sql) == expected


def test_without_sqlparse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlparse", None)
    assert kind("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a") == "WITH"
