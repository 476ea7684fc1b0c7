"""What waits in asyncio in another way than in threads. Written by hand, as is its twin in `_sync`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from pgassay.errors import UsageError

T = TypeVar("T")
Result: TypeAlias = Awaitable[T]
"""What a function gives back that is awaited."""

Lock = asyncio.Lock
sleep = asyncio.sleep


def who() -> object:
    """Return what runs at this moment, for telling one from another."""
    return asyncio.current_task()


def name_of_who() -> str:
    """Return the name of what runs at this moment, for people."""
    task = asyncio.current_task()
    return f"task {task.get_name()}" if task else "a callback"


def where() -> object:
    """Return what a pool is bound to: the event loop.

    Raises:
        UsageError: No event loop of asyncio runs here; psycopg works with no other.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "an AsyncDatabase is used where no event loop of asyncio runs",
            hint='use it under asyncio.run(), with anyio on its backend "asyncio"; or take Database',
        ) from None


def is_over(place: object) -> bool:
    """Tell whether what a pool is bound to has ended."""
    return isinstance(place, asyncio.AbstractEventLoop) and place.is_closed()


async def protect(work: Callable[[], Awaitable[T]]) -> T:
    """Do what must not be left half done: it goes on to its end also where this task is cancelled meanwhile."""
    return await asyncio.shield(asyncio.ensure_future(work()))


class Pool(AsyncConnectionPool[Any]):
    """A pool whose workers end with their event loop."""

    @classmethod
    async def worker(cls, q: Any) -> None:
        """Work, until cancelled also in the midst of connecting.

        psycopg_pool 3.3.3 swallows a cancellation there and goes on to wait for orders: `asyncio.run()`, which cancels
        every task once and waits for all of them, would never return.
        """
        await super().worker(_UntilCancelled(q))  # type: ignore[arg-type]


class _UntilCancelled:
    def __init__(self, queue: asyncio.Queue[Any]) -> None:
        self._queue = queue

    async def get(self) -> Any:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        return await self._queue.get()


class Interruptible(AsyncConnection[Any]):
    """A connection whose query ends on the server when its task is cancelled, in whatever manner."""

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:
        """Ask the server to end a query, and let nothing come between: without the request it would run on unheard.

        anyio cancels a task at every await until it leaves its scope, and psycopg awaits the request in the cancelled
        task (3.3.9).
        """
        asking = asyncio.ensure_future(super().cancel_safe(timeout=timeout))
        interruption = None
        while not asking.done():
            try:
                await asyncio.wait({asking})
            except asyncio.CancelledError as error:
                interruption = error
        if interruption is not None and asking.exception() is None:
            raise interruption
        return asking.result()


async def give_back(pool: AsyncConnectionPool[Any], connection: AsyncConnection[Any]) -> None:
    """Return a connection, also where the task is cancelled meanwhile: it would be lost to the pool for ever."""
    await protect(lambda: pool.putconn(connection))


@contextmanager
def after(seconds: float, call: Callable[[], object]) -> Iterator[None]:
    """Call something unless the block has ended by then."""
    timer = asyncio.get_running_loop().call_later(seconds, call)
    try:
        yield
    finally:
        timer.cancel()


async def iterate(items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    """Yield what an iterable gives, be it an asynchronous one or not."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
