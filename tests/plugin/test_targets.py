"""Several targets with names: an item for each, and what they share is made once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from pgassay.conninfo import Conninfo
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.places import cache_directory
from pgassay.servers.server import Server
from tests.project import Project, Run

pytestmark = pytest.mark.thorough

AS_IT_SHOULD_BE = """
CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO PUBLIC;
CREATE TABLE s.users (id int PRIMARY KEY); CREATE INDEX i ON s.users (id);
"""
SOME = "test_tables or test_index_definitions or test_columns"
NOWHERE = "postgresql://me:s3cret@127.0.0.1:1/nowhere"
OWN = """
def test_own(assay_expected, assay_subject, assay_actual, assay_target_name):
    assert "i" in assay_actual.table("users").indexes
    assert assay_subject.value("SELECT current_database()") and assay_target_name in ("eu", "us")

def test_no_target(assay_expected):
    assert assay_expected.table("users")
"""
CACHE = cache_directory().parent
Make = Callable[..., Conninfo]


@dataclass(frozen=True)
class Places:
    """Two databases: one as it should be, one without its index."""

    good: str
    bad: str


@pytest.fixture
def make(server: Server) -> Iterator[Make]:
    made: list[tuple[Server, str]] = []

    def make(sql: str, where: Server = server) -> Conninfo:
        made.append((where, scratch_name("target")))
        create_database(*made[-1])
        with where.connect(made[-1][1]) as connection:
            connection.execute(sql.encode())
        return where.at(made[-1][1])

    yield make
    for where, name in made:
        drop_database(where, name)


@pytest.fixture(scope="module")
def old_and_new(servers: Callable[[int], Server]) -> tuple[Server, Server]:
    """Made before pytester has moved the user's home."""
    return servers(15), servers(18)


@pytest.fixture
def places(make: Make) -> Places:
    return Places(make(AS_IT_SHOULD_BE).url, make(f"{AS_IT_SHOULD_BE} DROP INDEX s.i").url)


def collected(result: pytest.RunResult) -> list[str]:
    return re.findall(r"::(test_\S+)", result.stdout.str().partition("= pgassay =")[0])


def test_an_item_for_each_is_collected_without_a_server(project: Project, run_pytest: Run) -> None:
    urls = [f"--db-url=t{number}={NOWHERE}{number}" for number in range(12)]
    result = run_pytest("--collect-only", "-q", *urls, "-k", "test_tables or way_down or round_trip or acceptances")
    assert sorted(collected(result)) == sorted(
        [
            *(f"test_tables[t{number}]" for number in range(12)),
            *("test_round_trip[001-users]", "test_round_trip[002-index]", "test_way_down"),
        ]
    )
    assert "s3cret" not in result.stdout.str()


def test_one_without_a_name_has_no_suffix(project: Project, run_pytest: Run) -> None:
    result = run_pytest("--collect-only", "-q", f"--db-url={NOWHERE}", "-k", "test_tables")
    assert collected(result) == ["test_tables"]
    result = run_pytest("--collect-only", "-q", f"--assay-db-url=größe.1={NOWHERE}", "-k", "test_tables")
    assert collected(result) == ["test_tables[gr\\xf6\\xdfe.1]"]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [pytest.param((), marks=pytest.mark.thorough), ("-n", "2")], ids=["alone", "xdist"])
def test_each_is_judged_by_itself(project: Project, run_pytest: Run, places: Places, workers: tuple[str, ...]) -> None:
    urls = [f"--db-url=eu={places.good}", f"--db-url=us={places.bad}", f"--db-url=away={NOWHERE}"]
    result = run_pytest("-v", *urls, *workers, "-k", SOME)
    assert result.ret == 1
    result.stdout.fnmatch_lines_random(
        [
            "pgassay: target eu: postgres@*, only read",
            "pgassay: target us: PostgreSQL *, as postgres",
            "pgassay: target away: me@127.0.0.1:1/nowhere, only read",
            "pgassay: WARNING: cannot open the target me@127.0.0.1:1/nowhere: *",
            "*SUBFAILED*index s.i*test_index_definitions?us?*",
            "BLIND *test_tables?away? - *",
            "target eu (postgres@*): 3 passed",
            "target us (postgres@*): 1 failed, 2 passed",
            "target away (me@127.0.0.1:1/nowhere): 3 blind",
        ]
    )
    assert "s3cret" not in result.stdout.str() + result.stderr.str()


