"""Give empty tables of a scratch database the size that the planner is to believe in.

The planner takes a table's pages from the length of its file, and its rows from that length and the density that
pg_class tells (reltuples / relpages): numbers in pg_class alone do nothing for an empty table, on any major. So the
files are made as long as they would be, without anything in them: holes, which take no room (tried on 14 to 18). Only
a program on the server's machine can do that; a database so treated must be thrown away, not used again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import Relation
from pgassay.errors import BlindError

PAGE = 8192  # bytes
_SEGMENT = 131072  # pages: a file has at most 1 GB
_RESTORES = 180000  # the first version that can be given statistics by functions
_FILE = """
SELECT pg_relation_filepath(c.oid), pg_relation_size(c.oid) / 8192
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (n.nspname, c.relname) = (%s, %s)
"""
_RESTORE = """
SELECT pg_restore_relation_stats('schemaname', %(schema)s::text, 'relname', %(name)s::text,
                                 'relpages', %(pages)s::integer, 'reltuples', %(rows)s::real,
                                 'relallvisible', %(pages)s::integer)
"""
_UPDATE = """
UPDATE pg_class
   SET relpages = %(pages)s, reltuples = %(rows)s, relallvisible = %(pages)s
 WHERE (relnamespace::regnamespace, relname) = (quote_ident(%(schema)s)::regnamespace, %(name)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How big a table or an index is to be.

    Attributes:
        relation: It.
        rows: Its rows.
        pages: Its pages.
    """

    relation: Relation
    rows: float
    pages: int


def give_sizes(admin: psycopg.Connection[Any], sizes: Iterable[Size]) -> None:
    """Make tables and indexes as big as they are to be.

    Args:
        admin: A superuser's, in autocommit, to a scratch database that is thrown away afterwards.
        sizes: Of tables or indexes.

    Raises:
        BlindError: The server does not let it be done.
    """
    wanted = [(size, *_file(admin, size)) for size in sizes]
    lines = [line for _, path, pages in wanted for line in _dd(path, pages)]
    try:
        script = sql.Literal("\n".join(["set -e", *lines]))
        admin.execute(sql.SQL("COPY (SELECT unnest(string_to_array({}, E'\\n'))) TO PROGRAM 'sh'").format(script))
    except psycopg.Error as error:
        raise BlindError(
            f"tables cannot be given a size: the scratch server does not run sh and dd: {str(error).splitlines()[0]}",
            hint="say --assay-server auto, for a server of pgassay's own",
            sqlstate=error.sqlstate,
        ) from error
    statement = _RESTORE if admin.info.server_version >= _RESTORES else _UPDATE
    for size, _, pages in wanted:
        names = {"schema": size.relation.schema, "name": size.relation.name}
        admin.execute(statement.encode(), {**names, "pages": pages, "rows": size.rows})


def _file(admin: psycopg.Connection[Any], size: Size) -> tuple[str, int]:
    """Return a file in the data directory, digits and slashes, and how many pages it is to have.

    It is never made shorter: what a seed has put there stays readable.
    """
    row = admin.execute(_FILE, [size.relation.schema, size.relation.name]).fetchone()
    assert row is not None
    return row[0], max(size.pages, row[1])


def _dd(path: str, pages: int) -> Iterator[str]:
    """Yield a line for each file of a relation: a file is cut at, or lengthened to, where dd is to write nothing."""
    for number, first in enumerate(range(0, max(pages, 1), _SEGMENT)):
        name = f"{path}.{number}" if number else path
        length = min(pages - first, _SEGMENT)
        yield f"dd if=/dev/null of={name} bs={PAGE} seek={length} count=0 2>/dev/null"
