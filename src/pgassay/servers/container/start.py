"""Start a scratch server in a container: settings of ours, data in memory, a port on the loopback address only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pgassay.conninfo import Conninfo, neutral_parameters
from pgassay.errors import ServerError, UsageError
from pgassay.servers.binaries import MAJORS
from pgassay.servers.container.image import LOOPBACK, PORT, Image, explanation
from pgassay.servers.container.record import Record, remove_left_overs
from pgassay.servers.local import Options
from pgassay.servers.server import CONNECT_TIMEOUT, Server, connect
from pgassay.servers.server_settings import initdb_options, server_settings

if TYPE_CHECKING:
    from pgassay.servers.container.postgres import ScratchContainer

START_PATIENCE = 90.0  # seconds; initdb runs inside, and the official images start a first server for their scripts
_POLL = 0.05  # seconds between two tries to connect
_LC_CTYPE = "C.UTF-8"  # every glibc since 2.35 and musl know it, and Debian's before

# The socket inside is for the entry point's own scripts.
_INITDB = ("--auth-local=trust", "--auth-host=scram-sha-256")
_ENDED = (
    "where a library is missing, look at assay_preload; where postgres is, at assay_image: an image made from the "
    "official one"
)
_UNREACHED = (
    f"the port is published on {LOOPBACK} alone: where this run is itself in a container, let it share the host's "
    "network, or name a marked server (--assay-server URL)"
)
_WHAT_ANSWERED = """
SELECT current_setting('cluster_name'),
       current_setting('server_version_num')::int / 10000,
       split_part(current_setting('server_version'), ' ', 1)
"""


def start_container(folder: Path, image: Image, *, mark: str, options: Options) -> Server:
    """Start a server in a container that outlives this process.

    Args:
        folder: A new directory of its own, in which the container is written down.
        image: What the container is made from.
        mark: `cluster_name`, by which a connection knows that it reached this server.
        options: What else is asked for; it listens on TCP, whatever they say.

    Raises:
        UsageError: Another major version is in the image than was asked for.
        ServerError: It did not come up; the last lines of its log are in the message.
    """
    from pgassay.servers.container.postgres import ScratchContainer

    with _refusals(image):
        remove_left_overs(image.engine)
    folder.mkdir(mode=0o700)
    name = f"pgassay-{mark}-{secrets.token_hex(3)}"
    Record(name, image.engine).write(folder)
    began = time.monotonic()
    password, command = secrets.token_urlsafe(18), _command(image, mark, options)
    with _refusals(image), closing(ScratchContainer(image, folder, name=name, password=password, command=command)) as c:
        c.with_env("POSTGRES_INITDB_ARGS", " ".join((*initdb_options(image, _LC_CTYPE), *_INITDB)))
        server = _Start(image, c, mark).run()
    Record(name, image.engine, server.conninfo.without_secrets().url).write(folder)
    return replace(server, description=f"{server.description}, up in {time.monotonic() - began:.2f} s")


def _command(image: Image, mark: str, options: Options) -> list[str]:
    settings = {
        **server_settings(image, options.preload),
        "listen_addresses": "*",  # inside; outside there is the one port
        "cluster_name": mark,
        **options.more,
    }
    return ["postgres", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]


@contextmanager
def _refusals(image: Image) -> Iterator[None]:
    """Say in our words what the engine refuses."""
    from docker.errors import DockerException
    from requests import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        raise ServerError(
            f'a container of the image "{image.name}" cannot be started: {explanation(error)}',
            hint="where postgres is not found: the image must be made from the official one, with postgres on its PATH",
        ) from None


@dataclass(frozen=True)
class _Start:
    image: Image
    container: ScratchContainer
    mark: str

    def run(self) -> Server:
        self.container.start()
        deadline = time.monotonic() + START_PATIENCE
        said = ""
        while time.monotonic() < deadline:
            try:
                return self._answering()
            except ServerError as error:
                said = error.message
            self._refuse_ended()
            time.sleep(_POLL)
        raise self._failed(f"did not answer a query within {START_PATIENCE:.0f} s ({said})", _UNREACHED)

    def _answering(self) -> Server:
        """Ask over TCP, as a test will: a line in the log may be that of the entry point's first server.

        Raises:
            ServerError: Nothing answers yet.
        """
        if not self.container.get_exposed_port(PORT):
            raise ServerError("no port is published")
        where = Conninfo(self.container.get_connection_url(host=LOOPBACK, driver=None))
        with closing(connect(where.with_(**neutral_parameters(), connect_timeout=str(CONNECT_TIMEOUT)))) as connection:
            row = connection.execute(_WHAT_ANSWERED).fetchone()
        assert row is not None  # a SELECT without FROM
        mark, major, version = row
        if mark != self.mark:
            raise ServerError(f'another server answers, with the cluster_name "{mark}"')
        self._refuse_unfit(major, version)
        return self._describe(where, major, version)

    def _refuse_unfit(self, major: int, version: str) -> None:
        wanted = self.image.wanted
        if wanted is not None and major != wanted:
            raise UsageError(
                f'PostgreSQL {wanted} was asked for, and the image "{self.image.name}" holds {version}',
                hint="leave --assay-pg out, or name another image with assay_image",
            )
        if major not in MAJORS:
            raise UsageError(
                f'the image "{self.image.name}" holds PostgreSQL {version}, which pgassay does not work with',
                hint=f"choose one of {', '.join(map(str, MAJORS))}",
            )

    def _refuse_ended(self) -> None:
        state = self.container.get_wrapped_container().attrs["State"]
        if state["Status"] not in {"created", "running"}:
            raise self._failed(f"ended while it was starting (exit code {state['ExitCode']})", _ENDED)

    def _failed(self, what: str, hint: str) -> ServerError:
        said = self.container.last_words() or "(its log is empty)"
        return ServerError(
            f'the container of the image "{self.image.name}" {what}; the last lines of its log:\n{said}',
            hint=hint,
        )

    def _describe(self, where: Conninfo, major: int, version: str) -> Server:
        return Server(
            conninfo=where,
            major=major,
            version=version,
            source=self.image.source,
            private=True,
            mark=self.mark,
            description=f"PostgreSQL {version} (docker, {self.image.name}), in memory",
        )
