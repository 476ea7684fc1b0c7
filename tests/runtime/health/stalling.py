"""A way to a server that can be made to swallow everything, as a firewall does that has forgotten a connection."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from pgassay.conninfo import Conninfo
from pgassay.servers.server import Server


class StallingProxy:
    """Listens on loopback and forwards to a server's socket, until it stalls: then nothing comes through any more.

    Args:
        server: Where it leads to.
        greeted: Stall by itself, as soon as a session is ready for its first query.
    """

    def __init__(self, server: Server, *, greeted: bool = False) -> None:
        self._target = f"{server.conninfo.get('host')}/.s.PGSQL.{server.conninfo.get('port')}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._stalled = False
        self._greeted = greeted
        self._closed = False

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def to(self, database: Conninfo) -> Conninfo:
        """Return the way to a database that leads through here."""
        return Conninfo(f"postgresql://postgres:s3cret@127.0.0.1:{self.port}/{database.get('dbname')}")

    def stall(self) -> None:
        """Swallow everything from now on; connections stay open, and new ones are accepted."""
        self._stalled = True

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody."""
        self._closed = True
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._ends += [client, server]
                server.connect(self._target)
                if self._closed:  # while this one was let in
                    return self.close()
                Thread(target=self._pump, args=(client, server), daemon=True).start()
                Thread(target=self._pump, args=(server, client), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self._stalled:
                    sink.sendall(data)
                # ReadyForQuery ends what a server says when somebody has connected.
                self._stalled = self._stalled or (self._greeted and data.endswith(b"Z\0\0\0\5I"))
            sink.shutdown(socket.SHUT_RDWR)
