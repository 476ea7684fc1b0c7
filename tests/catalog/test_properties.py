"""Every attribute of every kind of object is seen to change: by itself, and with what PostgreSQL changes along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.serialize import RECORD_TYPES
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.conftest import Subject as Database
from tests.catalog.properties import BOSS, LEFT_BEHIND, NOT_CHANGED, SUBJECTS, Subject


@pytest.fixture(scope="module")
def cluster(any_private_server: Server) -> Server:
    """A server of the module's own: some of this is the whole cluster's."""
    with any_private_server.connect() as connection:
        connection.execute(f"CREATE ROLE {BOSS} SUPERUSER".encode())
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE fast LOCATION ''")
    return any_private_server


@contextmanager
def database_of(cluster: Server, subject: Subject) -> Iterator[Database]:
    """A database that holds the subject; what is left of it in the cluster is removed."""
    name = scratch_name("properties")
    create_database(cluster, name)
    made = Database(cluster, name)
    made.own = lambda catalog: catalog  # type: ignore[method-assign]  # nobody else is here
    try:
        made.run("SET allow_in_place_tablespaces = on; SET check_function_bodies = off")
        made.run(subject.setup)
        yield made
    finally:
        made.close()
        with cluster.connect() as connection:
            for statement in LEFT_BEHIND:
                if "PARAMETER" not in statement or cluster.major >= 15:
                    connection.execute(statement.encode())


@pytest.mark.thorough
@pytest.mark.older_by_night
@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_each_property_changes_alone(cluster: Server, subject: Subject, subtests: pytest.Subtests) -> None:
    """What is compared with the first catalog each time proves the way back of those before, too."""
    if cluster.major < subject.since:
        pytest.skip(f"PostgreSQL {subject.since} has them")
    with database_of(cluster, subject) as database:
        first = database.read()
        for name, change in subject.properties.items():
            if cluster.major >= change.since:
                with subtests.test(name):
                    found = changes(first, database.read(change.there))
                    database.run(change.back)

                    assert found.get(subject.label) == {name, *change.along}
                    assert found.keys() == {subject.label, *change.others}
        assert database.read() == first


def changes(before: Catalog, after: Catalog) -> dict[str, set[str]]:
    """Label -> the attributes that differ; none for what is new or gone."""
    old, new = ({(record.KIND, record.identity): record for record in catalog} for catalog in (before, after))
    found: dict[str, set[str]] = {{**old, **new}[key].label: set() for key in old.keys() ^ new.keys()}
    for key in old.keys() & new.keys():
        a, b = old[key].attributes, new[key].attributes
        if a != b:
            found[old[key].label] = {name for name in a if a[name] != b[name]}
    return found


def compared() -> set[tuple[str, str]]:
    return {
        (kind, field.name)
        for kind, record in RECORD_TYPES.items()
        for field in fields(record)
        if field.compare and field.name not in record.IDENTITY
    }


def test_every_attribute_is_in_the_table() -> None:
    told = {(subject.record.KIND, name) for subject in SUBJECTS for name in subject.properties}

    assert compared() - told == NOT_CHANGED.keys()
    assert told <= compared()


def test_no_attribute_is_there_twice() -> None:
    times = Counter((subject.record.KIND, name) for subject in SUBJECTS for name in subject.properties)

    assert [key for key, number in times.items() if number > 1] == []
