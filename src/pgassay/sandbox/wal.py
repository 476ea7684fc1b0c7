"""Ask the write-ahead log which relations of which database were written.

One reader a process goes forward through the log and notes, for each database that it is told of, which files were
written, when last, and up to which page. What it says is used as a hint only: whether a written relation has really
changed is counted (`census.py`). So it must only miss nothing:

- Whatever changes a page of a logged relation is recorded with a reference to that page, by every resource manager of
  PostgreSQL's own. Where an extension has brought one of its own, which need not, the log is not read at all.
- What is not taken for a write is upkeep, by a list of records that change nothing that SQL can see: locks on rows
  (every foreign key check leaves one on the parent), pruning, freezing, visibility and hint bits. Every other kind of
  record, known or not, is a write.
- A sequence records its first `nextval` only while it has no numbers in reserve (`baseline.settle_sequences`, and
  `setval` whenever it is put back). Unlogged relations record nothing. Both are looked at by `recycle.py` itself.
- The end that is read up to is the end of a record of ours, written after the sessions of the database have gone, and
  flushed. The next reading begins there, so no record falls between two readings.
- What was overwritten already, or is too much to read, is an error: what the reader had to tell of is then unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from pgassay.sandbox.inventory import Place

FIRST_MAJOR = 15  # pg_walinspect came with it
LARGEST = 16 * 2**20  # bytes; 8 MB take 60 ms to read, and to clone takes 20

UPKEEP = (
    ("Heap", "LOCK"),
    ("Heap2", "LOCK_UPDATED"),
    ("Heap2", "PRUNE"),  # up to 16
    ("Heap2", "PRUNE_ON_ACCESS"),
    ("Heap2", "PRUNE_VACUUM_SCAN"),
    ("Heap2", "PRUNE_VACUUM_CLEANUP"),
    ("Heap2", "VACUUM"),  # up to 16
    ("Heap2", "FREEZE_PAGE"),  # up to 16
    ("Heap2", "VISIBLE"),
    ("XLOG", "FPI_FOR_HINT"),
)

# Those that every major from 15 to 18 has; none of them changes a page without a reference to it, but for Storage and
# RelMap, which make new files: the rows of pg_class, or the pages of the new file, tell of these.
RESOURCE_MANAGERS = frozenset(
    {
        *("XLOG", "Transaction", "Storage", "CLOG", "Database", "Tablespace", "MultiXact", "RelMap", "Standby"),
        *("Heap2", "Heap", "Btree", "Hash", "Gin", "Gist", "Sequence", "SPGist", "BRIN", "CommitTs"),
        *("ReplicationOrigin", "Generic", "LogicalMessage"),
    }
)

# Two processes that make it at once get a unique violation.
_EXTENSION: LiteralString = """
SELECT pg_advisory_xact_lock(hashtext('pgassay: pg_walinspect'));
CREATE EXTENSION IF NOT EXISTS pg_walinspect;
"""
_MANAGERS: LiteralString = "SELECT rm_name FROM pg_get_wal_resource_managers()"

_MARK: LiteralString = "SELECT (pg_logical_emit_message(true, 'pgassay', '') - '0/0')::bigint"

_BLOCKS: LiteralString = """
SELECT reldatabase::bigint,
       reltablespace::bigint,
       relfilenode::bigint,
       (max(start_lsn) - '0/0')::bigint,
       max(relblocknumber)
  FROM pg_get_wal_block_info('0/0'::pg_lsn + %(start)s::numeric, '0/0'::pg_lsn + %(end)s::numeric, false)
 WHERE relforknumber = 0 -- the main one
   AND reldatabase::bigint = ANY(%(databases)s::bigint[])
   AND (resource_manager, record_type) NOT IN (SELECT * FROM unnest(%(managers)s::text[], %(types)s::text[]))
 GROUP BY 1, 2, 3
