"""Where a privilege is held and of no use, or not held and not needed: one finding for each cause."""

from __future__ import annotations

from dataclasses import replace

from pgassay.behaviors.access.cells import Attempt, Tried
from pgassay.behaviors.access.disagreements import disagreements
from pgassay.behaviors.access.matrix import Matrix, try_matrix
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import PUBLIC, RoleName
from pgassay.findings import Finding
from tests.behaviors.access.conftest import Build, Connection

APP = RoleName("app")
CLOSED = """
CREATE SCHEMA "S. ""x"" 😀"; CREATE TABLE "S. ""x"" 😀".t (id int); CREATE TABLE "S. ""x"" 😀".u (id int);
CREATE FUNCTION "S. ""x"" 😀".f() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
RAISES = """
CREATE TABLE t (id int); GRANT INSERT ON t TO app;
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {job}; RETURN NULL; END $$;
CREATE TRIGGER no BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION no();
"""


def found(connection: Connection) -> list[Finding]:
    return disagreements(try_matrix(connection, read_catalog(connection), roles=[APP]))


def test_a_schema_that_is_closed_undoes_what_is_granted_in_it(build: Build) -> None:
    connection = build(CLOSED + """GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA "S. ""x"" 😀" TO app""")
    (finding,) = found(connection)
    assert finding == Finding(
        rule="privilege-undone",
        object='role app: permission denied for schema S. "x" 😀',
        expected="""SELECT on table "S. ""x"" 😀".t: granted
INSERT on table "S. ""x"" 😀".t: granted
SELECT on table "S. ""x"" 😀".u: granted
INSERT on table "S. ""x"" 😀".u: granted""",
        found='permission denied for schema S. "x" 😀 [42501], as the role itself tries it',
        mend='GRANT USAGE ON SCHEMA "S. ""x"" 😀" TO app;',
    )
    connection.execute(finding.mend.encode())
    assert found(connection) == []


def test_what_everybody_has_may_stay_behind_a_closed_door(build: Build) -> None:
    assert found(build(CLOSED)) == []


def test_a_view_whose_owner_has_lost_the_table(build: Build) -> None:
    connection = build("""
        CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t; ALTER VIEW v OWNER TO boss; GRANT SELECT ON v TO app
    """)
    (finding,) = found(connection)
    assert (finding.object, finding.expected, finding.mend) == (
        "role app: permission denied for table t",
        "SELECT on view public.v: granted",
        "look at what view public.v uses with the rights of its owner, and at its triggers",
    )


def test_what_is_undone_for_everybody_is_said_once(build: Build) -> None:
    connection = build("""
        CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t; ALTER VIEW v OWNER TO boss;
        GRANT SELECT ON v TO PUBLIC
    """)
    matrix = try_matrix(connection, read_catalog(connection), roles=[APP, RoleName("staff"), PUBLIC])
    assert [(f.object, f.expected) for f in disagreements(matrix)] == [
        ("PUBLIC: permission denied for table t", "SELECT on view public.v: PUBLIC")
    ]


def test_a_trigger_that_denies(build: Build) -> None:
    job = "RAISE EXCEPTION 'not\nyours' USING ERRCODE = 'insufficient_privilege'"
    (finding,) = found(build(RAISES.format(job=job)))
    assert (finding.rule, finding.object) == ("privilege-undone", "role app: not\\nyours")


def test_a_trigger_that_fails_is_no_denial(build: Build) -> None:
    connection = build(RAISES.format(job="RAISE EXCEPTION 'permission denied'"))
    cell = try_matrix(connection, read_catalog(connection)).by_key[APP, "table public.t", "INSERT"]
    assert cell.tried == Attempt(Tried.OTHERWISE, "P0001", "permission denied")
    assert cell.able
    assert found(connection) == []


def test_an_expression_that_the_role_may_not_compute(build: Build) -> None:
    connection = build("""
        CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
        REVOKE ALL ON FUNCTION f(int) FROM PUBLIC; CREATE VIEW v AS SELECT f(1 + 1) AS id; GRANT SELECT ON v TO app
    """)
    (finding,) = found(connection)
    assert finding.object == "role app: permission denied for function f"


def test_answers_that_contradict_each_other(build: Build) -> None:
    connection = build("CREATE TABLE t (id int)")
    matrix = try_matrix(connection, read_catalog(connection), roles=[APP])
    cell = matrix.by_key[APP, "table public.t", "DELETE"]
    forged = [replace(cell, computed=True, tried=None), replace(cell, tried=Attempt(Tried.DONE))]
    assert [(f.rule, f.object, f.found) for f in disagreements(Matrix(forged))] == [
        ("privilege-computed-otherwise", "table public.t for role app", "the server says that the role has it"),
        ("access-without-privilege", "table public.t for role app", "DELETE succeeds, as the role itself tries it"),
    ]


def test_a_policy_that_asks_for_a_claim_is_no_matter(build: Build) -> None:
    connection = build("""
        CREATE TABLE t (id int); GRANT SELECT, DELETE ON t TO app; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON t USING (id = current_setting('app.tenant')::int)
    """)
    matrix = try_matrix(connection, read_catalog(connection), roles=[APP])
    cells = [matrix.by_key[APP, "table public.t", action] for action in ("SELECT", "DELETE")]
    assert [cell.tried for cell in cells] == [Attempt(Tried.DONE)] * 2
    assert read_catalog(connection).table("t").row_security
