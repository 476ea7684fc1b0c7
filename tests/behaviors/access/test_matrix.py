"""The three answers, on every kind of object; nothing that is tried stays."""

from __future__ import annotations

import pytest

from pgassay.behaviors.access.cells import Cell, Tried
from pgassay.behaviors.access.disagreements import disagreements
from pgassay.behaviors.access.matrix import Matrix, read_matrix, try_matrix
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import PUBLIC, RoleName
from pgassay.findings import Finding
from tests.behaviors.access.conftest import Build, Connection

APP, BOSS, ODD, ROOT = map(RoleName, ("app", "boss", 'R. "x" 😀', "root"))
EVERYTHING = """
CREATE SCHEMA s AUTHORIZATION boss; CREATE SCHEMA closed AUTHORIZATION boss;
GRANT USAGE ON SCHEMA s TO PUBLIC;
CREATE TABLE s.t (id int PRIMARY KEY, "B. ""x"" 😀" text NOT NULL, g int GENERATED ALWAYS AS (1) STORED,
                  i int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE s.no_key (a int); CREATE TABLE s.nothing ();
CREATE TABLE s.made (g int GENERATED ALWAYS AS (1) STORED); CREATE TABLE s.parts (a int UNIQUE) PARTITION BY LIST (a);
CREATE VIEW s.v AS SELECT id FROM s.t; CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
CREATE SEQUENCE s.q; CREATE SEQUENCE s.full_range MINVALUE -9223372036854775808;
CREATE FUNCTION s.f(int, text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE FUNCTION s.g(anyelement, VARIADIC anyarray) RETURNS int STRICT IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.many(int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.tr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE s.p(text, int) LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE PROCEDURE s.bare() LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE PROCEDURE s.out(OUT a int, OUT "B. x" text) LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE PROCEDURE s.both(OUT a int, INOUT b int, c text DEFAULT '') LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE AGGREGATE s.agg(int) (SFUNC = int4pl, STYPE = int);
CREATE PROCEDURE s.many_of(VARIADIC int[]) LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE FUNCTION s.of_enum(anyenum) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE UNLOGGED TABLE s.unlogged (a int PRIMARY KEY);
CREATE FUNCTION s.first(text, int) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE s.ordered(int ORDER BY int) (SFUNC = s.first, STYPE = text);
CREATE AGGREGATE s.ranked(VARIADIC "any" ORDER BY VARIADIC "any") (
    SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE TYPE s.mood AS ENUM ('ok'); CREATE DOMAIN s.d AS text NOT NULL; CREATE TYPE s.pair AS (a int, b int);
CREATE TYPE s.r AS RANGE (SUBTYPE = date);
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE s.foreign_one (a int) SERVER far;
CREATE TRUSTED LANGUAGE again HANDLER plpgsql_call_handler;
SELECT lo_create(4242);
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA s FROM PUBLIC; REVOKE ALL ON ALL PROCEDURES IN SCHEMA s FROM PUBLIC;
REVOKE ALL ON TYPE s.mood, s.d, s.pair, s.r FROM PUBLIC; REVOKE ALL ON LANGUAGE again FROM PUBLIC;
"""
# What each kind of object is granted as.
GRANTABLE = """
TABLE s.t, s.no_key, s.nothing, s.made, s.parts, s.v, s.m, s.foreign_one | SEQUENCE s.q, s.full_range
FUNCTION s.f(int, text), s.g(anyelement, anyarray), s.many(int), s.tr(), s.agg(int), s.ordered(int, int)
FUNCTION s.ranked("any") | PROCEDURE s.p(text, int), s.bare(), s.out(), s.both(int, text)
PROCEDURE s.many_of(int[]) | FUNCTION s.of_enum(anyenum) | TABLE s.unlogged
SCHEMA s, closed | TYPE s.mood, s.d, s.pair, s.r | FOREIGN DATA WRAPPER w | FOREIGN SERVER far | LANGUAGE again
LARGE OBJECT 4242
"""


GRANTED = (Tried.DONE, Tried.OTHERWISE, Tried.UNTRIED)
NOT_GRANTED = (Tried.DENIED, Tried.OTHERWISE, Tried.UNTRIED)


def tried(connection: Connection) -> Matrix:
    return try_matrix(connection, read_catalog(connection))


def answers(cell: Cell) -> tuple[str | None, bool | None, str | None]:
    return cell.declared, cell.computed, cell.tried.outcome.value if cell.tried else None


def facts(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.object) for finding in findings]


