"""A few threads that do one sort of work on many things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 2.0  # seconds that threads may take to end what they are at


class Crew(Generic[T, R]):
    """Works on things, some at a time, and hands over each result as it comes; what the work raises is raised there.

    Its threads are daemons: one that waits for a host which does not answer must not keep a process that was
    interrupted. They take the next thing themselves, so nothing piles up before the one who asks for results.

    Args:
        work: Done on each thing, in any thread.
        things: What it is done on.
        jobs: How many threads there are at most.
    """

    def __init__(self, work: Callable[[T], R], things: Sequence[T], *, jobs: int) -> None:
        self._work = work
        self._number = len(things)
        self._things: SimpleQueue[T] = SimpleQueue()
        for thing in things:
            self._things.put(thing)
        self._results: SimpleQueue[R | _Raised] = SimpleQueue()
        self._stopped = Event()
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(min(jobs, len(things)))]

    def __iter__(self) -> Iterator[R]:
        for thread in self._threads:
            thread.start()
        for _ in range(self._number):
            result = self._results.get()
            if isinstance(result, _Raised):
                raise result.error
            yield result

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for what was begun; not for long."""
        deadline = monotonic() + PATIENCE
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - monotonic()))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                thing = self._things.get_nowait()
            except Empty:
                return
            self._results.put(self._outcome(thing))

    def _outcome(self, thing: T) -> R | _Raised:
        try:
            return self._work(thing)
        except BaseException as error:
            return _Raised(error)


class _Raised:
    """What the work has raised, for the thread that waits for its result."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
