"""The figures: one function each, which measures and judges by its limits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
from catalog.server import Bench, measured, name_of
from psycopg import sql
from sandbox.report import Figure, ms

from pgassay.behaviors.access.matrix import Matrix, try_matrix
from pgassay.behaviors.rows import RowFactory
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import RoleName
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings, load_settings
from pgassay.suite.context import Context
from pgassay.suite.every import every_check

EXAMPLE = Path(__file__).parents[2]
BEHAVIORS = (
    "trigger_behavior", "constraint_behavior", "function_behavior", "constraints_at_work", "access_behavior",
    "access_matrix", "plans",
    "foreign_key_indexes",
)  # fmt: skip
TABLES, ROLES = 500, 10
ROWS = 10_000
ROUNDS = 3


def main() -> int:
    """Measure what is named on the command line, show it, and return the exit code: 1 where a limit is not kept."""
    return measured(FIGURES)


def example(_bench: Bench) -> list[Figure]:
    """Every behaviour of the worked example, the template being there."""
    with RunDirectory.create() as run, Context(_settings(), run=lambda: run) as context:
        context.sandbox.catalog()
        took = {name: _seconds(partial(every_check()[name], context)) for name in BEHAVIORS}
    told = ", ".join(f"{name} {ms(seconds)}" for name, seconds in took.items())
    total = sum(took.values())
    return [Figure("the worked example's behaviours", f"{total:.2f} s", told, "at most 2 s", total <= 2)]


def _settings() -> Settings:
    folders = {name: str(EXAMPLE / name) for name in ("schema", "migrations")}
    return load_settings({"server": "local", **folders}, root=EXAMPLE)


def matrix(bench: Bench) -> list[Figure]:
    """Who can do what: tables of the catalog's benchmark, and roles that hold something on each."""
    with bench.database(TABLES), bench.server.connect(name_of(TABLES)) as connection:
        roles = _grant(connection)
        took = statistics.median(_seconds(partial(_try, connection, roles)) for _ in range(ROUNDS))
        cells = len(_try(connection, roles).cells)
    told = f"{cells} cells"
    name = f"access matrix, {TABLES} tables and {ROLES} roles"
    return [Figure(name, f"{took:.2f} s", told, "at most 5 s", took <= 5)]


def _grant(connection: psycopg.Connection[object]) -> list[RoleName]:
    roles = [RoleName(f"pgassay_bench_{number}") for number in range(ROLES)]
    for number, role in enumerate(roles):
        name = sql.Identifier(role)
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
        words = sql.SQL(", ".join(("SELECT", "INSERT", "UPDATE", "DELETE")[: number % 5]) or "TRUNCATE")
        connection.execute(sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA public TO {}").format(words, name))
    return roles


def _try(connection: psycopg.Connection[object], roles: list[RoleName]) -> Matrix:
    return try_matrix(connection, read_catalog(connection), roles=roles)


def rows(bench: Bench) -> list[Figure]:
    """Rows of the catalog's benchmark's tables: three in each, and many in one by COPY."""
    with bench.database(TABLES) as connection:
        factory = RowFactory(connection, read_catalog(connection))
        filled = _seconds(partial(factory.fill, 3))
        many = _seconds(partial(factory.insert_many, "t1", ROWS))
    return [
        Figure(f"three rows in each of {TABLES} tables", f"{filled:.2f} s", "", "none"),
        Figure(f"{ROWS} rows by COPY", f"{many:.2f} s", "", "none"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


FIGURES: tuple[Callable[[Bench], list[Figure]], ...] = (example, matrix, rows)
