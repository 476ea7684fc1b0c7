"""Databases of failed tests that outlive their run: which ones, how they are reached, the server that stays for them.

A run's own server stays by making its directory another kind of place before the run is let go, so that watchdog and
reaper leave it for an hour. On a server that outlives its runs the registry says that a database stays.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pgassay.errors import ServerError
from pgassay.servers.databases import drop_database
from pgassay.servers.folders import MAIN_FOLDER, is_running, server_folders
from pgassay.servers.kept import read_kept
from pgassay.servers.local import stop_server
from pgassay.servers.places import write_whole
from pgassay.servers.reaper import places
from pgassay.servers.registry import keep, kept_before
from pgassay.servers.rundir import FAILED, USERS, RunDirectory, write_marker
from pgassay.servers.server import Server

_LIST = "kept.json"  # in the run's directory
_PROJECT = "project"
_PASSFILE = "pgpass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How somebody reaches a database after its test, and ends that.

    Attributes:
        url: Without a password; a server of ours that asks for one finds it in the file that the URL names.
        stop: How what stays is removed, in words.
    """

    url: str
    stop: str

    @property
    def psql(self) -> str:
        """A command line."""
        return f"psql {shlex.quote(self.url)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDatabase:
    """A failed test's database that outlives its run.

    Attributes:
        test: The test's id.
        failed: When it failed, as `time.time()` gives it.
        name: The database's.
        url: How it is reached, without a password.
        stop: How it is removed, in words.
        own: Whether its server is the run's own, and has to stay for it.
    """

    test: str
    failed: float
    name: str
    url: str
    stop: str
    own: bool

    @property
    def way(self) -> Way:
        """How it is reached."""
        return Way(url=self.url, stop=self.stop)


def keep_database(
    run: RunDirectory, server: Server, name: str, *, test: str, failed: float, most: int, project: Path
) -> None:
    """Let a database outlive its run, together with those of the run's other last failed tests; drop older ones.

    Args:
        run: The run.
        server: Where the database is.
        name: The database, handed back and not dropped.
        test: The id of the test that failed.
        failed: When, as `time.time()` gives it.
        most: How many tests' databases are kept.
        project: The project's directory.

    Raises:
        ServerError: The server cannot be reached, or refuses to drop an older one.
    """
    own = is_own(server)
    server = server if own else replace(server, run=str(run.path))  # what is registered is dropped by its registration
    way = way_to(server, name, run)
    mine = KeptDatabase(test=test, failed=failed, name=name, url=way.url, stop=way.stop, own=own)
    with run.lock("kept"):
        before = kept_databases(run.path)
        if not own:
            _register(server, name, project, first=not before)
        staying = _of_last_tests([*before, mine], most)
        write_whole(run.path / _LIST, json.dumps([asdict(kept) for kept in staying]).encode())
        for name_ in {kept.name for kept in [*before, mine]} - {kept.name for kept in staying}:
            drop_database(server, name_)


def kept_databases(path: Path) -> list[KeptDatabase]:
    """Return what is kept of the run in a directory, the test that failed first in front."""
    with suppress(FileNotFoundError):
        found = [KeptDatabase(**facts) for facts in json.loads((path / _LIST).read_bytes())]
        return sorted(found, key=lambda kept: kept.failed)
    return []


def way_to(server: Server, name: str, run: RunDirectory) -> Way:
    """Return how a database is reached that is kept: as the server's own role, who sees everything."""
    home = run.path if is_own(server) else _home_of(server)
    conninfo = server.at(name).without_secrets()
    if home is not None and server.conninfo.get("password"):
        conninfo = conninfo.with_(passfile=str(_passfile(server, home)))
    late = "an hour, or the next run of this project that keeps one"
    stop = f"pgassay server stop {home.name}; else it is gone after {late}" if home else f"it is dropped after {late}"
    return Way(url=conninfo.portable.url, stop=stop)


def is_own(server: Server) -> bool:
    """Tell whether a server is its run's own, and goes with it."""
    return server.private and not server.run


def outlive(run: RunDirectory, project: Path) -> bool:
    """End a run for which databases were kept: its main server stays, and what an earlier run has left so is stopped.

    Args:
        run: The run, owned by this process.
        project: The project's directory.

    Returns:
        Whether there is something to stay for; if not, the run is still to be stopped.
    """
    if not any(kept.own for kept in kept_databases(run.path)) or not is_running(run.path / MAIN_FOLDER):
        return False
    with suppress(ServerError):  # a container whose engine has gone
        _stop_all(folder for folder in server_folders(run.path) if folder.name != MAIN_FOLDER)
    _stop_earlier(project)
    write_whole(run.path / _PROJECT, str(project).encode(errors="surrogateescape"))
    (run.path / USERS).mkdir(mode=0o700, exist_ok=True)
    write_marker(run.path, kind=FAILED)  # before the run is let go: the watchdog then looks at it
    run.let_go()
    return True


def _of_last_tests(databases: list[KeptDatabase], most: int) -> list[KeptDatabase]:
    when = {kept.test: kept.failed for kept in sorted(databases, key=lambda kept: kept.failed)}
    last = sorted(when, key=lambda test: when[test])[-most:]
    return [kept for kept in databases if kept.test in last]


def _register(server: Server, name: str, project: Path, *, first: bool) -> None:
    """Let the registry say that a database stays; the first one of a run takes the place of earlier runs' ones."""
    with server.connect() as connection:
        keep(connection, name, run=server.run, project=str(project))
        earlier = kept_before(connection, str(project)) if first else []
    for old in earlier:
        drop_database(server, old)


def _home_of(server: Server) -> Path | None:
    """Return the directory of a server of ours that outlives its runs; None: it is somebody else's."""
    if not server.private:
        return None
    homes = (place.path for place in places() if place.kind in {"kept", "started"})
    return next((path for path in homes if (found := read_kept(path)) and found.mark == server.mark), None)


def _passfile(server: Server, home: Path) -> Path:
    """Write the server's password where psql and its like find it: into a directory of this user alone."""
    get = server.conninfo.get
    fields = (get("host"), get("port"), "*", "*", get("password"))
    line = ":".join(field.replace("\\", "\\\\").replace(":", "\\:") for field in fields)
    write_whole(home / _PASSFILE, f"{line}\n".encode())
    return home / _PASSFILE


def _stop_earlier(project: Path) -> None:
    for place in places():
        if place.kind == FAILED and _project_of(place.path) == project:
            with suppress(ServerError):
                place.stop()


def _project_of(path: Path) -> Path | None:
    try:
        return Path((path / _PROJECT).read_bytes().decode(errors="surrogateescape"))
    except OSError:
        return None


def _stop_all(folders: Iterable[Path]) -> None:
    for folder in folders:
        stop_server(folder)
