"""The container engine: where it is, and why it cannot be used.

An `Engine` is written down beside the container, so that another process, whatever its environment says, asks the same
one.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pgassay.conninfo import hide_secrets
from pgassay.errors import ServerError

if TYPE_CHECKING:
    import docker

DEFAULT = "npipe:////./pipe/docker_engine" if os.name == "nt" else "unix:///var/run/docker.sock"
PATIENCE = 60  # seconds for one answer; removing a container on a loaded machine takes some of them
INSTALL = "pip install 'pgassay[docker]'"
_VARIABLES = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Engine:
    """One engine, known by what its client reads in the environment.

    Attributes:
        variables: `DOCKER_HOST`, and where there is TLS `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`.
    """

    variables: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where it listens, for people."""
        return hide_secrets(self.variables["DOCKER_HOST"], self.variables["DOCKER_HOST"])

    @property
    def client_options(self) -> dict[str, object]:
        """What `docker.from_env` is called with."""
        # The ssh program knows the user's keys and agents; docker's own client would ask on the terminal.
        ssh = {"use_ssh_client": True} if self.variables["DOCKER_HOST"].startswith("ssh://") else {}
        return {"environment": dict(self.variables), "timeout": PATIENCE, **ssh}

    @contextmanager
    def client(self) -> Iterator[docker.DockerClient]:
        """Give a client, and close it.

        Raises:
            ServerError: The Python package is missing, or the engine does not answer: which of its reasons, and what
                to do.
        """
        client = self._connect()
        try:
            yield client
        finally:
            client.close()

    def _connect(self) -> docker.DockerClient:
        _require_package()
        import docker
        from docker.errors import DockerException

        try:
            self._knock()
            return docker.from_env(**self.client_options)
        except (OSError, DockerException, ValueError) as error:  # ValueError: a port that is no number
            raise self._unusable(error) from None

    def _knock(self) -> None:
        """Try the socket first: docker's client would leave one open that leads nowhere, which Python warns of."""
        where = urlsplit(self.variables["DOCKER_HOST"])
        if where.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(PATIENCE)
                probe.connect(where.netloc + where.path)

    def _unusable(self, error: Exception) -> ServerError:
        cause = _system_error(error)
        if isinstance(cause, PermissionError):
            return ServerError(
                f"no permission to use the container engine at {self.place}",
                hint='join the group "docker" and log in again (sudo usermod -aG docker "$USER"), '
                "or run a rootless engine and name it in DOCKER_HOST",
            )
        said = (cause.strerror if cause is not None else None) or str(cause or error)
        return ServerError(
            f"no container engine answers at {self.place}: {hide_secrets(said, self.variables['DOCKER_HOST'])}",
            hint="start Docker, or name the engine that runs in DOCKER_HOST; or say --assay-server auto",
        )


def find_engine() -> Engine:
    """Return the engine that testcontainers would use: its properties file, DOCKER_HOST, docker's context, the default.

    Raises:
        ServerError: The Python package is missing, or the engine is on another machine.
    """
    _require_package()
    from testcontainers.core.docker_client import get_docker_host

    variables = {name: value for name in _VARIABLES if (value := os.environ.get(name))}
    engine = Engine({**variables, "DOCKER_HOST": get_docker_host() or DEFAULT})
    where = urlsplit(engine.variables["DOCKER_HOST"])
    if where.scheme not in {"unix", "npipe"} and where.hostname not in _LOOPBACK:
        raise ServerError(
            f"the container engine at {engine.place} is on another machine, and a scratch server's port is published "
            "on the loopback address alone",
            hint="name an engine of this machine in DOCKER_HOST, or a marked server (--assay-server URL)",
        )
    return engine


def may_be_there() -> bool:
    """Tell whether an engine could be had, without asking it or loading anything."""
    if find_spec("testcontainers") is None:
        return False
    named = any(os.environ.get(name) for name in ("DOCKER_HOST", "DOCKER_CONTEXT"))
    return named or Path(urlsplit(DEFAULT).path).exists() or _has_context()


def _has_context() -> bool:
    folder = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    try:
        return bool(json.loads(Path(folder, "config.json").read_bytes()).get("currentContext"))
    except (OSError, ValueError, AttributeError):
        return False


def _require_package() -> None:
    if find_spec("testcontainers") is None:
        raise ServerError(
            f"the Python package testcontainers, which starts containers, is not installed in {sys.prefix}",
            hint=INSTALL,
        )


def _system_error(error: BaseException | None) -> OSError | None:
    """Return what the operating system said, below all that the libraries have wrapped around it."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return next((e for e in reversed(seen) if isinstance(e, OSError) and e.errno is not None), None)
