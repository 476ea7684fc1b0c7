"""A fleet on one server: copies of one database, of which every tenth lacks an index that the contract has."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from catalog.schema import tables_sql
from catalog.server import Bench, name_of
from pgassay.servers.databases import create_database

ODD = 10


def checked(bench: Bench, number: int, tables: int) -> float:
    """Return the seconds that `pgassay check` takes for all of them, in a process of its own.

    Raises:
        RuntimeError: It does not find what there is to find.
    """
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "pgassay.toml").write_text('migrations = ""\n', encoding="utf-8")
        (project / "schema").mkdir()
        (project / "schema/tables.sql").write_text(tables_sql(tables), encoding="utf-8")
        (project / "fleet.txt").write_text("\n".join(_urls(bench, number, tables)), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("pgassay")), "check", "--db-urls-from", "fleet.txt"]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        took = time.perf_counter() - began
    good = number - len(range(0, number, ODD))
    if done.returncode != 1 or f"PASS  {good} databases" not in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    return took


def _urls(bench: Bench, number: int, tables: int) -> list[str]:
    with bench.database(tables):
        pass
    names = [f"pgassay_fleet_{tables}_{one}" for one in range(number)]
    for one, name in enumerate(names):
        create_database(bench.server, name, template=name_of(tables))
        if one % ODD == 0:
            with bench.server.connect(name) as connection:
                connection.execute("DROP INDEX t1_name")
    return [bench.server.at(name).url for name in names]
