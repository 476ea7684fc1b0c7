"""A network that fails on demand: a proxy in front of a server, and a listener that says nothing."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pgassay.conninfo import Conninfo


class Proxy:
    """Hands everything on between clients on TCP and a server's socket, until it is told not to.

    Args:
        conninfo: A database of a server that listens on a socket.
    """

    def __init__(self, conninfo: Conninfo) -> None:
        self._target = f"{conninfo.get('host')}/.s.PGSQL.{conninfo.get('port')}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flows = threading.Event()
        self._flows.set()
        self._lines: list[socket.socket] = []
        self._more = -1
        self.url = conninfo.with_(host="127.0.0.1", port=self._listener.getsockname()[1], sslmode="disable")
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def stall(self) -> None:
        """Hand nothing on any more; connections stay open, and new ones are accepted."""
        self._flows.clear()

    def hold_after(self, count: int) -> None:
        """Let so many more connections through; those that come then wait for `resume`."""
        self._more = count

    def resume(self) -> None:
        """Hand on again, first what was held back."""
        self._flows.set()

    def cut(self) -> None:
        """End all connections; new ones are accepted."""
        lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):  # it is closed already
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything."""
        self._listener.shutdown(socket.SHUT_RDWR)  # close() alone would not wake who accepts
        self._flows.set()
        self._accepting.join()
        self.cut()

    def _accept(self) -> None:
        with self._listener, suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                self._lines.append(client)
                if self._more == 0:
                    self.stall()
                self._more -= 1
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            self._flows.wait()
            server.connect(self._target)
            while True:
                for source in select.select([client, server], [], [])[0]:
                    data = source.recv(65536)
                    self._flows.wait()
                    if not data:
                        return
                    (server if source is client else client).sendall(data)


@contextmanager
def silence() -> Iterator[Conninfo]:
    """Give the address of something that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Conninfo.of(host="127.0.0.1", port=listener.getsockname()[1], user="me", password="s3cret", dbname="d")
