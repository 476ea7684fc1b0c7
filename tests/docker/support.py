"""What several tests of servers in containers share."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from pgassay.servers.container.record import LABEL
from tests.servers.support import eventually

OWNER = """
import sys, time
from pathlib import Path
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings

run = RunDirectory.create(root=Path(sys.argv[1]))
print(run.path, flush=True)
Provider(Settings(root=Path("/"), server="docker", image=sys.argv[2]), run).server()
print("up", flush=True)
time.sleep(60)
"""


@dataclass(frozen=True)
class Engine:
    """The engine, as a test looks at it."""

    client: Any

    def containers(self, folder: Path | str = "") -> list[Any]:
        """Return the containers of the servers in a directory of ours, whatever their state."""
        ours = self.client.containers.list(all=True, filters={"label": f"{LABEL}.folder"}, ignore_removed=True)
        return [found for found in ours if found.labels[f"{LABEL}.folder"].startswith(str(folder))]

    def one(self, folder: Path | str) -> Any:
        """Return the one container of a directory."""
        (found,) = self.containers(folder)
        return found

    def becomes_empty(self, folder: Path | str, *, seconds: float = 20) -> bool:
        """Wait until nothing of a directory is left."""
        return eventually(lambda: not self.containers(folder), seconds=seconds)

    def created_since(self, began: float) -> list[str]:
        """Return the names of the containers of ours that were made since a time."""
        filters = {"type": "container", "event": "create", "label": f"{LABEL}.folder"}
        events = self.client.events(since=int(began), until=int(time.time()) + 1, filters=filters, decode=True)
        return [event["Actor"]["Attributes"]["name"] for event in events]


def start_owner(root: Path, image: str, *, wait: bool = True) -> tuple[Popen[str], Path]:
    """Start a process that owns a run with a server in it, and return it with the run's directory.

    Args:
        root: Where the run is made.
        image: What the server is made from.
        wait: Until the server is up.
    """
    owner = Popen([sys.executable, "-c", OWNER, str(root), image], stdout=PIPE, stderr=DEVNULL, text=True)
    assert owner.stdout is not None
    path = Path(owner.stdout.readline().strip())
    if wait:
        assert owner.stdout.readline() == "up\n"
    owner.stdout.close()
    return owner, path
