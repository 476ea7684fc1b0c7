"""What the write-ahead log tells of writes, and when it is not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from random import Random
from typing import Any

import psycopg
import pytest

from pgassay.sandbox.inventory import Place
from pgassay.sandbox.wal import RESOURCE_MANAGERS, UPKEEP, WalReader, Writes, _references, can_read_wal
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

Connection = psycopg.Connection[Any]

_RECORDS = """
SELECT resource_manager, record_type, (start_lsn - '0/0')::bigint, coalesce(block_ref, '')
  FROM pg_get_wal_records_info('0/0'::pg_lsn + %s::numeric, '0/0'::pg_lsn + %s::numeric)
"""
WORKLOAD = (
    "INSERT INTO t (v) SELECT repeat(md5(g::text), 90) FROM generate_series(1, {n}) AS g",
    "UPDATE t SET v = v || 'x' WHERE id % 3 = {n} % 3",
    "DELETE FROM t WHERE id % 7 = {n} % 7",
    "SELECT FROM t WHERE id < {n} FOR SHARE",
    "SELECT count(*) FROM t",
    "VACUUM t",
    "VACUUM (FREEZE) t",
    "TRUNCATE u",
    "INSERT INTO u SELECT ARRAY[g], g, point(g, g), int4range(g, g + 1) FROM generate_series(1, {n}) AS g",
    "UPDATE u SET b = b + 1",
    "SELECT nextval('t_id_seq') FROM generate_series(1, {n})",
    "INSERT INTO t (v) VALUES ('x') ON CONFLICT DO NOTHING",
    "REINDEX TABLE u",
    "ANALYZE t",
    "CREATE TEMP TABLE IF NOT EXISTS x (id int)",
)


@pytest.fixture
def readable(any_server: Server) -> Server:
    if any_server.major < 15:
        pytest.skip("pg_walinspect came with PostgreSQL 15")
    return any_server


@pytest.fixture
def admin(readable: Server) -> Iterator[Connection]:
    with readable.connect() as connection:
        assert can_read_wal(connection)
        yield connection


@pytest.fixture
def inside(readable: Server) -> Iterator[Connection]:
    name = scratch_name("wal")
    create_database(readable, name)
    with closing(readable.connect(name)) as connection:
        connection.execute(
            """
            CREATE TABLE t (id serial PRIMARY KEY, v text);
            CREATE TABLE u (a int[], b int, p point, r int4range);
            CREATE INDEX ON u USING gin (a); CREATE INDEX ON u USING brin (b); CREATE INDEX ON u USING hash (b);
            CREATE INDEX ON u USING spgist (p); CREATE INDEX ON u USING gist (r);
            """
        )
        yield connection
    drop_database(readable, name)


def oid_of(connection: Connection) -> int:
    row = connection.execute("SELECT oid::bigint FROM pg_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


def place_of(connection: Connection, name: str) -> Place:
    row = connection.execute(
        "SELECT d.dattablespace::bigint, pg_relation_filenode(%s::regclass)::bigint"
        "  FROM pg_database AS d WHERE d.datname = current_database()",
        [name],
    ).fetchone()
    assert row is not None
    return Place(*row)


def work(connection: Connection, seed: int, steps: int) -> None:
    random = Random(seed)
    for statement in [*WORKLOAD, *random.choices(WORKLOAD, k=steps)]:
        connection.execute(statement.replace("{n}", str(random.randint(1, 40))).encode())


def test_the_resource_managers_are_known(admin: Connection) -> None:
    """A major that brings another one must be looked at before its log is believed."""
    managers = {name for (name,) in admin.execute("SELECT rm_name FROM pg_get_wal_resource_managers()")}
    assert managers <= RESOURCE_MANAGERS


@pytest.mark.nightly
@pytest.mark.parametrize("major", [15, 16, 17, 18])
def test_the_resource_managers_of_every_major(servers: Callable[[int], Server], major: int) -> None:
    with servers(major).connect() as admin:
        assert can_read_wal(admin)
        managers = {name for (name,) in admin.execute("SELECT rm_name FROM pg_get_wal_resource_managers()")}
        assert managers == RESOURCE_MANAGERS


def test_one_that_an_extension_brought(admin: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.wal.RESOURCE_MANAGERS", RESOURCE_MANAGERS - {"Generic"})
    assert not can_read_wal(admin)


def test_there_is_no_log_to_read_on_14(any_server: Server) -> None:
    with any_server.connect() as admin:
        assert can_read_wal(admin) == (any_server.major >= 15)


def test_whatever_is_not_upkeep_is_a_write(admin: Connection, inside: Connection) -> None:
    """Every kind of record of every index method: what it refers to was written, or it is in the list."""
    reader, oid, writes = WalReader(admin), oid_of(inside), Writes()
    begin = reader.position
    work(inside, seed=1, steps=20)
    reader.advance({oid: writes})
    records = admin.execute(_RECORDS, [begin, reader.position]).fetchall()
    written = [(position, text) for manager, kind, position, text in records if (manager, kind) not in UPKEEP]
    assert len({(manager, kind) for manager, kind, _, _ in records}) > 20
    assert {place for _, place, _, _ in _references(written, {oid})} == writes.last.keys()
    for name in ("t", "t_id_seq", "t_pkey", "pg_class", "pg_statistic"):
        assert place_of(inside, name) in writes.last


@pytest.mark.parametrize(
    ("statement", "is_write"),
    [
        ("INSERT INTO t (v) VALUES ('a')", True),
        ("INSERT INTO t (v) SELECT 'a' FROM generate_series(1, 300)", True),
        ("COPY t (v) FROM PROGRAM 'echo a'", True),
        ("UPDATE t SET v = 'b'", True),
        ("DELETE FROM t", True),
        ("BEGIN; DELETE FROM t; ROLLBACK", True),
        ("SELECT FROM t FOR UPDATE", False),
        ("SELECT FROM t FOR KEY SHARE", False),
        ("SELECT count(*) FROM t", False),
        ("INSERT INTO u (b) VALUES (1)", False),
    ],
)
def test_what_is_a_write_to_a_table(admin: Connection, inside: Connection, statement: str, is_write: bool) -> None:
    inside.execute("INSERT INTO t (v) VALUES ('seed')")
    reader, writes = WalReader(admin), Writes()
    inside.execute(statement.encode())
    reader.advance({oid_of(inside): writes})
    assert (place_of(inside, "t") in writes.last) is is_write


def test_nothing_falls_between_two_readings(admin: Connection, inside: Connection) -> None:
    """Wherever a reading ends: also where the log was flushed in the midst of a record that fills pages of it."""
    reader, oid, in_pieces = WalReader(admin), oid_of(inside), Writes()
    whole, all_of_it = WalReader(admin), Writes()
    whole.position = reader.position
    for step in range(30):
        inside.execute("INSERT INTO u (b) VALUES (%s)", [step])
        inside.execute("SELECT pg_logical_emit_message(false, 'filler', repeat('x', %s))", [step * 701 % 20_000])
        inside.execute("INSERT INTO t (v) SELECT 'x' FROM generate_series(1, %s)", [step])
        before = dict(in_pieces.last)
        reader.advance({oid: in_pieces})
        assert in_pieces.last != before
    whole.advance({oid: all_of_it})
    assert all_of_it.last.keys() == in_pieces.last.keys()
    assert not in_pieces.lost
    assert {place: in_pieces.last[place] for place in all_of_it.last} == all_of_it.last
    assert in_pieces.page == all_of_it.page


def test_positions_tell_windows_apart(admin: Connection, inside: Connection) -> None:
    reader, oid, writes = WalReader(admin), oid_of(inside), Writes()
    inside.execute("INSERT INTO t (v) VALUES ('a')")
    reader.advance({oid: writes})
    since = reader.position
    inside.execute("INSERT INTO u (b) VALUES (1)")
    reader.advance({oid: writes})
    assert place_of(inside, "u") in writes.since(since)
    assert place_of(inside, "t") not in writes.since(since)
    assert place_of(inside, "t") in writes.last


def test_another_databases_writes_are_not_this_ones(admin: Connection, inside: Connection) -> None:
    reader, writes = WalReader(admin), Writes()
    inside.execute("INSERT INTO t (v) VALUES ('a')")
    reader.advance({1: writes})
    reader.advance({})
    assert (writes.last, writes.lost) == ({}, False)


def test_too_much_is_lost(admin: Connection, inside: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.wal.LARGEST", 100)
    reader, writes, later = WalReader(admin), Writes(), Writes()
    inside.execute("INSERT INTO t (v) VALUES ('a')")
    reader.advance({oid_of(inside): writes})
    assert writes.lost
    monkeypatch.undo()
    inside.execute("INSERT INTO t (v) VALUES ('b')")
    reader.advance({oid_of(inside): later})
    assert not later.lost
    assert place_of(inside, "t") in later.last


def test_what_was_removed_is_lost(admin: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.wal.LARGEST", 2**62)
    reader, writes = WalReader(admin), Writes()
    reader.position = 1024  # the log of a new server begins in its first segment, behind
    reader.advance({1: writes})
    assert writes.lost


def test_the_text_of_15_and_the_columns_of_16_say_the_same(admin: Connection, inside: Connection) -> None:
    if admin.info.server_version < 160_000:
        pytest.skip("PostgreSQL 15 has the text only")
    by_column, by_text = WalReader(admin), WalReader(admin)
    by_text.position = by_column.position
    by_text._by_block = False
    work(inside, seed=2, steps=10)
    columns, text, oid = Writes(), Writes(), oid_of(inside)
    by_column.advance({oid: columns})
    by_text.advance({oid: text})
    assert columns.last
    assert text == columns


def test_references_in_a_text() -> None:
    text = (
        "blkref #0: rel 1663/5/1259 fork main blk 7 (FPW); hole: offset: 1, length: 2 "
        "blkref #1: rel 1663/5/1259 fork vm blk 0 blkref #2: rel 1664/0/2676 fork main blk 1"
        "blkref #3: rel 1700/55/16384 fork main blk 12"
    )
    assert list(_references([(9, text)], {5, 55})) == [
        (5, Place(1663, 1259), 9, 7),
        (55, Place(1700, 16384), 9, 12),
    ]
