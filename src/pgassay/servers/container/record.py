"""What is written down in a server's directory about its container: enough to find and remove it, from any process.

The name is written before the container is made: whoever is killed meanwhile leaves none that nobody knows. The
watchdog runs this, so no driver is imported here.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pgassay.errors import ServerError
from pgassay.servers.container.engine import Engine
from pgassay.servers.places import user_id, write_whole

if TYPE_CHECKING:
    import docker

FILE = "container"  # in the server's directory
LABEL = "org.pgassay"
_FOLDER = f"{LABEL}.folder"


@dataclass(frozen=True)
class Record:
    """A container of ours.

    Attributes:
        name: The container's.
        engine: Where it is.
        url: How its server is reached, without a password; empty while it is starting.
    """

    name: str
    engine: Engine
    url: str = ""

    def write(self, folder: Path) -> None:
        """Write it into a server's directory."""
        write_whole(folder / FILE, json.dumps(asdict(self)).encode())


def read_record(folder: Path) -> Record | None:
    """Return what is written in a server's directory; None: its server is not in a container."""
    try:
        facts = json.loads((folder / FILE).read_bytes())
        return Record(str(facts["name"]), Engine(dict(facts["engine"]["variables"])), str(facts["url"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_running(folder: Path) -> bool:
    """Tell whether a directory's server is in a container that runs; also where nobody can be asked."""
    record = read_record(folder)
    if record is None:
        return False
    try:
        with record.engine.client() as client:
            return _status(client, record.name) == "running"
    except ServerError:
        return True


def remove_container(folder: Path) -> None:
    """Remove the container of a directory's server, with its memory and volumes; nothing where there is none.

    Raises:
        ServerError: The engine cannot be asked, or refuses.
    """
    record = read_record(folder)
    if record is None:
        return
    with record.engine.client() as client:
        _remove(client, record.name)


def remove_left_overs(engine: Engine) -> None:
    """Remove the containers of ours whose directories are gone, as after a restart of the machine.

    Only those that were made in this view of the file system: an engine may serve several machines and containers, and
    the same path is another directory there.
    """
    mine = [f"{label}={value}" for label, value in labels(Path()).items() if label != _FOLDER]
    with engine.client() as client:
        for container in client.containers.list(all=True, filters={"label": mine}, ignore_removed=True):
            if not Path(container.labels.get(_FOLDER, "/")).exists():
                with suppress(ServerError):
                    _remove(client, container.id)


def labels(folder: Path) -> dict[str, str]:
    """Return what marks a container as ours: the directory of its server, and who can see that directory."""
    view = ""
    with suppress(OSError):
        view = os.readlink("/proc/self/ns/mnt")  # noqa: PTH115 - what it points to is no path
    return {
        _FOLDER: str(folder),
        f"{LABEL}.host": f"{socket.gethostname()} {view}".strip(),
        f"{LABEL}.user": str(user_id()),
    }


def _status(client: docker.DockerClient, name: str) -> str:
    from docker.errors import APIError, NotFound
    from requests import RequestException

    try:
        return str(client.containers.get(name).status)
    except NotFound:
        return "gone"
    except (APIError, RequestException) as error:
        raise ServerError(f'cannot look at the container "{name}": {error}') from None


def _remove(client: docker.DockerClient, name: str) -> None:
    from docker.errors import APIError, NotFound
    from requests import RequestException

    try:
        client.containers.get(name).remove(force=True, v=True)
    except NotFound:
        pass
    except (APIError, RequestException) as error:
        if getattr(error, "status_code", None) != 409:  # somebody else is removing it
            raise ServerError(f'cannot remove the container "{name}": {error}') from None
