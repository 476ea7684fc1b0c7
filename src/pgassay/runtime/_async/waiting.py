"""What waits in asyncio in another way than in threads. Written by hand, as is its twin in `_sync`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
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


def current() -> object:
    """Return what runs at this moment, for naming it later."""
    return asyncio.current_task()


def name_of(runner: object) -> str:
    """Return the name of a task, for people."""
    return f"task {runner.get_name()}" if isinstance(runner, asyncio.Task) else "a callback"


def name_of_who() -> str:
    """Return the name of what runs at this moment, for people."""
    return name_of(current())


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


class Pool(AsyncConnectionPool[AsyncConnection[Any]]):
    """A pool whose workers end when they are cancelled.

    psycopg_pool's (3.2, 3.3) take a cancellation in the midst of connecting for a failure to connect, and go on: the
    end of `asyncio.run` would wait for them for ever.
    """

    @classmethod
    async def worker(cls, q: Any) -> None:
        """Do what is in the queue until told to stop, or cancelled."""
        await super().worker(_UntilCancelled(q))  # type: ignore[arg-type] # get() is all that it calls


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


async def give_back(pool: Pool, connection: AsyncConnection[Any]) -> None:
    """Return a connection, also where the task is cancelled meanwhile: it would be lost to the pool for ever.

    A task can only be cancelled where it waits. An idle connection is returned without waiting, unless the pool's lock
    is held, or somebody waits for a connection, whose own lock may be held then (psycopg_pool 3.2 and 3.3). The general
    way costs a task and a turn of the loop.
    """
    lock: asyncio.Lock | None = getattr(pool, "_lock", None)
    idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
    if idle and lock is not None and not (lock.locked() or pool.closed or getattr(pool, "_waiting", True)):
        await pool.putconn(connection)
    else:
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
