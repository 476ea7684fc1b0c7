"""What a server of ours is started from: programs of this machine, or an image."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pgassay.errors import ServerError
from pgassay.servers.binaries import Binaries
from pgassay.servers.container.image import Image
from pgassay.servers.container.start import start_container
from pgassay.servers.local import Options, start_server, stop_server
from pgassay.servers.server import Server

Origin = Binaries | Image
"""Both say what tells them from every other (`identity`), their major, and which libraries there are."""


def start_from(folder: Path, origin: Origin, *, mark: str, options: Options | None = None) -> Server:
    """Start a server that outlives this process.

    Args:
        folder: A new directory of its own.
        origin: What to start it from.
        mark: `cluster_name`, by which a connection knows that it reached this server.
        options: What else is asked for.

    Raises:
        UsageError: Another major version is in the image than was asked for.
        ServerError: It did not come up, and nothing of it is left; the last lines of its log are in the message.
    """
    if isinstance(origin, Binaries):
        return start_server(folder, origin, mark=mark, options=options)
    try:
        return start_container(folder, origin, mark=mark, options=options or Options())
    except BaseException:
        with suppress(ServerError):  # what it failed of matters more
            stop_server(folder)
        raise
