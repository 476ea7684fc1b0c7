"""Our own starter: a server from a cached data directory, up in a fraction of a second, detached from us."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError
from pgassay.servers.binaries import Binaries
from pgassay.servers.container.record import read_record
from pgassay.servers.datadir import fill_data_directory
from pgassay.servers.environment import without_libpq
from pgassay.servers.folders import stop_server_in
from pgassay.servers.places import in_memory
from pgassay.servers.process import POLL, postmaster_lines, remove_tree, start_detached, tail
from pgassay.servers.reachable import reachable
from pgassay.servers.server import Server
from pgassay.servers.server_settings import as_configuration, server_settings
from pgassay.servers.unprivileged import Manner, manner

START_PATIENCE = 30.0  # seconds
SUPERUSER = "postgres"
MAINTENANCE = "postgres"
SOCKET_PORT = 5432  # in a private directory every number is free
_PORT_ATTEMPTS = 5

_TRUST = "local all all trust\nlocal replication all trust\n"
_SCRAM = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a server of ours may be asked for.

    Attributes:
        listen: `socket` or `tcp` (loopback, with a password).
        preload: `shared_preload_libraries`; None: pg_stat_statements where its library exists.
        more: Settings on top of ours.
    """

    listen: str = "socket"
    preload: tuple[str, ...] | None = None
    more: dict[str, str] = field(default_factory=dict)


def start_server(
    folder: Path, binaries: Binaries, *, mark: str, options: Options | None = None, how: Manner | None = None
) -> Server:
    """Start a server that outlives this process.

    Args:
        folder: A new directory of its own; data, socket and log go into it.
        binaries: The PostgreSQL to start.
        mark: `cluster_name`, by which a connection knows that it reached this server.
        options: What else is asked for.
        how: The manner of running it; default: what this machine allows.

    Raises:
        ServerError: It did not come up, and nothing of it is left; the last lines of its log are in the message.
    """
    how = how or manner()
    try:
        return _Start(folder, reachable(binaries, how), mark, options or Options(), how).run()
    except BaseException:
        stop_server(folder)
        raise


@dataclass(frozen=True)
class _Start:
    folder: Path
    binaries: Binaries
    mark: str
    options: Options
    how: Manner

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def run(self) -> Server:
        began = time.monotonic()
        self.folder.mkdir(mode=0o700)
        self.how.open_way(self.folder)
        fill_data_directory(self.data, self.binaries, self.how)
        conninfo = self._start_on_tcp() if self.options.listen == "tcp" else self._start_on_socket()
        return self._describe(conninfo, time.monotonic() - began)

    def _start_on_socket(self) -> Conninfo:
        self._configure({"listen_addresses": "", "unix_socket_directories": str(self.folder)}, hba=_TRUST)
        self._launch()
        return Conninfo.of(host=str(self.folder), port=SOCKET_PORT, user=SUPERUSER, dbname=MAINTENANCE)

    def _start_on_tcp(self) -> Conninfo:
        """Start on a free port; another process may take it between the look and the start, so try again."""
        password = secrets.token_urlsafe(18)
        self._configure({"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}, hba=_SCRAM)
        self._set_password(password)
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            port = free_port()
            try:
                self._launch("-p", str(port))
            except ServerError:
                if attempt == _PORT_ATTEMPTS or "could not bind" not in tail(self.log, 50):
                    raise
                continue
            return Conninfo.of(host="127.0.0.1", port=port, user=SUPERUSER, password=password, dbname=MAINTENANCE)
        raise AssertionError

    def _configure(self, where: dict[str, str], *, hba: str) -> None:
        settings = {
            **server_settings(self.binaries, self.options.preload),
            **where,
            "cluster_name": self.mark,
            **self.options.more,
        }
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\n{as_configuration(settings)}")
        (self.data / "pg_hba.conf").write_text(hba, encoding="utf-8")
        self.how.give(self.folder)

    def _set_password(self, password: str) -> None:
        """Give the superuser its password before anybody can connect; single-user mode reads it from its input."""
        command = [*self.how.prefix, str(self.binaries.program("postgres")), "--single", "-j", "-D", str(self.data)]
        done = subprocess.run(
            [*command, MAINTENANCE],
            input=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n\n".encode(),
            capture_output=True,
            env=without_libpq(),
            cwd="/",
            check=False,
            timeout=START_PATIENCE,
            **self.how.popen,
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").replace(password, "***").strip()
            raise ServerError(f"cannot set the superuser's password on a new scratch server: {said}")

    def _launch(self, *arguments: str) -> None:
        command = [*self.how.prefix, str(self.binaries.program("postgres")), "-D", str(self.data)]
        with self.log.open("ab") as output:
            child = start_detached([*command, *arguments], output=output, env=without_libpq(), **self.how.popen)
        try:
            self._wait(child)
        except BaseException:  # Ctrl-C too: it is not in postmaster.pid yet, so nobody else would find it
            child.kill()
            child.wait()
            raise

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            if is_ready(self.data):
                return
            if child.poll() is not None:
                raise self._failed("ended while it was starting")
            time.sleep(POLL)
        raise self._failed(f"was not ready after {START_PATIENCE:.0f} s")

    def _failed(self, what: str) -> ServerError:
        binaries = self.binaries
        said = tail(self.log) or "(its log is empty)"
        return ServerError(
            f"PostgreSQL {binaries.version} from {binaries.bindir} {what}; the last lines of its log:\n{said}",
            hint="where a library is missing, look at assay_preload; where memory is, at the limits of this machine",
        )

    def _describe(self, conninfo: Conninfo, seconds: float) -> Server:
        medium = "in memory" if in_memory(self.folder) else "on disk"
        return Server(
            conninfo=conninfo,
            major=self.binaries.major,
            version=self.binaries.version,
            source=self.binaries.source,
            private=True,
            mark=self.mark,
            description=f"PostgreSQL {self.binaries.version} ({self.binaries.source}), {medium}, "
            f"{self.how.name}, up in {seconds:.2f} s",
        )


def is_ready(data: Path) -> bool:
    """Tell whether the server of a data directory takes connections: line 8 of postmaster.pid, since PostgreSQL 10."""
    lines = postmaster_lines(data)
    return len(lines) >= 8 and lines[7].strip() == "ready"


def where_it_listens(folder: Path) -> str:
    """Say how the server of a directory is reached: lines 4 to 6 of postmaster.pid are port, socket and address."""
    if (record := read_record(folder)) is not None:
        return f"{record.url or 'it is starting'}  (container {record.name})"
    lines = postmaster_lines(folder / "data")
    if len(lines) < 6:
        return "it does not run"
    socket_folder, address = lines[4].strip(), lines[5].strip()
    where = Conninfo.of(host=socket_folder or address, port=lines[3].strip(), user=SUPERUSER, dbname=MAINTENANCE)
    return where.url


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop_server(folder: Path) -> None:
    """Stop the server of a directory, wherever it runs, and remove the directory.

    Raises:
        ServerError: Its container cannot be removed.
    """
    stop_server_in(folder)
    remove_tree(folder)
