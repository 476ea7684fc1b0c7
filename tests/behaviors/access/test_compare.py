from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pgassay.behaviors.access.compare import compare_access
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract.expected import ROLES_OF_CONTRACT
from pgassay.findings import Outcome, Report
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

ROLES = """
CREATE ROLE boss; CREATE ROLE app; CREATE ROLE "R" NOINHERIT; CREATE ROLE staff; GRANT boss TO staff
"""
SCHEMA = """
GRANT CREATE ON SCHEMA public TO boss;
SET ROLE boss;
CREATE TABLE t (id int, secret text); CREATE TABLE u (id int); CREATE VIEW v AS SELECT FROM t; CREATE SEQUENCE q;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE DOMAIN d AS int; REVOKE ALL ON DOMAIN d FROM PUBLIC;
REVOKE ALL ON FUNCTION f(int) FROM PUBLIC; REVOKE ALL ON PROCEDURE p() FROM PUBLIC;
GRANT SELECT ON t TO app; GRANT SELECT (id) ON t TO "R";
RESET ROLE;
CREATE FOREIGN DATA WRAPPER "W x"; CREATE SERVER far FOREIGN DATA WRAPPER "W x";
CREATE TRUSTED LANGUAGE again HANDLER plpgsql_call_handler; REVOKE USAGE ON LANGUAGE again FROM PUBLIC;
SELECT lo_create(4242)
"""


@pytest.fixture(scope="module")
def expected(private_server: Server) -> Catalog:
    with private_server.connect() as connection:
        connection.execute(ROLES)
    with built(private_server) as catalog:
        return catalog


@contextmanager
def built(server: Server, *changes: str) -> Iterator[Catalog]:
    """Build the schema, change it, and read what came out."""
    name = scratch_name("access")
    create_database(server, name)
    with server.connect(name) as connection:
        connection.execute(SCHEMA)
        for change in changes:
            connection.execute(change.encode())
        yield read_catalog(connection)
    drop_database(server, name)


def access(server: Server, expected: Catalog, change: str, undo: str = "SELECT") -> Report:
    with built(server, change) as actual:
        report = compare_access(expected, actual)
    with server.connect() as connection:
        connection.execute(undo.encode())
    return report


def test_no_difference(private_server: Server, expected: Catalog) -> None:
    report = access(private_server, expected, "COMMENT ON TABLE t IS 'x'; CREATE TABLE more ()")
    assert (report.outcome, report.findings) == (Outcome.PASS, ())
    assert report.looked_at == 5 * 13  # PUBLIC and four roles, on the database, a schema and eleven objects


