"""What goes past row security, and what lends rights: by trial or from the catalog; what is safe is left alone."""

from __future__ import annotations

import pytest

from pgassay.behaviors.access.leaks import catalog_leaks
from pgassay.behaviors.access.sight import Sight
from pgassay.behaviors.access.views import try_views, view_leaks
from pgassay.catalog.read import read_catalog
from pgassay.findings import Finding
from tests.behaviors.access.conftest import Build, Connection

pytestmark = pytest.mark.thorough

TABLE = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO boss;
CREATE TABLE orders (id int, tenant int, PRIMARY KEY (id), UNIQUE (tenant, id));
ALTER TABLE orders OWNER TO boss; ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders USING (tenant = 1); GRANT SELECT ON orders TO app;
"""
VIEW = """CREATE VIEW "V. ""x"" 😀" {} AS SELECT count(*) FROM orders; GRANT SELECT ON "V. ""x"" 😀" TO app;"""
OWNED = """ALTER VIEW "V. ""x"" 😀" OWNER TO boss;"""
FUNCTION = """
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER {} AS 'SELECT count(*) FROM public.orders';
ALTER FUNCTION f() OWNER TO boss;
"""
FIXED = "SET search_path = pg_catalog, pg_temp"


def facts(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.object, finding.found) for finding in findings]


def by_catalog(connection: Connection) -> list[Finding]:
    sight = Sight(read_catalog(connection))
    return [*catalog_leaks(sight), *view_leaks(sight)]


def by_trial(connection: Connection) -> list[Finding]:
    return try_views(Sight(read_catalog(connection)), connection)


def test_a_view_reads_with_its_owner_s_rights(build: Build) -> None:
    connection = build(TABLE + VIEW.format("") + OWNED)
    (finding,) = by_trial(connection)
    assert (finding.rule, finding.object) == (
        "row-security-passed",
        'view public."V. ""x"" 😀" past table public.orders',
    )
    assert finding.expected == "the policies of table public.orders hold for app"
    assert finding.found == "it reads with the rights of boss, as was tried with a policy that nothing passes"
    assert [f.found for f in by_catalog(connection)] == [
        "it reads with the rights of boss (seen in the catalog, not tried)"
    ]
    if connection.info.server_version >= 150_000:
        connection.execute(finding.mend.encode())
        assert by_trial(connection) == by_catalog(connection) == []


SAFE = {
    "the owner is forced": VIEW.format("") + OWNED + "ALTER TABLE orders FORCE ROW LEVEL SECURITY;",
    "its owner is subject, too": VIEW.format("")
    + 'GRANT SELECT ON orders TO staff; ALTER VIEW "V. ""x"" 😀" OWNER TO staff;',
    "nobody else reads it": VIEW.format("") + OWNED + 'REVOKE ALL ON "V. ""x"" 😀" FROM app;',
    "row security is off": VIEW.format("") + OWNED + "ALTER TABLE orders DISABLE ROW LEVEL SECURITY;",
}


@pytest.mark.parametrize("schema", SAFE.values(), ids=SAFE)
def test_a_view_that_leaks_nothing(build: Build, schema: str) -> None:
    connection = build("GRANT CREATE ON SCHEMA public TO staff;" + TABLE + schema)
    assert by_trial(connection) == by_catalog(connection) == []


def test_a_view_over_a_view(build: Build) -> None:
    schema = (
        TABLE + "CREATE VIEW v AS SELECT * FROM orders; CREATE VIEW w AS SELECT * FROM v; GRANT SELECT ON w TO app;"
    )
    connection = build(schema + "ALTER VIEW v OWNER TO boss; GRANT SELECT ON v TO boss; ALTER VIEW w OWNER TO boss")
    assert [f.object for f in by_trial(connection)] == ["view public.w past table public.orders"]


def test_without_a_policy_nothing_is_seen_and_views_leak_all_the_same(build: Build) -> None:
    connection = build(TABLE + VIEW.format("") + OWNED + "DROP POLICY mine ON orders")
    assert len(by_trial(connection)) == 1
    assert read_catalog(connection).records.get("policy", {}) == {}


DEFINERS = {
    "": "no search_path of its own: its caller's decides what its names mean (seen in the catalog, not tried)",
    "SET search_path = public, pg_temp": None,
    'SET search_path = "S. x", public': (
        'search_path "S. x", public, in which others may create: S. x (seen in the catalog, not tried)'
    ),
    "SET search_path = public": (
        "search_path public, before which the caller's temporary tables are looked up (seen in the catalog, not tried)"
    ),
    "SET search_path = pg_temp, public": (
        "search_path pg_temp, public, before which the caller's temporary tables are looked up "
        "(seen in the catalog, not tried)"
    ),
    "SET search_path = ''": None,
    "SET search_path = pg_catalog": None,
    FIXED: None,
}


def test_temporary_tables_are_looked_up_first(build: Build) -> None:
    """What the finding says is so: the caller's table is taken for the one that the function names."""
    connection = build("""
        CREATE TABLE public.allowed (who text);
        CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public
            AS 'SELECT count(*) FROM allowed';
        SET SESSION AUTHORIZATION app; CREATE TEMP TABLE allowed AS SELECT 'me' AS who
    """)
    assert connection.execute("SELECT f()").fetchone() == (1,)  # and in public.allowed there is nobody


