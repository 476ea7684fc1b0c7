"""The health application served alone, by uvicorn."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from pgassay.errors import UsageError
from pgassay.runtime.health.app import PATH, health_app, missing
from pgassay.runtime.health.health import Health

if TYPE_CHECKING:
    import uvicorn

HOST, PORT = "127.0.0.1", 8001
_PATIENCE = 5  # seconds for the requests in progress at the end


def serve(
    health: Health,
    *,
    host: str = HOST,
    port: int = PORT,
    drain: float = 0.0,
    on_start: Callable[[str], object] = lambda _: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    At SIGTERM every answer becomes 503 `shutting_down`; after `drain` seconds, in which load balancers may notice, it
    stops to listen. A second SIGTERM ends that time.

    In another thread than the main one no signal is heard, and it serves for ever.

    Args:
        health: What is answered.
        host: The address to listen on.
        port: The port; 0: any that is free.
        drain: Seconds to go on answering after SIGTERM.
        on_start: Called with the URL, when it listens.

    Raises:
        UsageError: uvicorn or Starlette is not installed, or the address cannot be listened on.
        KeyboardInterrupt: It was ended by Ctrl-C.
    """
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise missing(error) from None
    config = uvicorn.Config(
        health_app(health),
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    with _listening(host, port) as listener:
        on_start(_url(listener))
        ending = _Ending(health, drain)
        _server(config, ending).run(sockets=[listener])
    if ending.interrupted:
        raise KeyboardInterrupt


class _Ending:
    """When to stop, decided by the signals that came."""

    def __init__(self, health: Health, drain: float) -> None:
        self._health = health
        self._drain = drain
        self._at: float | None = None
        self.interrupted = False

    def hear(self, number: int, _frame: object) -> None:
        """Take a signal: SIGTERM begins the end, everything else and a second one is the end."""
        self.interrupted = self.interrupted or number == signal.SIGINT
        at_once = self.interrupted or self._at is not None
        self._at = monotonic() + (0 if at_once else self._drain)
        self._health.shut_down()

    @property
    def due(self) -> bool:
        """Whether it is time to stop."""
        return self._at is not None and monotonic() >= self._at


def _server(config: uvicorn.Config, ending: _Ending) -> uvicorn.Server:
    """Return a server that leaves signals to `ending`: uvicorn's own stops to listen at once, and then dies of them."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            if current_thread() is not main_thread():  # where Python lets nobody listen to signals
                yield
                return
            before: dict[int, Any] = {
                number: signal.signal(number, ending.hear) for number in (signal.SIGINT, signal.SIGTERM)
            }
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

        async def on_tick(self, counter: int) -> bool:
            """Asked ten times a second."""
            self.should_exit = self.should_exit or ending.due
            return await super().on_tick(counter)

    return Server(config)


def _listening(host: str, port: int) -> socket.socket:
    """Listen before anything else is done: uvicorn would end the process where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        why = (error.strerror or "").partition(" (while")[0]
        raise UsageError(f"cannot listen on {host}, port {port}: {why}", hint="choose another host or port") from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"
