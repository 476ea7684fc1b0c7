"""Reading a database's catalog: rows in one snapshot, deparsed text last, and again where it changed in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from pgassay.catalog import collection, unread
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.deparsing import Refusal, Texts, Wanted, deparse
from pgassay.catalog.kind import Deparse, Kind, Row, occurrence
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.permissions import needed
from pgassay.catalog.record import Record
from pgassay.catalog.session import Statement, rows_of
from pgassay.catalog.token import MOMENT, TOKEN
from pgassay.errors import CatalogError
from pgassay.target import reading

MAJORS = range(14, 19)
ATTEMPTS = 3  # a schema that is altered all the time is not worth a fourth
CHANGED = "it changed while it was read"
AGAIN = "read again while nothing alters the schema"


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one snapshot holds; the moment and the token are empty where they could not be read."""

    moment: Sequence[Row]
    token: Sequence[Row]
    by_kind: Mapping[Kind, Sequence[Row]]
    blind: tuple[BlindSpot, ...]


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
    try:
        with collection.paused():
            return _read_until_it_rests(connection)
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
    restless = BlindSpot("the catalog", f"{CHANGED}, {ATTEMPTS} times in a row", AGAIN)
    return Catalog.of(catalog.major, catalog, [*catalog.blind, restless])


def _read_once(connection: psycopg.Connection[Any]) -> tuple[Catalog, bool]:
    major = connection.info.server_version // 10_000
    blind = unknown_major(major)
    rows = _read_rows(connection, major)
    texts = deparse(connection, _wanted(rows.by_kind))
    blind += rows.blind
    records = list(_records(rows.by_kind, texts, blind))
    return Catalog.of(major, records, blind), _changed(connection, rows)


def _changed(connection: psycopg.Connection[Any], before: _Rows) -> bool:
    """Tell whether anything was altered since; where the token could not be taken, a blind spot says so."""
    if not before.token:
        return False
    with reading(connection):
        (moment,) = rows_of(connection, [(MOMENT, None)])
        return moment != before.moment and rows_of(connection, [(TOKEN, None)])[0] != before.token


def _read_rows(connection: psycopg.Connection[Any], major: int) -> _Rows:
    """Read what may occur, in one round trip; where that fails, all one by one, to find out what cannot be read."""
    try:
        with reading(connection):
            kinds = _occurring(connection)
            statements: list[Statement] = [(kind.statement(major), None) for kind in kinds]
            moment, token, counts, *rows = rows_of(
                connection, [(MOMENT, None), (TOKEN, None), (unread.statement(major), None), *statements]
            )
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled):
        return _read_one_by_one(connection, major)
    return _Rows(moment, token, dict(zip(kinds, rows, strict=True)), tuple(unread.blind_spots(counts)))


def _occurring(connection: psycopg.Connection[Any]) -> Sequence[Kind]:
    """Return the kinds that may occur in the open transaction's snapshot."""
    ((found,),) = rows_of(connection, [(occurrence(KINDS), None)])
    return [kind for kind in KINDS if found.get(kind.record.KIND, True)]


def _read_one_by_one(connection: psycopg.Connection[Any], major: int) -> _Rows:
    blind: list[BlindSpot] = []
    with reading(connection):
        moment = _try(connection, "the moment", (MOMENT, None), blind)
        token = _try(connection, "the catalog's changes", (TOKEN, None), blind)
        counts = _try(connection, "the kinds that are not read", (unread.statement(major), None), blind)
        by_kind = {k: _try(connection, f"every {k.record.KIND}", (k.statement(major), None), blind) for k in KINDS}
    return _Rows(moment, token, by_kind, (*blind, *unread.blind_spots(counts)))


def _try(connection: psycopg.Connection[Any], what: str, statement: Statement, blind: list[BlindSpot]) -> list[Row]:
    try:
        with connection.transaction():
            return rows_of(connection, [statement])[0]
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled) as error:
        reason = f"{error.diag.message_primary} [{error.sqlstate}]"
        blind.append(BlindSpot(what, reason, needed(connection, statement[0].as_string(None))))
        return []


def _wanted(by_kind: Mapping[Kind, Sequence[Row]]) -> Iterator[Wanted]:
    for kind, rows in by_kind.items():
        yield from (Wanted(kind, row["oid"]) for row in rows if kind.deparse and row["deparse"])


def _records(by_kind: Mapping[Kind, Sequence[Row]], texts: Texts, blind: list[BlindSpot]) -> Iterator[Record]:
    """Make the records; an object whose text could not be had becomes a blind spot."""
    for kind, rows in by_kind.items():
        blind += filter(None, map(kind.blind, rows)) if kind.blind else ()
        complete = _with_texts(kind, kind.deparse, rows, texts, blind) if kind.deparse else rows
        yield from map(kind.record_of, complete)


def _with_texts(kind: Kind, later: Deparse, rows: Sequence[Row], texts: Texts, blind: list[BlindSpot]) -> Iterator[Row]:
    """Yield the rows with the columns that were read afterwards; rows that need none have what their query said."""
    lacking = [name for name in later.columns if rows and name not in rows[0]]
    for row in rows:
        row.update(dict.fromkeys(lacking))
        text = texts.get(Wanted(kind, row["oid"])) if row["deparse"] else {}
        if isinstance(text, Refusal):
            blind.append(BlindSpot(_label(kind, row), f"{text.reason} [{text.sqlstate}]", text.mend))
        elif text is None or any(name in text and text[name] is None for name in later.required):
            blind.append(BlindSpot(_label(kind, row), CHANGED, AGAIN))
        else:
            row.update(text)
            yield row


def _label(kind: Kind, row: Row) -> str:
    texts = kind.deparse.columns if kind.deparse else ()
    return kind.record_of({**row, **dict.fromkeys(texts, "")}).label