@pytest.mark.parametrize("role", [APP, ODD], ids=["app", "odd"])
def test_each_privilege_alone_and_none_opens_that_action_alone(build: Build, role: RoleName) -> None:
    connection = build(EVERYTHING)
    matrix = tried(connection)
    assert disagreements(matrix) == []
    for things in GRANTABLE.replace("\n", "|").split("|"):
        if things.strip():
            connection.execute(f'GRANT ALL ON {things} TO "{role.replace(chr(34), chr(34) * 2)}"'.encode())
    granted = tried(connection)
    assert disagreements(granted) == []
    cells = [cell for cell in granted.cells if cell.role == role and cell.tried]
    assert {cell.tried.outcome for cell in cells if cell.tried and cell.declared} <= {*GRANTED}
    denied = [cell for cell in matrix.cells if cell.role == role and cell.tried and not cell.declared]
    assert {cell.tried.outcome for cell in denied if cell.tried} <= {*NOT_GRANTED}
    assert sum(cell.tried.outcome is Tried.DENIED for cell in denied if cell.tried) > 50


def test_what_fails_otherwise_is_no_denial(build: Build) -> None:
    matrix = tried(build(EVERYTHING))
    otherwise = {
        (cell.object.label, cell.action, cell.tried.sqlstate)
        for cell in matrix.cells
        if cell.role == ROOT and cell.tried and cell.tried.outcome is Tried.OTHERWISE and cell.action != "MAINTAIN"
    }
    assert otherwise == {
        *(
            ("materialized view s.m", action, "42809")
            for action in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
        ),
        *(("table s.foreign_one", word, "55000") for word in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")),
        ("view s.v", "TRUNCATE", "42809"),
        # To what has no key nobody can refer.
        *((label, "REFERENCES", "42809") for label in ("view s.v", "materialized view s.m", "table s.foreign_one")),
        *((f"table s.{name}", "REFERENCES", "42704") for name in ("no_key", "nothing", "made")),
    }


def test_what_cannot_be_tried_without_doing_it_says_why(build: Build) -> None:
    assert tried(build(EVERYTHING)).untried == {"UPDATE on table s.nothing": "it has no column"}


def test_nothing_stays(build: Build) -> None:
    connection = build(EVERYTHING)
    before = read_catalog(connection), state(connection)
    tried(connection)
    assert (read_catalog(connection), state(connection)) == before


def state(connection: Connection) -> list[tuple[object, ...]]:
    """Return what a rollback would not bring back, and who the session is."""
    return connection.execute(
        "SELECT last_value, is_called, session_user, current_user, current_setting('statement_timeout') FROM s.q"
    ).fetchall()


PATHS = {
    "GRANT SELECT ON t TO app": "granted",
    "GRANT SELECT ON t TO app WITH GRANT OPTION": "granted with grant option",
    "GRANT SELECT ON t TO PUBLIC": "PUBLIC",
    "GRANT SELECT ON t TO staff": "member of staff",
    "ALTER TABLE t OWNER TO app": "owner",
    "GRANT SELECT (a, b) ON t TO app": "each column",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app; CREATE TABLE u (LIKE t); DROP TABLE t; "
    "ALTER TABLE u RENAME TO t": "granted (default privileges)",
    "SELECT": None,
}


@pytest.mark.parametrize("change", PATHS)
def test_the_path_by_which_a_privilege_arrives(build: Build, change: str) -> None:
    connection = build(f"CREATE TABLE t (a int, b int); {change}")
    cell = tried(connection).by_key[APP, "table public.t", "SELECT"]
    able = PATHS[change] is not None
    assert answers(cell) == (PATHS[change], able, "yes" if able else "no")
    assert cell.able is able


def test_a_superuser(build: Build) -> None:
    cell = tried(build("CREATE TABLE t ()")).by_key[ROOT, "table public.t", "TRIGGER"]
    assert answers(cell) == ("superuser", True, "yes")


def test_one_column_alone(build: Build) -> None:
    connection = build(
        'CREATE TABLE t (a int, "B. ""x"" 😀" int); GRANT SELECT ("B. ""x"" 😀") ON t TO app WITH GRANT OPTION'
    )
    cells = [cell for cell in tried(connection).cells if cell.role == APP and cell.action.startswith("SELECT")]
    assert {cell.action: answers(cell) for cell in cells if cell.object.label == "table public.t"} == {
        "SELECT": (None, False, "no"),
        "SELECT (a)": (None, False, "no"),
        'SELECT ("B. ""x"" 😀")': ("granted with grant option", True, "yes"),
    }


def test_as_everybody_acts_who_is_granted_nothing(build: Build) -> None:
    connection = build("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t ()")
    matrix = try_matrix(connection, read_catalog(connection), roles=[PUBLIC])
    assert answers(matrix.by_key[PUBLIC, "function public.f()", "EXECUTE"]) == ("PUBLIC", True, "yes")
    assert answers(matrix.by_key[PUBLIC, "table public.t", "SELECT"]) == (None, False, "no")


def test_reading_needs_no_rights(build: Build) -> None:
    connection = build("CREATE TABLE t (); GRANT SELECT ON t TO app; SET SESSION AUTHORIZATION boss")
    matrix = read_matrix(connection, read_catalog(connection), roles=[APP])
    assert answers(matrix.by_key[APP, "table public.t", "SELECT"]) == ("granted", True, None)
