"""testcontainers' PostgresContainer, without what belongs to a session of testcontainers.

Imported when a container is started.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from testcontainers.community.postgres import PostgresContainer

from pgassay.servers.container.image import LOOPBACK, PORT, Image, same_environment
from pgassay.servers.container.record import labels

SHARED_MEMORY = "256m"  # for parallel queries; 64 MB is an engine's default


class ScratchContainer(PostgresContainer):
    """A container whose end is our business alone.

    testcontainers would start a second one that removes what carries the session's label, Ryuk: its image need not be
    there, and it would remove a server that is kept between runs. It would publish the port on every address, and wait
    with a psql inside, which the image need not have.

    Args:
        image: What it is made from.
        folder: The server's directory on this machine.
        name: The container's name.
        password: The superuser's.
        command: What runs in it.
    """

    def __init__(self, image: Image, folder: Path, *, name: str, password: str, command: list[str]) -> None:
        with same_environment():
            super().__init__(
                image.id,
                username="postgres",
                password=password,
                dbname="postgres",
                driver=None,
                docker_client_kw=image.engine.client_options,
                name=name,
            )
        self.image = image.id  # without the prefix that testcontainers puts before names
        self.with_command(command)
        self.with_kwargs(labels=labels(folder), shm_size=SHARED_MEMORY)
        for path, options in image.in_memory.items():
            self.with_tmpfs_mount(path, options)

    def start(self) -> Self:
        """Make and start the container; whether PostgreSQL is ready is not waited for."""
        self._configure()
        self._container = self.get_docker_client().client.containers.create(
            self.image,
            command=self._command,
            environment=self.env,
            name=self._name,
            ports={f"{PORT}/tcp": (LOOPBACK, None)},
            tmpfs=self.tmpfs,
            **self._kwargs,
        )
        self._container.start()
        return self

    def get_exposed_port(self, port: int) -> int:
        """Return the port of the loopback address that leads to one of the container's; 0 while there is none."""
        container = self.get_wrapped_container()
        container.reload()
        published = (container.attrs["NetworkSettings"]["Ports"] or {}).get(f"{port}/tcp") or [{"HostPort": 0}]
        return int(published[0]["HostPort"])

    def last_words(self, lines: int = 12) -> str:
        """Return the last lines of the log, without the password."""
        said: bytes = self.get_wrapped_container().logs(tail=lines)
        return said.decode(errors="replace").replace(self.password, "***").strip()

    def close(self) -> None:
        """Close the connection to the engine; the container goes on."""
        self.get_docker_client().client.close()
