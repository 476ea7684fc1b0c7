"""Something that blocks, called without blocking the event loop: in a thread of its own, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class StillRunningError(Exception):
    """Report that what was called before has not returned yet."""


class OneThread:
    """Calls functions in a daemon thread, never two at once.

    `asyncio.to_thread` would take threads of the application's own executor, of which checks that hang would leave
    none, and Python waits for those threads at its end.

    Args:
        name: The thread's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._busy = False

    async def call(self, function: Callable[[], T]) -> T:
        """Return what a function returns; when cancelled, leave its thread to itself.

        Raises:
            StillRunningError: The last call was cancelled, and its function has not returned yet.
        """
        if self._busy:
            raise StillRunningError(f"{self._name} has not returned yet")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            tell = _outcome(function, future)
            self._busy = False  # before anybody is told, who may call again while this thread is still ending
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody wants to know
                loop.call_soon_threadsafe(tell)

        self._busy = True
        try:
            Thread(target=run, name=self._name, daemon=True).start()
        except RuntimeError:  # the limit of threads is reached
            self._busy = False
            raise
        return await future


def _outcome(function: Callable[[], T], future: asyncio.Future[T]) -> Callable[[], None]:
    """Call the function, and return what tells the future, in its own loop, how that ended."""
    try:
        result = function()
    except Exception as error:
        failure = error
        return lambda: None if future.done() else future.set_exception(failure)
    return lambda: None if future.done() else future.set_result(result)