@pytest.mark.slow
def test_fixtures_and_skipped_blindness(project: Project, run_pytest: Run, places: Places) -> None:
    project.write("tests/test_schema.py", OWN)
    urls = [f"--db-url=eu={places.good}", f"--db-url=us={places.bad}"]
    result = run_pytest("-v", *urls, f"--db-url=away={NOWHERE}", "--assay-blind=skip")
    result.stdout.fnmatch_lines_random(
        ["*test_own?eu? PASSED*", "*test_own?us? FAILED*", "*test_own?away? SKIPPED*", "*test_no_target PASSED*"]
    )
    result.assert_outcomes(passed=2, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["target away (*): 1 skipped as blind"])


def test_where_all_are_out_of_reach_nothing_is_green(project: Project, run_pytest: Run) -> None:
    urls = [f"--db-url=eu={NOWHERE}1", f"--db-url=us={NOWHERE}2"]
    result = run_pytest(*urls, "--assay-blind=skip", "-k", "test_tables or test_ledger")
    result.assert_outcomes(skipped=4, deselected=result.parseoutcomes()["deselected"])
    assert result.ret == 1
    result.stdout.fnmatch_lines(["ERROR: none of the targets could be looked at"])


def test_who_asks_in_the_midst_of_a_test_must_say_which(project: Project, run_pytest: Run) -> None:
    project.write("tests/test_schema.py", "def test_own(request): request.getfixturevalue('assay_actual')\n")
    result = run_pytest(f"--db-url=eu={NOWHERE}1", f"--db-url=us={NOWHERE}2")
    result.stdout.fnmatch_lines(["*several databases are looked at, and it is not said which*", "*: eu, us"])


@pytest.mark.slow
@pytest.mark.thorough
def test_each_must_be_looked_at(project: Project, run_pytest: Run, places: Places) -> None:
    urls = [f"--db-url=eu={places.good}", f"--db-url=us={places.bad}"]
    result = run_pytest(*urls, "-k", "test_tables and eu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["ERROR: --db-url us was given, but no test looked at it*"])
    assert run_pytest(*urls, "-k", "test_index_definitions and us").ret == 1


@pytest.mark.slow
@pytest.mark.thorough
def test_what_is_accepted_may_be_found_on_one_of_them(project: Project, run_pytest: Run, places: Places) -> None:
    entry = '[[accept]]\nrule = "{}"\nobject = "index s.i"\nreason = "known"\n'
    project.write("schema/accepted.toml", entry.format("index-missing"))
    urls = [f"--db-url=eu={places.good}", f"--db-url=us={places.bad}"]
    words = "test_acceptances or test_index_definitions"
    assert run_pytest(*urls, "-k", words).parseoutcomes()["passed"] == 3
    away = f"--db-url=away={NOWHERE}"
    outcomes = run_pytest(*urls, away, "-k", words).parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (3, 1)
    project.write("schema/accepted.toml", entry.format("index-extra"))
    run_pytest(*urls, away, "-k", "test_acceptances").stdout.fnmatch_lines(["*cannot open the target*"])


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.thorough)], ids=["alone", "xdist"])
def test_majors_differ(  # noqa: PLR0917 - fixtures
    old_and_new: tuple[Server, Server],
    project: Project,
    run_pytest: Run,
    make: Make,
    workers: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is compared with what its own major makes of the contract, which is built once for each major."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(CACHE))  # there the other major is
    old, new = (make(AS_IT_SHOULD_BE, server).url for server in old_and_new)
    project.write("tests/test_schema.py", MAJORS)
    result = run_pytest(f"--db-url=new={new}", f"--db-url=old={old}", *workers)
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines_random(["target new (*): 2 passed", "target old (*): 2 passed"])


MAJORS = """
import pytest
from pgassay.checks import test_columns

def test_majors(assay_expected, assay_actual, assay_target_name):
    wanted = {"new": 18, "old": 15}[assay_target_name]
    assert assay_expected.major == assay_actual.major == wanted

def test_one_contract_for_each(assay_context, assay_server):
    from pgassay.suite.members import Fleet
    assert isinstance(assay_context, Fleet)
    new, old = (assay_context.member(name) for name in ("new", "old"))
    assert new.home is assay_context and new.expected is assay_context.expected
    assert (assay_server.major, new.server, old.server.major) == (18, assay_server, 15)
"""
