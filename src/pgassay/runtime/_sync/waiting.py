"""What waits in threads in another way than in asyncio. Written by hand, as is its twin in `_async`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeAlias, TypeVar

from psycopg import Connection
from psycopg_pool import ConnectionPool

T = TypeVar("T")
Result: TypeAlias = Annotated[T, "at once"]
"""What a function gives back."""

Pool: TypeAlias = ConnectionPool[Connection[Any]]
Lock = threading.Lock
sleep = time.sleep
who = threading.get_ident
current = threading.current_thread


def name_of(runner: object) -> str:
    """Return the name of a thread, for people."""
    return f"thread {runner.name}" if isinstance(runner, threading.Thread) else "a thread"


def name_of_who() -> str:
    """Return the name of what runs at this moment, for people."""
    return name_of(current())


def where() -> object:
    """Return what a pool is bound to: the process. A fork has none of its threads, and must not touch its sockets."""
    return os.getpid()


def is_over(place: object) -> bool:
    """Tell whether what a pool is bound to is not here."""
    return place != os.getpid()


def protect(work: Callable[[], T]) -> T:
    """Do something: no thread is cancelled."""
    return work()


class Interruptible(Connection[Any]):
    """A connection whose query ends on the server when its thread is interrupted, as psycopg's does."""


def give_back(pool: Pool, connection: Connection[Any]) -> None:
    """Return a connection."""
    pool.putconn(connection)


@contextmanager
def after(seconds: float, call: Callable[[], object]) -> Iterator[None]:
    """Call something, from a thread of its own, unless the block has ended by then."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # a call that has just begun would meet a connection that belongs to the next borrower


def iterate(items: Iterable[T]) -> Iterable[T]:
    """Return an iterable as it is."""
    return items
