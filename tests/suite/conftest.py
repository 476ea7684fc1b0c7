"""The worked example as a target on a server of its own, into which a test puts a defect."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pgassay.contract.load import load_contract
from pgassay.findings import Finding, Report
from pgassay.migrations.sources.native import load
from pgassay.sandbox.database import ScratchDatabase
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.context import Context
from tests.conftest import MAJORS
from tests.conftest import _binaries as binaries_of
from tests.suite.real import Real, deployed

ROOT = Path(__file__).parents[2]
EXAMPLE = Settings(root=ROOT, schema=ROOT / "schema", migrations=ROOT / "migrations")


@dataclass(frozen=True, slots=True)
class Example:
    """A migrated database of the worked example, which the checks take for a real one."""

    server: Server
    database: ScratchDatabase
    context: Context

    def do(self, *statements: str) -> None:
        """Run statements as superuser."""
        with self.server.connect(self.database.name) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def report(self, check: str) -> Report:
        """Run one check against it."""
        return self.context.report(check)

    def findings(self, check: str) -> list[tuple[str, str]]:
        """Return rule and object of what one check finds."""
        return [(finding.rule, finding.object) for finding in self.report(check).findings]

    def finding(self, check: str) -> Finding:
        """Return the one finding of a check."""
        (finding,) = self.report(check).findings
        return finding


@pytest.fixture(scope="module")
def example_sandbox(private_server: Server, run_directory: RunDirectory) -> Iterator[Sandbox]:
    recipe = Recipe(init=load_contract(EXAMPLE).init, migrations=load(ROOT / "migrations"))
    with closing(Sandbox(private_server, recipe, EXAMPLE, run=run_directory)) as sandbox:
        yield sandbox


@pytest.fixture
def contexts(run_directory: RunDirectory, tmp_path: Path) -> Iterator[Callable[[Settings], Context]]:
    """Make contexts, each with a run of its own, so that nothing is remembered from the test before."""
    with ExitStack() as opened:

        def make(settings: Settings) -> Context:
            run = opened.enter_context(RunDirectory.create())
            return opened.enter_context(Context(settings, run=lambda: run))

        yield make


@pytest.fixture
def example(example_sandbox: Sandbox, contexts: Callable[[Settings], Context]) -> Iterator[Example]:
    with example_sandbox.new() as database:
        server = example_sandbox.server
        settings = replace(EXAMPLE, db_url=server.at(database.name))
        yield Example(server, database, contexts(settings))


# pytest 9.1.0 does not let a test choose among the parameters of a fixture, so each choice is a fixture of its own.
WITH_INSPECTION = [major for major in MAJORS if major >= 15]  # pg_walinspect
# What starts processes takes its time: the other majors are for the night.
ONCE = [pytest.param(major, marks=() if major == MAJORS[-1] else pytest.mark.nightly) for major in MAJORS]


@pytest.fixture(scope="module", params=MAJORS, ids=lambda major: f"pg{major}")
def real(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Real]:
    """The worked example on a server of its own, once on each major."""
    yield from _deployed(request.param, run_directory)


@pytest.fixture(scope="module", params=WITH_INSPECTION, ids=lambda major: f"pg{major}")
def real_inspected(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Real]:
    """The same, on each major that shows its log."""
    yield from _deployed(request.param, run_directory)


@pytest.fixture(scope="module", params=ONCE, ids=lambda major: f"pg{major}")
def real_once(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Real]:
    """The same, on the newest major by day and on each by night."""
    yield from _deployed(request.param, run_directory)


def _deployed(major: int, run_directory: RunDirectory) -> Iterator[Real]:
    with deployed(run_directory, f"real-{secrets.token_hex(3)}", binaries_of(major)) as made:
        yield made
