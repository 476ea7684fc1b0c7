"""The warm pool: databases that are at hand before a test asks, and are brought back after it has gone on.

One thread of the process does the work, so that a test waits for nothing but a queue: it brings back what was returned,
copies templates ahead of demand, and takes up sessions that have been opened. What cannot be brought back is dropped by
another one (`disposal.py`).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import psycopg

from pgassay.errors import PgassayError, ServerError
from pgassay.sandbox.shelf import Shelf
from pgassay.sandbox.spare import Order, Spare
from pgassay.sandbox.workshop import Workshop
from pgassay.servers.server import Server

_IDLE = 0.5  # seconds after which the thread looks around by itself
_OPENING = 0.001  # seconds between two looks at sessions that are being opened
_ASIDE = 0.001  # seconds
_LEAVING = 10.0  # seconds that the thread may take to end
_CLOSED = "the sandbox has been closed"


class Pool:
    """Hands out databases, and takes them back.

    Args:
        server: Where they live.
        ahead: How many may be at hand at most; memory is what they cost.
        make_workshop: What makes them; called by the thread.
    """

    def __init__(self, server: Server, *, ahead: int, make_workshop: Callable[[Server], Workshop]) -> None:
        self._server = server
        self._ahead = ahead
        self._make_workshop = make_workshop
        self._shelves: dict[tuple[str, str, str], Shelf] = {}
        self._returned: deque[Spare] = deque()
        self._doomed: deque[Spare] = deque()
        self._out: set[Spare] = set()
        self._changed = threading.Condition()  # guards all of the above
        self._thread: threading.Thread | None = None
        self._closed = self._drop_at_end = False
        self._workshop: Workshop | None = None

    def begin(self) -> None:
        """Begin, where that has not been done, to connect to the server, ahead of the first that is asked for."""
        with self._changed:
            self._start()

    def take(self, order: Order, user: str) -> Spare:
        """Return a database, as the template is.

        Args:
            order: What is asked for.
            user: Who asks, for people.

        Raises:
            PgassayError: It cannot be made.
        """
        for _ in range(self._ahead):  # of each that is at hand the session may be refused, or lost
            spare = self._take(order, user)
            with suppress(ServerError):
                return self._dressed(spare)
        return self._dressed(self._take(order, user))

    def _dressed(self, spare: Spare) -> Spare:
        try:
            spare.dress()
        except BaseException:
            self._abandon(spare)
            raise
        return spare

    def _take(self, order: Order, user: str) -> Spare:
        with self._changed:
            self._start()
            shelf = self._shelves.setdefault(order.key, Shelf(order))
            if (superfluous := shelf.note_demand(self._ahead)) is not None:
                self._doomed.append(superfluous)
            spare = self._next_intact(shelf) or self._await(shelf)
            self._hand_out(spare, user)
            return spare

    def _next_intact(self, shelf: Shelf) -> Spare | None:
        while (spare := shelf.pop()) is not None and not spare.is_intact:
            self._doomed.append(spare)
        return spare

    def _await(self, shelf: Shelf) -> Spare:
        shelf.waiting += 1
        try:
            while True:
                self._changed.notify_all()  # one is lacking
                self._changed.wait()
                if (spare := self._next_intact(shelf)) is not None:
                    return spare
                if shelf.errors:
                    raise shelf.errors.popleft()
                if self._closed:  # by another thread
                    raise ServerError(_CLOSED)
        finally:
            shelf.waiting -= 1
            if not shelf.waiting:  # who asks later shall not be told what went wrong before
                shelf.errors.clear()

    def _abandon(self, spare: Spare) -> None:
        """Let go of a database that could not be handed out after all."""
        with self._changed:
            self._out.discard(spare)
            self._doomed.append(spare)
            self._changed.notify_all()

    def give_back(self, spare: Spare, *, keep: bool = False) -> None:
        """Take a database back.

        Args:
            spare: It.
            keep: Leave it as it is, for people to look at.
        """
        with self._changed:
            self._out.discard(spare)
            spare.kept = keep
            shelf = self._shelves.get(spare.order.key)
            if shelf is not None:
                shelf.coming += 1
                self._returned.append(spare)
            self._changed.notify_all()
        if shelf is None:  # the pool has been closed, or its thread has failed: nobody will look after it
            spare.close()

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until everything that was given back has been looked at; for tests, and for the end.

        Args:
            seconds: How long to wait at most.
        """
        with self._changed:
            self._changed.wait_for(self._is_settled, seconds)
        if self._workshop is not None:
            self._workshop.settle(seconds)

    def _is_settled(self) -> bool:
        return self._thread is None or not (self._doomed or any(shelf.coming for shelf in self._shelves.values()))

    @property
    def workshop(self) -> Workshop | None:
        """What makes the databases; None before the first was asked for."""
        return self._workshop

    @property
    def notices(self) -> list[str]:
        """What a person should be told at the end of the run."""
        return self._workshop.notices if self._workshop is not None else []

    def close(self, *, drop: bool = False) -> None:
        """End the thread.

        Args:
            drop: Drop what is at hand and what was returned, for the server goes on without us.
        """
        with self._changed:
            self._closed, self._drop_at_end = True, drop
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_LEAVING)
            self._thread = None

    def _start(self) -> None:
        if self._closed:
            raise ServerError(_CLOSED)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pgassay-pool", daemon=True)
            self._thread.start()

    def _hand_out(self, spare: Spare, user: str) -> None:
        spare.user, spare.lent = user, time.time()
        spare.alone = not self._out
        for other in self._out:
            other.alone = False
        self._out.add(spare)
        if any(shelf.is_low for shelf in self._shelves.values()):
            self._changed.notify_all()  # one fewer is at hand

    def _run(self) -> None:
        workshop = None
        try:
            workshop = self._make_workshop(self._server)
            if self._workshop is not None:  # the one before has failed
                workshop.notices[:0] = self._workshop.notices
            self._workshop = workshop
            while (job := self._next()) is not None:
                job(workshop)
        except BaseException as error:  # whoever waits must hear of it, and the next one tries again
            self._end(workshop, error)
        else:
            self._end(workshop)

    def _next(self) -> Callable[[Workshop], None] | None:
        """Wait for something to do, and return it; None: it is over."""
        with self._changed:
            while not self._closed:
                if (job := self._choose()) is not None:
                    return job
                is_opening = any(spare.handed is None for shelf in self._shelves.values() for spare in shelf.ready)
                if not self._changed.wait(_OPENING if is_opening else _IDLE):
                    if not is_opening:
                        return self._look_around
                elif not any(shelf.waiting for shelf in self._shelves.values()):
                    return _step_aside
            return None

    def _choose(self) -> Callable[[Workshop], None] | None:
        """Return what is to be done first: what somebody waits for, then what keeps them from waiting."""
        shelves = self._shelves.values()
        lacking = next((shelf for shelf in shelves if shelf.lacks), None)
        if lacking is not None:
            lacking.coming += 1
            return self._supply(lacking)
        if self._returned:
            return partial(self._bring_back, spare=self._returned.popleft())
        if self._doomed:
            return partial(_discard, spare=self._doomed.popleft())
        for shelf in shelves:
            if (spare := shelf.pop_undressed()) is not None:
                shelf.coming += 1
                return partial(self._dress, spare=spare)
        low = next((shelf for shelf in shelves if shelf.is_low and not shelf.failed), None)
        if low is not None and self._has_room:
            low.coming += 1
            return partial(self._make, shelf=low)
        return None

    def _supply(self, shelf: Shelf) -> Callable[[Workshop], None]:
        """Return how somebody who waits is helped fastest: by what is at hand for another order, else by a copy."""
        others = [other for other in self._shelves.values() if other is not shelf and other.ready]
        likes = [other for other in others if other.order.template.name == shelf.order.template.name]
        if likes:
            return partial(self._redress, shelf=shelf, spare=max(likes, key=lambda like: len(like.ready)).ready.pop())
        if others and not self._has_room:
            self._doomed.append(max(others, key=lambda other: len(other.ready)).ready.pop(0))
        return partial(self._make, shelf=shelf)

    @property
    def _has_room(self) -> bool:
        return sum(len(shelf.ready) + shelf.coming for shelf in self._shelves.values()) < self._ahead

    def _make(self, workshop: Workshop, shelf: Shelf) -> None:
        try:
            workshop.mend()
            self._put(workshop.make(shelf.order))
        except (psycopg.Error, PgassayError) as error:
            self._tell(shelf, error)

    def _redress(self, _: Workshop, shelf: Shelf, spare: Spare) -> None:
        spare.begin(shelf.order)
        self._put(spare)

    def _dress(self, _: Workshop, spare: Spare) -> None:
        """Make what is handed out, so that nobody need wait even for that."""
        try:
            spare.dress()
        except ServerError:  # no more are tried until somebody asks, and is told why where there is none
            with self._changed:
                shelf = self._shelves[spare.order.key]
                shelf.coming -= 1
                shelf.failed = True
                self._doomed.append(spare)
                self._changed.notify_all()
        else:
            self._put(spare)

    def _bring_back(self, workshop: Workshop, spare: Spare) -> None:
        workshop.mend()
        shelf = self._shelves[spare.order.key]
        if spare.kept:
            workshop.forget(spare)
        elif workshop.bring_back(spare):
            self._put(spare)
            return
        else:
            self._doom(spare)
        with self._changed:
            shelf.coming -= 1
            self._changed.notify_all()

    def _tell(self, shelf: Shelf, error: Exception) -> None:
        """Give an error to whoever waits; nothing is tried again until somebody asks."""
        with self._changed:
            shelf.coming -= 1
            shelf.failed = True
            if shelf.waiting:
                shelf.errors.append(error)
            self._changed.notify_all()

    def _doom(self, spare: Spare) -> None:
        with self._changed:
            self._doomed.append(spare)

    def _put(self, spare: Spare) -> None:
        with self._changed:
            shelf = self._shelves[spare.order.key]
            shelf.coming -= 1
            shelf.ready.append(spare)
            self._changed.notify_all()

    def _look_around(self, workshop: Workshop) -> None:
        workshop.mend()
        with suppress(psycopg.Error):  # a session that is lost just now is mended the next time
            workshop.keep_up()

    def _end(self, workshop: Workshop | None, error: BaseException | None = None) -> None:
        """Let go of what is at hand, or drop it."""
        left = self._clear(error) | (workshop.known - self._out if workshop is not None else set())
        for spare in left:
            if workshop is None:
                spare.close()
            elif self._drop_at_end and not spare.kept:
                workshop.discard(spare)
            else:
                workshop.forget(spare)
        if workshop is not None:
            workshop.close(drop=self._drop_at_end or error is not None)  # after an error the run goes on

    def _clear(self, error: BaseException | None) -> set[Spare]:
        """Return what is at hand and what was returned; at once, for whoever asks next has a thread begin anew."""
        with self._changed:
            left = {*self._returned, *self._doomed, *(spare for s in self._shelves.values() for spare in s.ready)}
            for shelf in self._shelves.values():
                shelf.errors.extend([error or ServerError(_CLOSED)] * shelf.waiting)
                shelf.ready.clear()
            if error is not None:
                self._thread = None
            self._returned.clear()
            self._doomed.clear()
            self._shelves.clear()
            self._changed.notify_all()
            return left


def _step_aside(_: Workshop) -> None:
    """Let who has just given a database back go on first: two threads of Python get in each other's way."""
    time.sleep(_ASIDE)


def _discard(workshop: Workshop, spare: Spare) -> None:
    workshop.discard(spare)
