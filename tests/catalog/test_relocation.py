from __future__ import annotations

from pgassay.catalog.compare import Comparison, Scope
from pgassay.servers.server import Server
from tests.catalog.support import two_databases

USERS = """
CREATE TABLE t (id uuid DEFAULT uuid_generate_v4(), c citext CHECK (c <> 'public.citext'), h hstore);
CREATE INDEX ON t USING gin (lower(c) gin_trgm_ops);
CREATE FUNCTION f(a citext) RETURNS citext LANGUAGE sql AS 'SELECT a /* public.citext */';
CREATE OPERATOR === (LEFTARG = citext, RIGHTARG = citext, FUNCTION = citext_eq, COMMUTATOR = ===);
CREATE OPERATOR CLASS c FOR TYPE citext USING hash AS OPERATOR 1 =, FUNCTION 1 citext_hash(citext);
CREATE AGGREGATE a(citext) (SFUNC = citext_smaller, STYPE = citext, SORTOP = <);
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR word WITH unaccent, simple;
CREATE VIEW v AS SELECT c = 'x' AS y, h -> 'k' AS z FROM t;
"""
EXTENSIONS = ("citext", "hstore", "pg_trgm", "unaccent", "uuid-ossp")


def create(schema: str) -> bytes:
    made = "".join(f'CREATE EXTENSION "{name}" SCHEMA {schema};' for name in EXTENSIONS)
    return f"{made} SET search_path = public, {schema}; {USERS}".encode()


def test_an_extension_in_another_schema_is_one_difference(any_server: Server) -> None:
    with two_databases(any_server) as sides:
        sides.expected.execute(create("public"))
        sides.actual.execute(b'CREATE SCHEMA "Ext x";' + create('"Ext x"'))
        for scope in Scope:
            found = sides.differences(Comparison(scope=scope, shared=False))
            assert [(d.object, [a.name for a in d]) for d in found] == [
                ('extension "uuid-ossp"', ["schema"]),
                ("extension citext", ["schema"]),
                ("extension hstore", ["schema"]),
                ("extension pg_trgm", ["schema"]),
                ("extension unaccent", ["schema"]),
            ]
        lenient = Comparison(scope=Scope.WHOLE, shared=False, leniencies=("extension-schema",))
        assert sides.differences(lenient) == ()
        assert sides.mend() == []
        assert [d.object for d in sides.differences()] == ['schema "Ext x"']  # it held nothing else


def test_what_people_wrote_is_compared_as_it_is(any_server: Server) -> None:
    with two_databases(any_server) as sides:
        sides.expected.execute("CREATE EXTENSION citext")
        sides.actual.execute("CREATE SCHEMA e; CREATE EXTENSION citext SCHEMA e")
        sides.both("CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN e.citext; END'")
        sides.both("COMMENT ON FUNCTION f() IS 'e.citext'")
        assert [d.object for d in sides.differences()] == ["extension citext"]


def test_what_lives_in_no_schema_names_members_too(any_server: Server) -> None:
    """A cast that is ours, of a type that moved; a wrapper by a function that moved; options are what people wrote."""
    with two_databases(any_server) as sides:
        sides.expected.execute("CREATE EXTENSION citext; CREATE EXTENSION postgres_fdw")
        sides.actual.execute(
            "CREATE SCHEMA e; CREATE EXTENSION citext SCHEMA e; CREATE EXTENSION postgres_fdw SCHEMA e"
        )
        for connection, schema in ((sides.expected, "public"), (sides.actual, "e")):
            connection.execute(f"CREATE CAST ({schema}.citext AS int) WITH INOUT")
            connection.execute(
                f"CREATE FOREIGN DATA WRAPPER w HANDLER {schema}.postgres_fdw_handler OPTIONS (a 'e.citext')"
            )
        for scope in Scope:
            found = sides.differences(Comparison(scope=scope, shared=False))
            assert [d.object for d in found] == ["extension citext", "extension postgres_fdw"]
