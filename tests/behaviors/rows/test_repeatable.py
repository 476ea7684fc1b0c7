"""The same seed gives the same rows in every process, whatever that has imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import psycopg
import pytest

from pgassay.behaviors.rows.wider import wider
from pgassay.conninfo import Conninfo

pytestmark = pytest.mark.thorough

# The first three rest on what hypothesis comes up with, the others on the order in which columns are looked at.
TABLES = {
    "a": "x text NOT NULL CHECK (hashtext(x) % 41 = 7)",
    "b": "x date NOT NULL CHECK (extract(doy FROM x) = 77)",
    "c": "x jsonb NOT NULL CHECK (hashtext(x::text) % 23 = 11), y numeric NOT NULL CHECK (y * 100 % 31 = 17)",
    "d": "a text NOT NULL, b text NOT NULL, c text NOT NULL, CHECK (a <> b AND b <> c), CHECK (lower(a) = lower(b))",
    "e": "a int, b int, c int, d int, CHECK (num_nonnulls(a, b, c, d) = 2)",
}
SCRIPT = """
import sys
from importlib import import_module
import psycopg
from pgassay.behaviors.rows import RowFactory
from pgassay.catalog.read import read_catalog

for name in sys.argv[3:]:
    import_module(name)
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    rows = RowFactory(connection, read_catalog(connection), seed=7)
    with connection.transaction(force_rollback=True):
        print([rows.insert(table) for table in sys.argv[2]])
"""


def rows_of_a_process(database: Conninfo, folder: Path, *modules: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": str(len(modules)), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", SCRIPT, database.dsn, "".join(TABLES), *modules]
    return subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_two_processes_make_the_same_rows(database: Conninfo, tmp_path: Path) -> None:
    """One has imported a hundred modules full of constants, and orders its sets in another way."""
    random = Random(1)
    for place in range(100):
        numbers, words = [random.randrange(10**5) for _ in range(50)], [random.choice("xyz") * 5 for _ in range(9)]
        (tmp_path / f"mine{place}.py").write_text(f"NUMBERS = {numbers}\nWORDS = {words}\n")
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("; ".join(f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()).encode())
    others = [f"mine{place}" for place in range(100)]
    assert rows_of_a_process(database, tmp_path) == rows_of_a_process(database, tmp_path, *others)


def test_another_seed_widens_to_something_else() -> None:
    assert [c.make(1) for c in wider("text", 1)] != [c.make(1) for c in wider("text", 2)]
