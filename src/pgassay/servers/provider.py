"""Choose where a scratch server comes from, and start it when it is first needed.

No driver is imported here before one is started: that is done meanwhile (`Context.own_server`).
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, UsageError
from pgassay.servers.binaries import check_major
from pgassay.servers.choice import choose_options, choose_origin
from pgassay.servers.folders import MAIN_FOLDER
from pgassay.servers.local import Options, stop_server
from pgassay.servers.origin import Origin, start_from
from pgassay.servers.reaper import reap
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.servers.watchdog import ensure_watchdog
from pgassay.settings import Settings

MAIN = "main server"
"""The name under which the run's main server is computed once (`RunDirectory.once`)."""


def main_key(server: str | Conninfo, folder: str = MAIN_FOLDER) -> str:
    """Return the name under which a main server is computed once: each URL has its own.

    Args:
        server: What the settings say.
        folder: Where it stands in the run's directory: each major but the run's own has a server beside the main one.
    """
    main = MAIN if folder == MAIN_FOLDER else f"{MAIN} in {folder}"
    return f"{main} {server.redacted}" if isinstance(server, Conninfo) else main


def folder_of(major: int) -> str:
    """Return where the main server of another major than the run's own stands."""
    return f"{MAIN_FOLDER}-{major}"


class Provider:
    """The scratch servers of one run, as the settings choose them.

    Args:
        settings: What was chosen.
        run: The run that they belong to.
        keep_key: Says what a kept server is made for (`assay_keep_server`); another key, another server.
        folder: Where the main server stands in the run's directory.
    """

    def __init__(
        self,
        settings: Settings,
        run: RunDirectory,
        *,
        keep_key: Callable[[], str] = str,
        folder: str = MAIN_FOLDER,
    ) -> None:
        self._settings = settings
        self._run = run
        self._keep_key = keep_key
        self._folder = folder

    @property
    def pg(self) -> int | None:
        """The major version that was asked for, or None."""
        return self._settings.pg

    def server(self) -> Server:
        """Return the run's main server, started by whoever needs it first.

        Raises:
            UsageError: The choice or the major means nothing.
            ServerError: No server could be had.
        """
        server = self._run.once(main_key(self._settings.server, self._folder), self._begin)
        if not isinstance(self._settings.server, Conninfo):
            return server
        # The file in the run's directory holds no password of a server that is not ours; the settings do.
        return dataclasses.replace(server, conninfo=self._settings.server.with_(**server.conninfo.parameters))

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
        server = start_in_run(self._run, folder, self.origin, options=choose_options(self._settings))
        try:
            yield server
        finally:
            stop_server(self._run.path / folder)

    def _begin(self) -> Server:
        options = choose_options(self._settings)
        if isinstance(self._settings.server, Conninfo):
            server = self._at_url(self._settings.server)
        elif self._settings.keep_server:
            from pgassay.servers.kept import kept_server

            key = f"{self._settings.root} {self._keep_key()}"
            server = kept_server(self.origin, options, kind="kept", key=key, run=self._run)
        else:
            reap()
            return start_in_run(self._run, self._folder, self.origin, options=options)
        from pgassay.servers.left_overs import drop_left_overs

        server = dataclasses.replace(server, run=str(self._run.path))
        drop_left_overs(server)
        return server if server.private else dataclasses.replace(server, conninfo=server.conninfo.without_secrets())

    def _at_url(self, conninfo: Conninfo) -> Server:
        from pgassay.servers.mark import refuse_twice, require_scratch

        check_major(self._settings.pg)
        reap()
        refuse_twice(self._settings.servers)
        if self._settings.db_url is not None:  # whichever worker would get it, a target's server is named
            for other in self._settings.servers:
                require_scratch(other, self._settings.db_urls)
        server = require_scratch(conninfo, self._settings.db_urls)
        if self._settings.pg not in {None, server.major}:
            raise UsageError(
                f"PostgreSQL {self._settings.pg} was asked for, and {conninfo.redacted} is {server.version}",
                hint="leave --assay-pg out, or name another server",
            )
        return server

    @cached_property
    def origin(self) -> Origin:
        """What servers of ours are started from; an embedded PostgreSQL or an image is fetched when it is needed.

        Raises:
            UsageError: The choice or the major means nothing.
            ServerError: No PostgreSQL could be had; the message lists where was looked.
        """
        return choose_origin(self._settings)


def adopt(server: Server, run: RunDirectory) -> Server:
    """Take up a server that somebody brought along: drop what dead runs left there, and write down what this one makes.

    Args:
        server: A server of ours is returned as it is: it goes with its run, or knows which it is.
        run: The run that takes it up.
    """
    if server.private or server.run:
        return server
    from pgassay.servers.left_overs import drop_left_overs

    adopted = dataclasses.replace(server, run=str(run.path))
    run.once(f"left over on {server.mark}", lambda: drop_left_overs(adopted))
    return adopted


def start_in_run(run: RunDirectory, name: str, origin: Origin, *, options: Options | None = None) -> Server:
    """Start a server that lives as long as a run.

    Args:
        run: The run; its watchdog is started along.
        name: The folder in the run's directory; short, it is part of the socket's path.
        origin: What to start it from.
        options: What else is asked for.
    """
    ensure_watchdog(run)
    with run.starting():
        stop_server(run.path / name)  # who began to start it may have been killed
        return start_from(run.path / name, origin, mark=f"{run.name}-{name}", options=options)
