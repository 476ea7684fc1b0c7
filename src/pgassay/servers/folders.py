"""The directory of one server: whether it runs, how it is reached, and how it is stopped, wherever it runs.

A server of this machine has its data in it, one in a container the name of that. No driver is imported here: the
watchdog runs this.
"""

from __future__ import annotations

from pathlib import Path

from pgassay.servers.container import record
from pgassay.servers.process import postmaster, stop_postmaster

MAIN_FOLDER = "main"
"""The directory of a place's main server; it lies in the place's own."""


def server_folders(path: Path) -> list[Path]:
    """Return the directories of the servers that stand in a run's directory."""
    return sorted({found.parent for name in ("data", record.FILE) for found in path.glob(f"*/{name}")})


def is_running(folder: Path) -> bool:
    """Tell whether the server of a directory runs; where a container's engine cannot be asked, it counts as running."""
    return postmaster(folder / "data") is not None or record.is_running(folder)


def stop_server_in(folder: Path) -> None:
    """Stop the server of a directory; nothing where none runs.

    Raises:
        ServerError: Its container cannot be removed.
    """
    stop_postmaster(folder / "data")
    record.remove_container(folder)