ONE = {
    "GRANT INSERT, DELETE ON t TO app": (
        "access-too-wide table public.t for role app",
        "SELECT",
        "DELETE, INSERT, SELECT",
        "REVOKE DELETE, INSERT ON TABLE public.t FROM app;",
    ),
    'GRANT SELECT ON t TO "R"': (
        'access-too-wide table public.t for role "R"',
        "SELECT (id)",
        "SELECT",
        'REVOKE SELECT ON TABLE public.t FROM "R";\nGRANT SELECT (id) ON TABLE public.t TO "R";',
    ),
    'GRANT SELECT (secret) ON t TO "R"': (
        'access-too-wide table public.t for role "R"',
        "SELECT (id)",
        "SELECT (id), SELECT (secret)",
        'REVOKE SELECT (secret) ON TABLE public.t FROM "R";',
    ),
    "REVOKE SELECT ON t FROM app": (
        "access-too-narrow table public.t for role app",
        "SELECT",
        "nothing",
        "GRANT SELECT ON TABLE public.t TO app;",
    ),
    "REVOKE SELECT ON t FROM app; GRANT SELECT (id) ON t TO app": (
        "access-too-narrow table public.t for role app",
        "SELECT",
        "SELECT (id)",
        "GRANT SELECT ON TABLE public.t TO app;",
    ),
    "GRANT EXECUTE ON FUNCTION f(int) TO PUBLIC": (
        "access-too-wide function public.f(integer) for PUBLIC",
        "nothing",
        "EXECUTE",
        "REVOKE EXECUTE ON FUNCTION public.f(integer) FROM PUBLIC;",
    ),
    "GRANT EXECUTE ON PROCEDURE p() TO app": (
        "access-too-wide procedure public.p() for role app",
        "nothing",
        "EXECUTE",
        "REVOKE EXECUTE ON PROCEDURE public.p() FROM app;",
    ),
    "GRANT USAGE ON SEQUENCE q TO app": (
        "access-too-wide sequence public.q for role app",
        "nothing",
        "USAGE",
        "REVOKE USAGE ON SEQUENCE public.q FROM app;",
    ),
    'GRANT USAGE ON FOREIGN DATA WRAPPER "W x" TO app': (
        'access-too-wide foreign-data wrapper "W x" for role app',
        "nothing",
        "USAGE",
        'REVOKE USAGE ON FOREIGN DATA WRAPPER "W x" FROM app;',
    ),
    "GRANT USAGE ON FOREIGN SERVER far TO app": (
        "access-too-wide foreign server far for role app",
        "nothing",
        "USAGE",
        "REVOKE USAGE ON FOREIGN SERVER far FROM app;",
    ),
    "GRANT USAGE ON LANGUAGE again TO app": (
        "access-too-wide language again for role app",
        "nothing",
        "USAGE",
        "REVOKE USAGE ON LANGUAGE again FROM app;",
    ),
    "GRANT UPDATE ON LARGE OBJECT 4242 TO app": (
        "access-too-wide large object 4242 for role app",
        "nothing",
        "UPDATE",
        "REVOKE UPDATE ON LARGE OBJECT 4242 FROM app;",
    ),
    "GRANT USAGE ON DOMAIN d TO app": (
        "access-too-wide domain public.d for role app",
        "nothing",
        "USAGE",
        "REVOKE USAGE ON TYPE public.d FROM app;",
    ),
    "GRANT SELECT ON v TO app": (
        "access-too-wide view public.v for role app",
        "nothing",
        "SELECT",
        "REVOKE SELECT ON TABLE public.v FROM app;",
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("change", ONE)
def test_one_grant_is_one_finding_with_its_mend(private_server: Server, expected: Catalog, change: str) -> None:
    (finding,) = access(private_server, expected, change).findings
    assert (finding.key, finding.expected, finding.found, finding.mend) == ONE[change]
    with built(private_server, change, finding.mend) as mended:
        assert compare_access(expected, mended).findings == ()


MEMBERSHIPS = {
    "GRANT boss TO app": ("role app through boss", "REVOKE boss FROM app;", ""),
    'GRANT boss TO "R"': ('role "R" through SET ROLE boss', 'REVOKE boss FROM "R";', ""),
    "GRANT staff TO app": (
        "role app through boss",
        "look at the roles that app is a member of: one of them leads to boss",
        "REVOKE staff FROM app",
    ),
    "GRANT pg_write_all_data TO app": (
        "role app through pg_write_all_data",
        "REVOKE pg_write_all_data FROM app;",
        "",
    ),
    "ALTER ROLE app SUPERUSER": ("role app as superuser", "ALTER ROLE app NOSUPERUSER;", ""),
}


@pytest.mark.parametrize("change", MEMBERSHIPS)
def test_what_a_membership_gives_is_one_finding(private_server: Server, expected: Catalog, change: str) -> None:
    key, mend, undo = MEMBERSHIPS[change]
    if change.endswith('"R"') and private_server.major >= 16:
        change += " WITH INHERIT FALSE"  # from 16 on the member's NOINHERIT is only the default of a membership
    (finding,) = access(private_server, expected, change, undo or mend).findings
    assert (finding.key, finding.mend) == (f"access-too-wide {key}", mend)
    assert "INSERT" in finding.found


def test_a_membership_that_is_missing(private_server: Server, expected: Catalog) -> None:
    report = access(private_server, expected, "REVOKE boss FROM staff", "GRANT boss TO staff")
    (finding,) = report.findings
    assert (finding.key, finding.found, finding.mend) == (
        "access-too-narrow role staff through boss",
        "none of it",
        "GRANT boss TO staff;",
    )


def test_ownership_is_told(private_server: Server, expected: Catalog) -> None:
    report = access(private_server, expected, "ALTER TABLE u OWNER TO app")
    assert [finding.key for finding in report.findings] == [
        "access-too-narrow role staff through boss",
        "access-too-narrow table public.u for role boss",
        "access-too-wide table public.u for role app",
    ]
    assert report.findings[1].mend.splitlines()[-1] == "make boss the owner of table public.u"


def test_a_contract_whose_roles_are_not_known_is_blind(private_server: Server, expected: Catalog) -> None:
    spot = BlindSpot(ROLES_OF_CONTRACT, "roles belong to a whole server", "say --assay-server auto")
    unknown = Catalog.of(expected.major, [r for r in expected if r.KIND != "role"], [spot])
    report = access(private_server, unknown, "GRANT SELECT ON t TO app")
    assert (report.outcome, [finding.object for finding in report.findings]) == (Outcome.BLIND, [ROLES_OF_CONTRACT])
