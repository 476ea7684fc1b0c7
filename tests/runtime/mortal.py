"""A server that can be stopped and started again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pgassay.servers.binaries import Binaries
from pgassay.servers.environment import without_libpq
from pgassay.servers.local import Options, is_ready, start_server, stop_server
from pgassay.servers.process import start_detached, stop_postmaster
from pgassay.servers.reachable import reachable
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.servers.unprivileged import manner
from tests.servers.support import eventually


@dataclass(frozen=True)
class Mortal:
    """A server, its data directory, and the programs that it runs on."""

    server: Server
    data: Path
    binaries: Binaries

    def stop(self) -> None:
        """End it at once, with everybody's connections."""
        stop_postmaster(self.data)

    def start(self) -> None:
        """Start it again, and wait until it takes connections."""
        how = manner()
        program = reachable(self.binaries, how).program("postgres")
        with (self.data.parent / "log").open("ab") as log:
            start_detached(
                [*how.prefix, str(program), "-D", str(self.data)], output=log, env=without_libpq(), **how.popen
            )
        assert eventually(lambda: is_ready(self.data))


@contextmanager
def mortal_server(run: RunDirectory, binaries: Binaries, options: Options | None = None) -> Iterator[Mortal]:
    """Give a server of one's own."""
    folder = run.path / f"mortal-{secrets.token_hex(3)}"
    yield Mortal(start_server(folder, binaries, mark="mortal", options=options), folder / "data", binaries)
    stop_server(folder)
