"""What is read of sequences, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE SEQUENCE free AS int START 5 INCREMENT 2 MINVALUE 1 MAXVALUE 99 CACHE 3 CYCLE;
        CREATE TABLE "T.a" (id bigint GENERATED ALWAYS AS IDENTITY, "N o" serial);
    """)


def test_every_attribute(subject: Subject) -> None:
    sequence = subject.read().sequence("free")

    assert {**sequence.attributes, "privileges": sorted(map(str, sequence.privileges))} == {
        "type": "integer",
        "start": 5,
        "increment": 2,
        "minimum": 1,
        "maximum": 99,
        "cache": 3,
        "cycle": True,
        "persistence": "permanent",
        "owned_by": None,
        "identity_column": False,
        "owner": "postgres",
        "privileges": ["SELECT to postgres", "UPDATE to postgres", "USAGE to postgres"],
        "comment": None,
    }


def test_who_owns_it(subject: Subject) -> None:
    sequences = subject.read().sequences

    identity, serial = sequences["public", "T.a_id_seq"], sequences["public", "T.a_N o_seq"]
    assert (identity.owned_by, identity.identity_column) == ('public."T.a".id', True)
    assert (serial.owned_by, serial.identity_column) == ('public."T.a"."N o"', False)


def test_its_position_does_not_count(subject: Subject) -> None:
    assert subject.changes("SELECT nextval('free')") == {}


def test_unlogged(subject: Subject) -> None:
    if subject.major < 15:
        pytest.skip("PostgreSQL 15 has unlogged sequences")

    assert subject.read("CREATE UNLOGGED SEQUENCE light").sequence("light").persistence == "unlogged"
