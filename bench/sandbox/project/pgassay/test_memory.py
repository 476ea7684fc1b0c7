import os
import time
from pathlib import Path

from work import COUNT, ONE_ROW, TWO_ROWS, Record, many

from pgassay.runtime import Database
from pgassay.servers.server import Server

LAST = int(os.environ["BENCH_TESTS"]) - 1


@many
def test_memory(number: int, assay_db: Database, assay_server: Server, record_property: Record) -> None:
    with assay_db.tx() as tx:
        tx.none(TWO_ROWS)
        tx.none(ONE_ROW)
    assert assay_db.value(COUNT) == 3
    if number == LAST:
        time.sleep(1)  # the pool fills up
        with assay_server.connect() as connection:
            databases, data = connection.execute(
                "SELECT count(*), current_setting('data_directory') FROM pg_database"
            ).fetchone() or (0, "")
        record_property("databases", databases)
        record_property("pss", sum(map(pss, family(postmaster(data)))))
        record_property("files", sum(path.lstat().st_blocks * 512 for path in Path(data).rglob("*")))


def postmaster(data: str) -> int:
    return int((Path(data) / "postmaster.pid").read_text().split()[0])


def family(parent: int) -> list[int]:
    """Return a process and its children, which are all that PostgreSQL has."""
    found = [parent]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except OSError:  # it has ended
            continue
    return found


def pss(process: int) -> int:
    """Return the bytes of a process, with its part of what it shares with others; 0 where that is not readable."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
