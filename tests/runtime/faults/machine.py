"""A server that a test may stop, start and kill."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from pgassay.servers.binaries import Binaries
from pgassay.servers.local import Options, _Start, stop_server
from pgassay.servers.process import POLL, postmaster, postmaster_lines
from pgassay.servers.reachable import reachable
from pgassay.servers.unprivileged import manner
from tests.runtime.faults.blocking import PATIENCE


class Machine:
    """A server in a directory of its own; as it comes, it runs.

    Args:
        folder: The directory, which does not exist yet.
        binaries: The PostgreSQL.
        more: Settings on top of ours.
    """

    def __init__(self, folder: Path, binaries: Binaries, **more: str) -> None:
        how = manner()
        self._folder = folder
        self._starter = _Start(folder, reachable(binaries, how), "faults", Options(more=more), how)
        self.server = self._starter.run()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._starter.data

    @property
    def state(self) -> str:
        """What the last line of postmaster.pid says: `starting`, `standby`, `ready`, `stopping`; empty: it is gone."""
        lines = postmaster_lines(self.data)
        return lines[7].strip() if len(lines) > 7 else ""

    def start(self, *arguments: str) -> None:
        """Start it again, and wait until it takes connections."""
        self._starter._launch(*arguments)

    def stop(self) -> None:
        """Shut it down, its sessions included."""
        self.signal(signal.SIGINT)
        self.wait_for("")

    def signal(self, number: int) -> None:
        """Send a signal to the postmaster."""
        pid = postmaster(self.data)
        assert pid is not None
        os.kill(pid, number)

    def wait_for(self, state: str) -> None:
        """Wait until it says that it is in a state."""
        deadline = time.monotonic() + PATIENCE
        while self.state != state or (not state and postmaster(self.data) is not None):
            assert time.monotonic() < deadline, f"the server is {self.state or 'gone'}, not {state or 'gone'}"
            time.sleep(POLL)

    def remove(self) -> None:
        """Stop it, and remove everything."""
        stop_server(self._folder)
