"""The image that a container is made from: there, or pulled; and what it says about itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pgassay.errors import ServerError
from pgassay.servers.binaries import MAJORS, check_major
from pgassay.servers.container.engine import Engine, find_engine
from pgassay.servers.embedded import is_offline
from pgassay.settings import Settings

if TYPE_CHECKING:
    import docker

PORT = 5432  # inside every container
LOOPBACK = "127.0.0.1"  # outside, the one address on which it is published
_PGDATA = "/var/lib/postgresql/data"  # where the official images before 18 have it, and what else is made from them


@dataclass(frozen=True)
class Image:
    """An image that is on this machine.

    Attributes:
        name: As it was asked for, such as `postgres:18`.
        id: The hash of all that is in it: two images of one name are two servers.
        engine: Where it is.
        wanted: The major version that was asked for, or None.
        variables: The environment that it brings.
        volumes: The directories that it declares as volumes.
    """

    name: str
    id: str
    engine: Engine
    wanted: int | None = None
    variables: dict[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    source: str = "docker"

    @property
    def major(self) -> int | None:
        """The major version that is expected in it; which one it is, the server itself says."""
        said = self.variables.get("PG_MAJOR", "")
        return int(said) if said.isdecimal() else self.wanted

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from every other PostgreSQL, down to the extensions that are installed."""
        return ("docker", self.id)

    @property
    def libraries(self) -> frozenset[str]:
        """The loadable libraries that are there: contrib, in the official images and in what is made from them."""
        return frozenset({"pg_stat_statements"})

    @property
    def in_memory(self) -> dict[str, str]:
        """Where a tmpfs is mounted: over what holds the data.

        Up to 17 the official image's volume is the data directory itself; with 18 it is /var/lib/postgresql, and the
        data directory 18/docker in it. A volume that is not covered would be one on disk.
        """
        data = self.variables.get("PGDATA") or _PGDATA
        holds_it = any(f"{data}/".startswith(f"{volume.rstrip('/')}/") for volume in self.volumes)
        return dict.fromkeys((*self.volumes, *(() if holds_it else (data,))), "")


def image_name(settings: Settings) -> str:
    """Return which image is asked for: `assay_image`, else the official one of `assay_pg`, else of the newest major."""
    return settings.image or f"postgres:{settings.pg or MAJORS[-1]}"


def ensure_image(settings: Settings) -> Image:
    """Return the image that servers are made from, pulled when it is not on this machine yet.

    Raises:
        UsageError: The major is none of 14 to 18.
        ServerError: There is no engine, no permission, or no image; the message says which, and what to do.
    """
    check_major(settings.pg)
    engine = find_engine()
    from testcontainers.core.config import testcontainers_config

    name = testcontainers_config.hub_image_name_prefix + image_name(settings)
    with engine.client() as client:
        found = _look_for(client, name) or _pulled(engine, client, name)
    config = found.attrs.get("Config") or {}
    pairs = (entry.partition("=") for entry in config.get("Env") or ())
    return Image(
        name=name,
        id=str(found.id),
        engine=engine,
        wanted=settings.pg,
        variables={key: value for key, _, value in pairs},
        volumes=tuple(sorted(config.get("Volumes") or ())),
    )


def _look_for(client: docker.DockerClient, name: str) -> Any:
    """Return docker's image of a name, or None."""
    from docker.errors import APIError, ImageNotFound

    try:
        return client.images.get(name)
    except ImageNotFound:
        return None
    except APIError as error:
        raise ServerError(
            f'the container engine does not take "{name}" for an image: {explanation(error)}',
            hint="look at assay_image: postgres:18, or registry/name:tag",
        ) from None


def _pulled(engine: Engine, client: docker.DockerClient, name: str) -> Any:
    """Pull an image as testcontainers does, with its login where DOCKER_AUTH_CONFIG holds one."""
    from docker.errors import DockerException
    from requests import RequestException
    from testcontainers.core.docker_client import DockerClient

    if is_offline():
        raise _no_image(name, "PGASSAY_OFFLINE forbids to pull it")
    try:
        with same_environment():
            puller = DockerClient(**engine.client_options)
        try:
            puller.client.images.pull(name)
        finally:
            puller.client.close()
    except (DockerException, RequestException) as error:
        raise _no_image(name, f"pulling it failed: {explanation(error)}") from None
    return _look_for(client, name)


def _no_image(name: str, why: str) -> ServerError:
    return ServerError(
        f'the image "{name}" is not on this machine, and {why}',
        hint=f'see what "docker pull {name}" says, or build it (docker build -t {name} ...), '
        "or name one that is there with assay_image (docker images lists them)",
    )


def explanation(error: Exception) -> str:
    """Return what the engine said, without the request that it answers."""
    return str(getattr(error, "explanation", None) or error).strip()


@contextmanager
def same_environment() -> Iterator[None]:
    """Take back that testcontainers sets DOCKER_HOST for the whole process, where docker's context names an engine."""
    before = os.environ.get("DOCKER_HOST")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("DOCKER_HOST", None)
        else:
            os.environ["DOCKER_HOST"] = before
