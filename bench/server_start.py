"""How long a scratch server takes from a warm cache: the median of ten, for each PostgreSQL of the machine.

Usage: python bench/server_start.py [MAJOR ...]; default: those installed, and the embedded ones that were fetched.
"""

from __future__ import annotations

import statistics
import sys
import time

from pgassay.servers.binaries import Binaries, find_binaries
from pgassay.servers.embedded import builds, ensure_embedded, is_fetched
from pgassay.servers.local import start_server, stop_server
from pgassay.servers.rundir import RunDirectory

ROUNDS = 10


def main() -> None:
    wanted = {int(word) for word in sys.argv[1:]}
    installed = [*find_binaries(), *(ensure_embedded(build.major) for build in builds() if is_fetched(build))]
    with RunDirectory.create() as run:
        for binaries in installed:
            if not wanted or binaries.major in wanted:
                _first, *rest = (measure(run, binaries) for _ in range(ROUNDS + 1))  # it fills caches
                seconds = sorted(rest)
                print(
                    f"{binaries.source} {binaries.version}: median {statistics.median(seconds) * 1000:.0f} ms, "
                    f"{seconds[0] * 1000:.0f} to {seconds[-1] * 1000:.0f} ms"
                )


def measure(run: RunDirectory, binaries: Binaries) -> float:
    """Return the seconds from nothing to an answered query."""
    folder = run.path / "m"
    began = time.perf_counter()
    server = start_server(folder, binaries, mark=run.name)
    with server.connect() as connection:
        connection.execute("SELECT 1")
    seconds = time.perf_counter() - began
    stop_server(folder)
    return seconds


if __name__ == "__main__":
    main()
