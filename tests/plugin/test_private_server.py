"""A server of a test's own."""

from __future__ import annotations

import pytest

from pgassay.conninfo import Conninfo
from pgassay.servers.mark import mark_scratch
from pgassay.servers.server import Server
from tests.project import Project, Run

TESTS = """
import pytest

@pytest.mark.parametrize("time", ["first", "second"])
def test_roles(assay_private_server, assay_server, time):
    with assay_private_server.new() as db:
        with assay_private_server.server.connect(db.name) as admin:
            admin.execute("CREATE ROLE fixed LOGIN")
            admin.execute("GRANT SELECT ON s.users TO fixed")
            admin.execute("GRANT USAGE ON SCHEMA s TO fixed")
        with db.as_role("fixed").connection() as connection:
            assert connection.execute("SELECT count(*) FROM s.users").fetchone() == (0,)
    with assay_server.connect() as connection:
        assert connection.execute("SELECT FROM pg_roles WHERE rolname = 'fixed'").fetchone() is None
    assert assay_private_server.server.mark != assay_server.mark
"""


@pytest.mark.thorough
def test_roles_of_a_fixed_name_twice(project: Project, run_pytest: Run) -> None:
    project.write("tests/test_schema.py", TESTS)
    run_pytest().assert_outcomes(passed=2)


def test_on_a_url_it_is_blind(project: Project, run_pytest: Run, private_server: Server) -> None:
    mark_scratch(private_server.conninfo)
    project.write("tests/test_schema.py", TESTS)
    url = Conninfo(private_server.conninfo.url).with_(password="s3cret").url
    result = run_pytest(f"--assay-server={url}", "-k", "first")
    result.assert_outcomes(failed=1, deselected=1)  # BLIND
    result.stdout.fnmatch_lines(["a test needs a server of its own, because roles belong to a whole server, *"])
    result.stdout.fnmatch_lines(["hint: say --assay-server auto"])
    assert "s3cret" not in result.stdout.str()