@pytest.mark.parametrize("path", DEFINERS)
def test_the_search_path_of_a_definer(build: Build, path: str) -> None:
    connection = build(
        'CREATE SCHEMA "S. x"; GRANT CREATE ON SCHEMA "S. x" TO app; REVOKE CREATE ON SCHEMA public FROM PUBLIC;'
        f"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER {path} AS 'SELECT 1'"
    )
    expected = DEFINERS[path]
    found = facts(by_catalog(connection))
    assert found == ([("definer-search-path", "function public.f()", expected)] if expected else [])


DEFINERS_LEFT_ALONE = {
    "who may create there may change the function, too": (
        "GRANT staff TO app; GRANT CREATE ON SCHEMA public TO app; REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT 1';"
        "ALTER FUNCTION f() OWNER TO staff"
    ),
    "nobody else may make temporary tables": (
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;"
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1'"
    ),
    "it is the invoker's": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "nobody else may call it": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
        "REVOKE ALL ON FUNCTION f() FROM PUBLIC"
    ),
    "its names were looked up when it was made": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT 1; END"
    ),
}


@pytest.mark.parametrize("schema", DEFINERS_LEFT_ALONE.values(), ids=DEFINERS_LEFT_ALONE)
def test_a_function_that_lends_nothing(build: Build, schema: str) -> None:
    assert by_catalog(build(schema)) == []


def test_a_function_past_row_security(build: Build) -> None:
    assert facts(by_catalog(build(TABLE + FUNCTION.format(FIXED)))) == [
        (
            "row-security-passed",
            "function public.f() past table public.orders",
            "its body names the table (seen in the catalog, not tried)",
        )
    ]


def test_a_function_of_whom_the_policies_hold_for(build: Build) -> None:
    schema = TABLE + FUNCTION.format(FIXED) + "ALTER TABLE orders FORCE ROW LEVEL SECURITY"
    assert by_catalog(build(schema)) == []


def test_a_materialized_view_holds_what_its_owner_saw(build: Build) -> None:
    schema = "CREATE MATERIALIZED VIEW m AS SELECT * FROM orders; GRANT SELECT ON m TO app;"
    assert facts(by_catalog(build(TABLE + schema + "ALTER MATERIALIZED VIEW m OWNER TO boss"))) == [
        (
            "row-security-passed",
            "materialized view public.m past table public.orders",
            "it holds the rows that boss sees (seen in the catalog, not tried)",
        )
    ]


LINES = "CREATE TABLE lines (id int, tenant int, FOREIGN KEY {} REFERENCES orders {}); GRANT INSERT ON lines TO app"


def test_a_foreign_key_past_row_security(build: Build) -> None:
    (finding,) = by_catalog(build(TABLE + LINES.format("(id)", "(id)")))
    assert (finding.object, finding.found) == (
        "constraint public.lines.lines_id_fkey past table public.orders",
        "writing tells which keys are there (seen in the catalog, not tried)",
    )


