"""Workers that are spread over several marked servers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from pgassay.servers.binaries import Binaries
from pgassay.servers.local import stop_server
from pgassay.servers.mark import look_at, mark_scratch
from pgassay.servers.provider import start_in_run
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.project import Project, Run

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_where(assay_db, number, request):
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    with open("where", "a") as file:
        print(worker, assay_db.conninfo.get("host"), file=file)
    with assay_db.connection() as connection:
        connection.execute("SELECT FROM s.users")
"""


@pytest.fixture(scope="module")
def two(run_directory: RunDirectory, private_server: Server, binaries: Binaries) -> Iterator[tuple[Server, Server]]:
    """Two marked servers."""
    name = f"p-{secrets.token_hex(3)}"
    other = start_in_run(run_directory, name, binaries)
    for server in (private_server, other):
        mark_scratch(server.conninfo)
    yield private_server, other
    stop_server(run_directory.path / name)


def templates_on(server: Server) -> list[str]:
    """Return the templates on a server."""
    return [name for name in look_at(server.conninfo).databases if name.startswith("pgassay_template_")]


@pytest.mark.slow
@pytest.mark.thorough
def test_workers_are_spread_and_each_server_has_its_template(
    project: Project, run_pytest: Run, two: tuple[Server, Server]
) -> None:
    project.write("tests/test_schema.py", TESTS)
    urls = ",".join(server.conninfo.with_(password="s3cret").url for server in two)
    result = run_pytest("-n2", "--dist=each", f"--assay-server={urls}")
    result.assert_outcomes(passed=8)
    said = (project.path / "where").read_text(encoding="utf-8").split()
    places = {*zip(said[::2], said[1::2], strict=True)}
    assert places == {(f"gw{number}", server.conninfo.get("host")) for number, server in enumerate(two)}
    assert [len(templates_on(server)) for server in two] == [1, 1]
    result.stdout.fnmatch_lines(["pgassay: scratch: 2 servers: postgres@*, postgres@*"])
    assert sum(line.startswith("scratch server: PostgreSQL") for line in result.stdout.lines) == 2
    assert "s3cret" not in result.stdout.str() + result.stderr.str()


@pytest.mark.slow
def test_without_workers_it_is_the_first(project: Project, run_pytest: Run, two: tuple[Server, Server]) -> None:
    project.write("tests/test_schema.py", TESTS)
    urls = ",".join(server.conninfo.url for server in two)
    result = run_pytest(f"--assay-server={urls}", "-k", "where and 0")
    result.assert_outcomes(passed=1, deselected=3)
    assert (project.path / "where").read_text(encoding="utf-8") == f"alone {two[0].conninfo.get('host')}\n"
    (line,) = [line for line in result.stdout.lines if line.startswith("scratch server:")]
    assert str(two[0].conninfo) in line
