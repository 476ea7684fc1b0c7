"""Reading a database's catalog: rows in one snapshot, deparsed text last, and again where it changed in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any

import psycopg

from pgassay.catalog import collection
from pgassay.catalog.catalog import BlindSpot, Catalog, catalog_of
from pgassay.catalog.deparsing import deparse
from pgassay.catalog.found import AGAIN, CHANGED
from pgassay.catalog.kind import Query, Row
from pgassay.catalog.rows import Rows, read_rows
from pgassay.catalog.session import rows_of
from pgassay.catalog.token import ANY_NEWER, MOMENT, TOKEN
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
    rows = read_rows(connection, major, _token_if_busy)
    wanted = list(chain.from_iterable(found.wanted() for found in rows.found))
    texts = deparse(connection, wanted)
    for found in rows.found:
        found.complete(texts)
    blind = [*unknown_major(major), *rows.blind, *(spot for found in rows.found for _, spot in found.blind)]
    catalog = catalog_of(major, (found.records for found in rows.found), blind)
    return catalog, bool(wanted) and _changed(connection, rows)


def _token_if_busy(moment: Row) -> list[tuple[Query, None]]:
    """Where older transactions than the snapshot still run, its rows do not tell which are newer."""
    return [(TOKEN, None)] if moment["busy"] else []


def _changed(connection: psycopg.Connection[Any], before: Rows) -> bool:
    """Tell whether anything was altered since; where that could not be asked, a blind spot says so."""
    if not before.moment or before.beside is None:
        return False
    with reading(connection):
        (moment,) = rows_of(connection, [(MOMENT, None)])
        if moment == before.moment:
            return False
        if before.beside:
            return [rows_of(connection, [(TOKEN, None)])[0]] != list(before.beside)
        (newer,) = rows_of(connection, [(ANY_NEWER, {"next": str(before.moment[0]["next"])})])
    return bool(newer[0]["found"]) or any(spot.reason == CHANGED for found in before.found for _, spot in found.blind)