"""

# 15 knows no blocks, only a text that names them. Its regular expressions would take longer than all the rest.
_RECORDS: LiteralString = """
SELECT (start_lsn - '0/0')::bigint,
       block_ref
  FROM pg_get_wal_records_info('0/0'::pg_lsn + %(start)s::numeric, '0/0'::pg_lsn + %(end)s::numeric)
 WHERE block_ref LIKE ANY(SELECT '%%/' || oid || '/%%' FROM unnest(%(databases)s::bigint[]) AS oid)
   AND (resource_manager, record_type) NOT IN (SELECT * FROM unnest(%(managers)s::text[], %(types)s::text[]))
"""
_REFERENCE = re.compile(r"rel (\d+)/(\d+)/(\d+) fork main blk (\d+)")


@dataclass(slots=True)
class Writes:
    """What was written to one database since somebody began to look.

    Attributes:
        last: By file: the position in the log of the last write.
        page: By file: the highest page that was written.
        lost: Whether some of it is not known.
    """

    last: dict[Place, int] = field(default_factory=dict)
    page: dict[Place, int] = field(default_factory=dict)
    lost: bool = False

    def note(self, place: Place, position: int, page: int) -> None:
        """Take one write up."""
        self.last[place] = max(position, self.last.get(place, 0))
        self.page[place] = max(page, self.page.get(place, 0))

    def since(self, position: int) -> set[Place]:
        """Return the files that were written at a position or later."""
        return {place for place, last in self.last.items() if last >= position}


class WalReader:
    """Goes forward through the log of a server.

    Args:
        admin: A superuser's session in the maintenance database, in autocommit, for this reader alone.
    """

    def __init__(self, admin: psycopg.Connection[Any]) -> None:
        self._admin = admin
        self._by_block = admin.info.server_version >= 160_000
        admin.execute("SET synchronous_commit = on")  # what is read must have been flushed
        self.position = self._mark()

    def advance(self, databases: Mapping[int, Writes]) -> None:
        """Read up to now.

        Args:
            databases: By oid, where to note what was written.
        """
        start, end = self.position, self._mark()
        try:
            if end - start > LARGEST:
                raise _TooMuch  # noqa: TRY301 - as if it were gone
            for oid, place, position, page in self._read(start, end, list(databases)):
                databases[oid].note(place, position, page)
        except (psycopg.Error, _TooMuch):
            for writes in databases.values():
                writes.lost = True
        self.position = end

    def _mark(self) -> int:
        """Write a record that says nothing, and return where it ends."""
        row = self._admin.execute(_MARK).fetchone()
        assert row is not None
        return int(row[0])

    def _read(self, start: int, end: int, databases: list[int]) -> Iterable[tuple[int, Place, int, int]]:
        arguments = {"start": start, "end": end, "databases": _array(databases), **_LEFT_OUT}
        if self._by_block:
            rows = self._admin.execute(_BLOCKS, arguments).fetchall()
            return [(oid, Place(space, node), position, page) for oid, space, node, position, page in rows]
        return _references(self._admin.execute(_RECORDS, arguments).fetchall(), set(databases))


def _array(words: Iterable[object]) -> str:
    """Write an array for SQL, of words that need no quotes; psycopg would look at each of them for a type."""
    return f"{{{','.join(map(str, words))}}}"


_LEFT_OUT = {"managers": _array(manager for manager, _ in UPKEEP), "types": _array(kind for _, kind in UPKEEP)}


class _TooMuch(Exception):  # noqa: N818 - it is no error
    """There is more in the log than is worth reading."""


def can_read_wal(admin: psycopg.Connection[Any]) -> bool:
    """Tell whether a session can read the log, and all that changes a page is in it.

    Args:
        admin: A superuser's session in the maintenance database, in autocommit.
    """
    if admin.info.server_version < FIRST_MAJOR * 10_000:
        return False
    try:
        admin.execute(_EXTENSION)
        managers = {name for (name,) in admin.execute(_MANAGERS)}
    except psycopg.Error:
        return False
    return managers <= RESOURCE_MANAGERS


def _references(records: Iterable[tuple[int, str]], databases: set[int]) -> Iterable[tuple[int, Place, int, int]]:
    for position, text in records:
        for space, database, node, page in _REFERENCE.findall(text):
            if int(database) in databases:
                yield int(database), Place(int(space), int(node)), position, int(page)
