"""Drive an `AsyncDatabase` from threads, as if it were a `Database`: one test then speaks of both.

Each thread that calls has one task of its own in the event loop: what belongs to a task belongs to a thread here.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from inspect import isawaitable
from types import TracebackType
from typing import Any, Self, TypeAlias

import psycopg

from pgassay.runtime import AsyncDatabase, AsyncTransaction

Orders: TypeAlias = "asyncio.Queue[tuple[Callable[[], Any], Future[Any]] | None]"
PATIENCE = 10.0  # seconds; who waits longer has met a deadlock
_DRIVEN = (AsyncTransaction, AbstractAsyncContextManager, AsyncIterator, psycopg.AsyncConnection, psycopg.AsyncCursor)


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.own = threading.local()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, call: Callable[[], Any]) -> Any:
        """Call something in the calling thread's task, and wait for what it gives."""
        if not hasattr(self.own, "orders"):
            self.own.orders = asyncio.Queue()
            asyncio.run_coroutine_threadsafe(_serve(self.own.orders, threading.current_thread().name), self.loop)
        done: Future[Any] = Future()
        self.loop.call_soon_threadsafe(self.own.orders.put_nowait, (call, done))
        return done.result(PATIENCE)

    def stop(self) -> None:
        """Cancel the tasks, and end the loop."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self.loop).result(PATIENCE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()


async def _serve(orders: Orders, name: str | None = None) -> None:
    if name and (task := asyncio.current_task()):
        task.set_name(name)
    while (order := await orders.get()) is not None:
        call, done = order
        try:
            result = call()
            done.set_result(await result if isawaitable(result) else result)
        except BaseException as error:
            done.set_exception(error)


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), PATIENCE)


class Blocking:
    """Something asynchronous, whose methods are called as those of its twin.

    Args:
        it: The database, transaction, context manager, iterator, connection or cursor.
        loop: Where it lives.
    """

    def __init__(self, it: Any, loop: Loop) -> None:
        self._it = it
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._it, name)
        if not callable(found):
            return found
        return lambda *args, **kwargs: self._call(lambda: found(*map(self._adapted, args), **kwargs))

    def __enter__(self) -> Any:
        entered = self._call(self._it.__aenter__)
        return self if entered._it is self._it else entered

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        return self._loop.run(lambda: self._it.__aexit__(kind, error, trace))

    def __iter__(self) -> Iterator[Any]:
        rows = self._it.__aiter__()
        while (row := self._loop.run(lambda: anext(rows, self))) is not self:
            yield row

    def _call(self, call: Callable[[], Any]) -> Any:
        result = self._loop.run(call)
        return Blocking(result, self._loop) if isinstance(result, (*_DRIVEN, AsyncDatabase)) else result

    def _adapted(self, argument: Any) -> Any:
        """What `run_tx` is given is called in the task that runs it, but from a thread: it waits as threads do."""
        if not callable(argument):
            return argument

        async def function(transaction: AsyncTransaction) -> Any:
            orders: Orders = asyncio.Queue()
            serving = asyncio.get_running_loop().run_in_executor(None, self._visit, argument, transaction, orders)
            await _serve(orders)
            return await serving

        return function

    def _visit(self, function: Callable[[Any], Any], transaction: AsyncTransaction, orders: Orders) -> Any:
        self._loop.own.orders = orders
        try:
            return function(Blocking(transaction, self._loop))
        finally:
            del self._loop.own.orders
            self._loop.loop.call_soon_threadsafe(orders.put_nowait, None)

    @classmethod
    def database(cls, database: AsyncDatabase, loop: Loop) -> Self:
        """Return a database to be used from threads."""
        return cls(database, loop)
