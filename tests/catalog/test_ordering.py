"""What must come before what: mends are executed once, in their order, and leave no difference."""

from __future__ import annotations

import pytest

from pgassay.catalog.kinds.views import View
from pgassay.catalog.ordering import arranged, used_by, users_of
from pgassay.catalog.read import read_catalog
from pgassay.servers.server import Server
from tests.catalog.support import two_databases

BASE = """
    CREATE SCHEMA "S.x";
    CREATE TABLE t (a int, b text);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
"""
CHAIN = """
    CREATE VIEW "z ""😀"" x" AS SELECT a, b FROM t;
    CREATE FUNCTION y(int, text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM "z ""😀"" x"; END;
    CREATE MATERIALIZED VIEW "S.x".x AS SELECT a, b, y(a, b) FROM "z ""😀"" x";
    CREATE INDEX ON "S.x".x (a);
    CREATE VIEW "S.x".w AS SELECT x.a FROM "S.x".x, t;
    CREATE VIEW a AS SELECT * FROM "S.x".w;
"""
USED = """
    CREATE VIEW m AS SELECT * FROM base;
    CREATE VIEW l AS SELECT m.a FROM m, base;
    COMMENT ON VIEW l IS 'why'; GRANT SELECT ON l TO PUBLIC;
    CREATE TRIGGER r INSTEAD OF INSERT ON l FOR EACH ROW EXECUTE FUNCTION f();
    CREATE MATERIALIZED VIEW k AS SELECT a FROM l; CREATE UNIQUE INDEX i ON k (a);
"""
OTHERWISE = """
    CREATE VIEW m AS SELECT b, a FROM base;
    CREATE VIEW n AS SELECT * FROM m;
    CREATE MATERIALIZED VIEW k AS SELECT a + 1 AS a FROM m;
"""
CASES = {
    "a chain": (CHAIN, ""),
    "an altered view that others use": (
        "CREATE VIEW base AS SELECT a, b FROM t;" + USED,
        "CREATE VIEW base AS SELECT b AS b, a FROM t;" + USED,
    ),
    "one whose users differ, are missing and too many": (
        "CREATE VIEW base AS SELECT a, b FROM t;" + USED,
        "CREATE VIEW base AS SELECT b AS b, a FROM t;" + OTHERWISE,
    ),
    "an altered materialized view that others use": (
        "CREATE MATERIALIZED VIEW base AS SELECT a, b FROM t;" + USED,
        "CREATE MATERIALIZED VIEW base AS SELECT a, b FROM t WHERE a > 0;" + USED,
    ),
    "a table and columns that a view uses no more": (
        "ALTER TABLE t ADD c int; CREATE VIEW v AS SELECT c FROM t;",
        "CREATE TABLE o (c int); ALTER TABLE t ADD d int; CREATE VIEW v AS SELECT o.c FROM o, t WHERE d > 0;",
    ),
    "functions of tables": (
        "CREATE TABLE o (c int); CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT c FROM o; END;",
        "",
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_mends_are_executed_in_their_order(any_server: Server, case: str, back: bool) -> None:
    one, other = CASES[case]
    with two_databases(any_server) as sides:
        sides.both(BASE)
        sides.expected.execute((other if back else one).encode())
        sides.actual.execute((one if back else other).encode())
        assert sides.differences() != ()
        assert sides.mend() == []
        assert sides.differences() == ()


def test_what_is_read_of_uses(any_server: Server) -> None:
    with two_databases(any_server) as sides:
        sides.expected.execute((BASE + CHAIN + "CREATE VIEW one AS SELECT 1 AS b, now() AS a").encode())
        catalog = read_catalog(sides.expected)

    z = 'public."z ""😀"" x"'
    assert {record.name: record.uses for record in catalog.of_kind(View).values()} == {
        'z "😀" x': ("public.t",),
        "w": ('"S.x".x', "public.t"),
        "a": ('"S.x".w',),
        "one": (),
    }
    assert catalog.materialized_view("x").record.uses == (z, "public.y(integer, text)")
    assert [catalog.function(name).uses for name in ("y", "f")] == [(z,), ()]
    used = used_by(catalog, catalog.view("a").record)
    assert {record.label for record in used} == {
        'view "S.x".w',
        'materialized view "S.x".x',
        "table public.t",
        f"view {z}",
        "function public.y(integer, text)",
    }
    assert [record.label for record in users_of(catalog, catalog.view('z "😀" x').record)] == [
        "function public.y(integer, text)",
        'materialized view "S.x".x',
        'view "S.x".w',
        "view public.a",
    ]


def test_a_function_that_uses_a_view_is_told(any_server: Server) -> None:
    with two_databases(any_server) as sides:
        sides.both(BASE)
        function = "CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a FROM v; END;"
        sides.expected.execute(f"CREATE VIEW v AS SELECT a, b FROM t; {function}".encode())
        sides.actual.execute(f"CREATE VIEW v AS SELECT b, a FROM t; {function}".encode())
        finding, *_ = sides.findings()

    assert finding.mend.splitlines()[:2] == [
        "-- function public.g() uses it: drop that first, and create it again afterwards",
        "DROP VIEW public.v;",
    ]


def test_what_must_come_before() -> None:
    assert arranged("abcd", {}) == list("abcd")
    assert arranged("abcd", {0: {2}, 2: {3}}) == list("bdca")
    assert arranged("abc", {0: {1}, 1: {0}}) == list("cab"), "a circle comes last"
