"""Whatever pg_dump sees differ, the catalog sees too, and it sees nothing else but what a dump does not carry."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, TypeVar

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.read import read_catalog
from pgassay.servers.binaries import Binaries
from pgassay.servers.local import stop_server
from pgassay.servers.provider import start_in_run
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.catalog.dumps import Statements, dump, programs, statements
from tests.catalog.not_dumped import is_dumped
from tests.catalog.random_ddl.changing import CHANGING
from tests.catalog.random_ddl.making import FOUNDATION, MAKING
from tests.catalog.random_ddl.words import ROLES, WORDS
from tests.catalog.random_ddl.world import Choose, World
from tests.catalog.support import OURS, Connection, two_databases
from tests.conftest import LOCAL, MAJORS, _binaries

T = TypeVar("T")
EXAMPLES = max(6, int(os.environ.get("PGASSAY_TEST_EXAMPLES", "0")) // 6)  # one takes two seconds
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
BUILT, CHANGED = 30, 6  # statements for both databases, and for one of them


@dataclass(frozen=True)
class Seen:
    """A database, as the catalog and as pg_dump see it."""

    catalog: Catalog
    dumped: Statements


@dataclass(frozen=True)
class Laboratory:
    """A server, the programs that dump its databases, and how many statements PostgreSQL took (True) and refused."""

    server: Server
    binaries: Binaries
    taken: Counter[bool] = field(default_factory=Counter)

    def look(self, connection: Connection) -> Seen:
        """Read and dump the connection's database."""
        dumped = dump(self.binaries, self.server.at(connection.info.dbname))
        return Seen(read_catalog(connection), statements(dumped))

    def tell(self, world: World, form: str, choose: Choose, *connections: Connection) -> None:
        """Say a sentence to each database: all take it, or all refuse it."""
        sentence = world.say(form, choose)
        refusals = {refusal(connection, sentence.text) for connection in connections}
        assert len(refusals) == 1
        taken = refusals == {None}
        self.taken[taken] += 1
        if taken:
            note(f"{'both' if len(connections) == 2 else 'one'}: {sentence.text};")
            sentence.happened()


def refusal(connection: Connection, text: str) -> str | None:
    """Execute a statement, and return the SQLSTATE with which it was refused, or None."""
    try:
        connection.execute(text.encode())
    except psycopg.Error as error:
        connection.execute("RESET ROLE")
        return error.sqlstate
    return None


@pytest.fixture(scope="module", params=sorted({*MAJORS, *LOCAL}), ids=lambda major: f"pg{major}")
def laboratory(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Laboratory]:
    """A server with roles of fixed names and a second tablespace, of each major that can be dumped here."""
    binaries, name = programs(request.param), f"p-{secrets.token_hex(3)}"
    server = start_in_run(run_directory, name, _binaries(request.param))
    with server.connect() as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE fast LOCATION ''")
        for role in ROLES:
            connection.execute(f"CREATE ROLE {role} SUPERUSER".encode())
    yield Laboratory(server, binaries)
    stop_server(run_directory.path / name)


def some(world: World, forms: Sequence[str], choose: Choose) -> str:
    """Choose a form that there are objects for."""
    return choose([form for form in forms if world.can_say(form)])


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32), data=st.data())
def compare_two_ways(laboratory: Laboratory, seed: int, data: st.DataObject) -> None:
    """What both databases have need not be shrunk, so a seed makes it; what one of them has, hypothesis draws."""

    def draw(choices: Sequence[T]) -> T:
        return data.draw(st.sampled_from(choices))

    build, world = Random(seed).choice, World(WORDS)
    with two_databases(laboratory.server) as sides:
        tell = partial(laboratory.tell, world)
        for form in FOUNDATION:
            tell(form, build, sides.expected, sides.actual)
        for _ in range(BUILT):
            tell(some(world, (*MAKING, *CHANGING), build), build, sides.expected, sides.actual)
        expected, actual = map(laboratory.look, (sides.expected, sides.actual))
        assert compare(expected.catalog, actual.catalog, options=OURS) == ()
        assert expected.dumped == actual.dumped

        for _ in range(CHANGED):
            tell(some(world, (*CHANGING, *CHANGING, *MAKING), draw), draw, sides.actual)
            before, actual = actual, laboratory.look(sides.actual)
            assert objections(before, actual) == []


def objections(before: Seen, after: Seen) -> list[Any]:
    """What one sees and the other should see, too."""
    differences = compare(before.catalog, after.catalog, options=OURS)
    dumped = before.dumped - after.dumped, after.dumped - before.dumped
    telling = [difference for difference in differences if is_dumped(difference)]
    if any(dumped) and not telling and before.catalog.blind == after.catalog.blind:
        return ["a dump differs, the catalog does not", *map(dict, dumped)]
    if telling and not any(dumped):
        return ["the catalog differs, a dump does not", *telling]
    return []


@pytest.mark.thorough
def test_whatever_a_dump_sees_the_catalog_sees(laboratory: Laboratory) -> None:
    compare_two_ways(laboratory)

    assert laboratory.taken[False] < laboratory.taken[True] / 2
