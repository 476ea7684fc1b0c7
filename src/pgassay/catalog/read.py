"""Reading a database's catalog: rows in one snapshot, deparsed text last, and again where it changed in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from pgassay.catalog import collection
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.deparsing import Texts, deparse
from pgassay.catalog.kind import Kind, Row
from pgassay.catalog.record import Record
from pgassay.catalog.rows import AGAIN, CHANGED, Rows, complete, read_rows, wanted
from pgassay.catalog.session import rows_of
from pgassay.catalog.token import MOMENT, TOKEN
from pgassay.errors import CatalogError
from pgassay.target import reading

MAJORS = range(14, 19)
ATTEMPTS = 3  # a schema that is altered all the time is not worth a fourth


def read_catalog(connection: psycopg.Connection[Any]) -> Catalog:
    """Read everything that DDL made in the connection's database, and the cluster's roles.

    Only SELECTs on the system catalogs, each piece in a READ ONLY transaction of its own; works on a standby, through a
    transaction-mode pooler and with a role that may only connect. What cannot be read is in `Catalog.blind`.

    Args:
        connection: In autocommit, idle, to a server of major 14 to 18.

    Raises:
        CatalogError: The server refuses, or the connection is lost.
        UsageError: The connection is not in autocommit, or in a transaction.
    """
    with errors_told(connection), collection.paused():
        return _read_until_it_rests(connection)


@contextmanager
def errors_told(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Say of an error of the driver's what was being done."""
    try:
        yield
    except psycopg.Error as error:
        found = (error.diag.message_primary or str(error)).strip()
        raise CatalogError(
            f'the catalog of database "{connection.info.dbname}" could not be read: {found}', sqlstate=error.sqlstate
        ) from error


def unknown_major(major: int) -> list[BlindSpot]:
    """Say what cannot be known about a server of this major.

    Raises:
        CatalogError: It is older than the oldest that pgassay reads.
    """
    if major < MAJORS[0]:
        raise CatalogError(
            f"PostgreSQL {major} cannot be read: pgassay knows {MAJORS[0]} to {MAJORS[-1]}",
            hint="upgrade the server; the project that made this release of PostgreSQL no longer mends it",
        )
    if major > MAJORS[-1]:
        reason = f"pgassay knows {MAJORS[0]} to {MAJORS[-1]}: what is newer is not read"
        return [BlindSpot(f"PostgreSQL {major}", reason, "use a newer pgassay")]
    return []


def _read_until_it_rests(connection: psycopg.Connection[Any]) -> Catalog:
    for _ in range(ATTEMPTS - 1):
        with suppress(psycopg.errors.SerializationFailure):  # a standby cancelled us for its own recovery
            catalog, changed = _read_once(connection)
            if not changed:
                return catalog
    catalog, changed = _read_once(connection)
    if not changed:
        return catalog
    return restless(catalog)


def restless(catalog: Catalog) -> Catalog:
    """Say of a catalog that it is of no one moment."""
    spot = BlindSpot("the catalog", f"{CHANGED}, {ATTEMPTS} times in a row", AGAIN)
    return Catalog(catalog.major, catalog.records, tuple(sorted([*catalog.blind, spot])), catalog.deparsed_by)


def _read_once(connection: psycopg.Connection[Any]) -> tuple[Catalog, bool]:
    major = connection.info.server_version // 10_000
    blind = unknown_major(major)
    rows = read_rows(connection, major, [(TOKEN, None)])
    texts = deparse(connection, wanted(rows.by_kind))
    blind += rows.blind
    records = list(_records(rows.by_kind, texts, blind))
    return Catalog.of(major, records, blind), _changed(connection, rows)


def _records(by_kind: Mapping[Kind, Sequence[Row]], texts: Texts, blind: list[BlindSpot]) -> Iterator[Record]:
    """Make the records; an object whose text could not be had becomes a blind spot."""
    for kind, rows in by_kind.items():
        whole, spots = complete(kind, rows, texts)
        blind += [spot for _, spot in spots]
        yield from kind.records_of(whole)


def _changed(connection: psycopg.Connection[Any], before: Rows) -> bool:
    """Tell whether anything was altered since; where the token could not be taken, a blind spot says so."""
    if not before.beside:
        return False
    with reading(connection):
        (moment,) = rows_of(connection, [(MOMENT, None)])
        return moment != before.moment and rows_of(connection, [(TOKEN, None)]) != before.beside