def test_a_foreign_key_that_holds_the_tenant(build: Build) -> None:
    assert by_catalog(build(TABLE + LINES.format("(tenant, id)", "(tenant, id)"))) == []


MEMBERS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE TABLE members (who name, tenant int); GRANT SELECT ON members TO app;
CREATE TABLE notes (tenant int); INSERT INTO notes VALUES (1), (2); GRANT SELECT ON notes TO app;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
"""
MEMBER = """
CREATE FUNCTION is_member(int) RETURNS bool LANGUAGE sql STABLE {} AS $$
    SELECT EXISTS (SELECT FROM {}members AS m WHERE m.who = current_user AND m.tenant = $1) $$;
CREATE POLICY mine ON notes USING (is_member(tenant));
"""


def test_a_policy_by_a_function_that_its_caller_leads_astray(build: Build) -> None:
    connection = build(MEMBERS + MEMBER.format("", ""))
    (finding,) = by_catalog(connection)
    assert (finding.rule, finding.object) == (
        "policy-search-path",
        "policy public.notes.mine by function public.is_member(integer)",
    )
    assert finding.found == (
        "it names members without a schema: whoever queries the table decides by its search_path, or a temporary "
        "table, which that is (seen in the catalog, not tried)"
    )
    connection.execute("SET SESSION AUTHORIZATION app")
    assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
    connection.execute("CREATE TEMP TABLE members AS SELECT current_user AS who, 2 AS tenant")
    assert connection.execute("SELECT tenant FROM notes").fetchall() == [(2,)]


NOT_ASTRAY = {
    "its names have their schemas": MEMBER.format("", "public."),
    "it has a search path": MEMBER.format("SET search_path = public, pg_temp", ""),
    "names mean what they meant": "CREATE FUNCTION is_member(int) RETURNS bool BEGIN ATOMIC SELECT EXISTS (SELECT FROM "
    "members AS m WHERE m.tenant = $1); END; CREATE POLICY mine ON notes USING (is_member(tenant));",
    "nobody else queries the table": MEMBER.format("", "") + "REVOKE ALL ON notes FROM app",
}


@pytest.mark.parametrize("schema", NOT_ASTRAY.values(), ids=NOT_ASTRAY)
def test_a_policy_by_a_function_that_stays_on_its_way(build: Build, schema: str) -> None:
    assert by_catalog(build(MEMBERS + schema)) == []


PARTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE TABLE t (id int, tenant int) PARTITION BY LIST (tenant); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE TABLE "P. x" PARTITION OF t FOR VALUES IN (1) PARTITION BY LIST (id);
CREATE TABLE deep PARTITION OF "P. x" FOR VALUES IN (1); CREATE TABLE closed PARTITION OF t FOR VALUES IN (2);
CREATE TABLE heir () INHERITS (plain); ALTER TABLE plain ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO app;
"""


def test_a_partition_that_is_named_itself(build: Build) -> None:
    connection = build("CREATE TABLE plain (id int);" + PARTS + 'GRANT SELECT ON "P. x", heir TO app')
    found = by_catalog(connection)
    itself = "has no row security of its own, and can be named itself (seen in the catalog, not tried)"
    assert sorted((f.object, f.found) for f in found) == [
        ('table public."P. x" past table public.t', f"it is a partition, {itself}"),
        ("table public.heir past table public.plain", f"it is a table that inherits from it, {itself}"),
    ]
    assert {f.expected.removesuffix(" hold for app") for f in found} == {
        "the policies of table public.t",
        "the policies of table public.plain",
    }
    for finding in found:
        connection.execute(finding.mend.encode())
    assert by_catalog(connection) == []


def test_partitions_that_nobody_names(build: Build) -> None:
    connection = build("CREATE TABLE plain (id int);" + PARTS + "ALTER TABLE deep OWNER TO boss")
    assert by_catalog(connection) == []


def test_nothing_stays(build: Build) -> None:
    connection = build(TABLE + VIEW.format("") + OWNED)
    before = read_catalog(connection)
    by_trial(connection)
    assert read_catalog(connection) == before
