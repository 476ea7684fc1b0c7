"""A large database, dumped and restored, and that once more: what pg_dump carries, the catalog finds unchanged."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.difference import Difference
from pgassay.catalog.read import read_catalog
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.local import stop_server
from pgassay.servers.provider import start_in_run
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.catalog.dumps import dump, programs, restore, statements
from tests.catalog.not_dumped import NOT_RESTORED, is_dumped
from tests.catalog.rich import fill, grow
from tests.catalog.support import OURS
from tests.conftest import LOCAL, MAJORS, _binaries

pytestmark = pytest.mark.thorough
SEED = int(os.environ.get("PGASSAY_TEST_SEED", "1"))


@dataclass(frozen=True)
class Generation:
    """A database: its catalog, its dump, and what went wrong when it was restored."""

    catalog: Catalog
    dumped: str
    errors: list[str]


@dataclass(frozen=True)
class Generations:
    """A database, what was restored from its dump, and what was restored from the dump of that."""

    first: Generation
    second: Generation
    third: Generation
    differences: tuple[Difference, ...]  # of the first two; text at its fixed point


@pytest.fixture(scope="module", params=sorted({*MAJORS, *LOCAL}), ids=lambda major: f"pg{major}")
def generations(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Generations]:
    programs(request.param, restore=True)  # or skip
    name = f"p-{secrets.token_hex(3)}"
    server = start_in_run(run_directory, name, _binaries(request.param))
    yield bring_up(server)
    stop_server(run_directory.path / name)


def bring_up(server: Server) -> Generations:
    """Make the first one, and the others from it."""
    with ExitStack() as stack:
        names = [scratch_name(f"generation {number}") for number in (1, 2, 3)]
        for name in names:
            create_database(server, name)
            stack.callback(drop_database, server, name)
        with server.connect(names[0]) as connection:
            fill(connection, server.major, without=NOT_RESTORED)
            grow(connection, SEED, 300)
        first = look(server, names[0])
        second = look(server, names[1], first)
        third = look(server, names[2], second)
        with server.connect(names[1]) as connection:
            opinion = SecondOpinion(connection)
            differences = compare(first.catalog, second.catalog, options=OURS, second_opinion=opinion)
    return Generations(first, second, third, differences)


def look(server: Server, name: str, before: Generation | None = None) -> Generation:
    """Read and dump a database; restore it first from the dump of the one before."""
    binaries, where = programs(server.major), server.at(name)
    errors = restore(binaries, before.dumped, where) if before else []
    with server.connect(name) as connection:
        return Generation(read_catalog(connection), dump(binaries, where), errors)


def test_the_dump_is_restored_without_an_error(generations: Generations) -> None:
    assert (generations.second.errors, generations.third.errors) == ([], [])
    assert len(generations.first.catalog.tables) > 100


def test_the_first_and_the_second_differ_in_what_no_dump_carries(generations: Generations) -> None:
    assert [difference for difference in generations.differences if is_dumped(difference)] == []


def test_the_second_and_the_third_are_equal(generations: Generations) -> None:
    second, third = generations.second.catalog, generations.third.catalog

    assert compare(second, third, options=OURS) == ()
    assert second.blind == third.blind


def test_their_dumps_are_equal(generations: Generations) -> None:
    one, two = statements(generations.second.dumped), statements(generations.third.dumped)

    assert (one - two, two - one) == ({}, {})
