"""A walk with rows through steps that a test writes down, and a plain way to put the rows in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.findings import Report
from pgassay.migrations.sources.find import load
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.rows_kept.snapshot import TableName
from pgassay.proofs.rows_kept.stock import Fill, Stock
from pgassay.proofs.rows_kept.walk import keep_rows
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

Kept = Callable[..., list[Report]]

# By type: the n-th value of a column.
VALUES = {
    "integer": "{n}",
    "bigint": "{n}",
    "text": "'row ' || {n}",
    "boolean": "true",
    "character varying(2)": "left({n}::text, 2)",
    "timestamp with time zone": "now()",
}


def fill_plainly(
    connection: psycopg.Connection[Any], catalog: Catalog, tables: Sequence[TableName]
) -> Mapping[TableName, str]:
    """Put three rows into each table, counted on from those that are there."""
    failed = {}
    for table in tables:
        name = sql.Identifier(*table)
        columns = [c for c in catalog.parts(Column, table).values() if c.generated is None and not c.identity_column]
        try:
            count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
            for n in range(1, 4):
                values = [value(column, n + (count or [0])[0]) for column in columns]
                names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
                insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(name, names, sql.SQL(", ").join(values))
                connection.execute(insert)
        except psycopg.Error as error:
            failed[table] = str(error.diag.message_primary)
    return failed


def value(column: Column, n: int) -> sql.Composable:
    if column.type in VALUES:
        return sql.SQL(VALUES[column.type]).format(n=sql.Literal(n))
    return sql.SQL("(enum_range(NULL::{}))[1]").format(sql.SQL(column.type))


def nothing(_: TableName) -> bool:
    return False


@pytest.fixture
def walked(private_server: Server, tmp_path: Path) -> Kept:
    """Walk through the folder's migrations, of whichever format they are."""

    def go(*, fill: Fill = fill_plainly, is_left_out: Callable[[TableName], bool] = nothing) -> list[Report]:
        migrations, settings = load(tmp_path), Settings(root=tmp_path)
        found = keep_rows(
            migrations,
            build=lambda: scratch_road(nullcontext(private_server), Recipe(migrations=migrations), settings),
            compare=differences,
            stock=Stock(fill, is_left_out),
        )
        return list(found.values())

    return go


@pytest.fixture
def kept(walked: Kept, tmp_path: Path) -> Kept:
    """Walk through steps of up and down, written in our own format."""

    def go(*steps: tuple[str, str], fill: Fill = fill_plainly, down: str = "", role: str = "") -> list[Report]:
        for number, (upward, downward) in enumerate(steps, start=1):
            last = down if number == len(steps) else ""
            text = f"-- migrate:up{role}\n{upward}\n-- migrate:down{role}{last}\n{downward}\n"
            (tmp_path / f"{number:03}-step.sql").write_text(text)
        return walked(fill=fill)

    return go


def rules(reports: Sequence[Report]) -> list[list[tuple[str, str]]]:
    """What was found at each step: rule, and the object without the step's name."""
    return [[(f.rule, f.object.partition(": ")[2]) for f in report.findings] for report in reports]
