"""A server that the worked example was deployed on: a target as real as a test can have it, and what it sees of us.

It runs nothing but that database, so its write-ahead log, its counters and its log speak of whoever looks at it alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from psycopg import sql

from pgassay.contract.load import load_contract
from pgassay.migrations.sources.native import load
from pgassay.sandbox.carry import put_carried
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.template import ensure_template
from pgassay.servers.binaries import Binaries
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.local import Options, start_server, stop_server
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.servers.watchdog import ensure_watchdog
from pgassay.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = Settings(root=ROOT, schema=ROOT / "schema", migrations=ROOT / "migrations")

# Every record that a reader can cause is to be seen, and every statement that it sends.
OPTIONS = {"wal_log_hints": "on", "full_page_writes": "on", "log_statement": "all"}
# What a server writes when somebody reads, or by itself. Whatever is not here is a change.
UPKEEP = {
    ("Heap2", "PRUNE"),  # up to 16
    ("Heap2", "PRUNE_ON_ACCESS"),
    ("Heap2", "VISIBLE"),
    ("XLOG", "FPI_FOR_HINT"),
    ("XLOG", "CHECKPOINT_ONLINE"),
    ("XLOG", "CHECKPOINT_REDO"),  # 17 and later
    ("Standby", "RUNNING_XACTS"),
}
_RECORDS = "SELECT resource_manager, record_type, xid::text FROM pg_get_wal_records_info(%s, %s)"
_POSITION = "SELECT pg_current_wal_flush_lsn()::text"
_NEXT_XID = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
_COUNTERS = """
SELECT tup_inserted, tup_updated, tup_deleted, temp_files, temp_bytes
  FROM pg_stat_database
 WHERE datname = %s
"""
_TRACES = {
    "advisory locks": "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "prepared transactions": "SELECT count(*) FROM pg_prepared_xacts",
    "replication slots": "SELECT count(*) FROM pg_replication_slots",
    "temporary files": "SELECT count(*) FROM pg_ls_tmpdir()",
    "temporary schemas in use": "SELECT count(*) FROM pg_class WHERE relpersistence = 't'",
}
_LOGGED = re.compile(r"^\S+ \S+ \S+ \[\d+\] (\S+) LOG:  (statement|execute [^:]+): (.*(?:\n\t.*)*)", re.MULTILINE)


@dataclass
class Seen:
    """What a server has seen between two moments.

    Attributes:
        records: Resource manager and record type of what is in its write-ahead log; only from 15 on.
        transactions: Those of them that belong to a transaction with an id.
        ids: How many transaction ids were given out.
        counters: By how much the database's counters of rows and temporary files moved.
        traces: What is left on the server, by sort.
        statements: How each statement was sent to the database, and its text.
    """

    records: set[tuple[str, str]] = field(default_factory=set)
    transactions: set[tuple[str, str]] = field(default_factory=set)
    ids: int = 0
    counters: tuple[int, ...] = ()
    traces: dict[str, int] = field(default_factory=dict)
    statements: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Real:
    """The worked example, migrated, on a server of its own."""

    server: Server
    folder: Path
    dbname: str

    def settings(self, role: str | None = None) -> Settings:
        """Return the worked example's settings with this database as the target."""
        return replace(EXAMPLE, db_url=self.server.at(self.dbname, user=role))

    def do(self, *statements: str, dbname: str | None = None) -> None:
        """Run statements as superuser."""
        with self.server.connect(dbname or self.dbname) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def may_connect(self, role: str) -> None:
        """Make a role that may connect to the database and nothing else."""
        with self.server.connect() as connection:
            names = {"role": sql.Identifier(role), "database": sql.Identifier(self.dbname)}
            connection.execute(sql.SQL("CREATE ROLE {role} LOGIN").format(**names))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {database} TO {role}").format(**names))

    @contextmanager
    def watched(self) -> Iterator[Seen]:
        """Watch what happens on the server meanwhile; the answer is there at the end of the block."""
        seen = Seen()
        with self.server.connect() as connection:
            if self.server.major >= 15:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
            connection.execute("CHECKPOINT")
            log, start, first = self._log(), _one(connection, _POSITION), _one(connection, _NEXT_XID)
            before = self._counters(connection)
            yield seen
            seen.ids = int(_one(connection, _NEXT_XID)) - int(first)
            connection.execute("CHECKPOINT")
            seen.counters = tuple(a - b for a, b in zip(self._counters(connection), before, strict=True))
            seen.traces = {what: n for what, query in _TRACES.items() if (n := int(_one(connection, query)))}
            seen.statements = list(self._statements(self._log()[len(log) :]))
            if self.server.major >= 15:
                rows = connection.execute(_RECORDS, [start, _one(connection, _POSITION)]).fetchall()
                seen.records = {(str(manager), str(kind)) for manager, kind, _ in rows}
                seen.transactions = {(str(manager), str(kind)) for manager, kind, xid in rows if xid not in {None, "0"}}

    def _counters(self, connection: psycopg.Connection[tuple[object, ...]]) -> tuple[int, ...]:
        row = connection.execute(_COUNTERS, [self.dbname]).fetchone()
        assert row is not None
        return tuple(int(str(value)) for value in row)

    def _log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def _statements(self, log: str) -> Iterator[tuple[str, str]]:
        for dbname, how, text in _LOGGED.findall(log):
            if dbname == self.dbname:
                yield how, text


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def deployed(run: RunDirectory, name: str, binaries: Binaries) -> Iterator[Real]:
    """Start a server, and deploy the worked example on it."""
    ensure_watchdog(run)
    folder = run.path / name
    with run.starting():
        server = start_server(folder, binaries, mark=f"{run.name}-{name}", options=Options(more=OPTIONS))
    try:
        migrations = EXAMPLE.migrations
        assert migrations is not None
        recipe = Recipe(init=load_contract(EXAMPLE).init, migrations=load(migrations))
        template = ensure_template(server, recipe, EXAMPLE)
        name = scratch_name("deployed")
        create_database(server, name, template=template.name, owner=template.carried.owner)
        with server.connect() as admin:
            put_carried(admin, template.carried, name)
        yield Real(server, folder, name)
    finally:
        stop_server(folder)
