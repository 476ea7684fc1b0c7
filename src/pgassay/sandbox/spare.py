"""One database of the pool: at hand, with a test, or on its way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from psycopg import pq

from pgassay.conninfo import Conninfo
from pgassay.sandbox.finished import Template
from pgassay.sandbox.keeper import Keeper
from pgassay.sandbox.sessions import Opening
from pgassay.sandbox.wal import Writes


class Handed(Protocol):
    """What a test holds in its hand."""

    def leave(self) -> None:
        """Close its sessions, from whatever thread."""


Dress = Callable[[str, Conninfo, pq.abc.PGconn | None], Handed]
"""Makes what is handed out, ahead of time: from a database's name, how it is reached, and a session in it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        template: What the database is a copy of.
        login: How it is reached, but for its name.
        kind: What is handed out, in a word; one word, one `dress`.
        dress: Makes that.
    """

    template: Template
    login: Conninfo
    kind: str
    dress: Dress

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other orders."""
        return self.template.name, self.login.dsn, self.kind


@dataclass(slots=True, eq=False)
class Spare:
    """One database of the pool.

    Attributes:
        order: What it is ready for.
        name: Its name.
        oid: Its oid.
        keeper: Our own session in it, as superuser; None where the server's role is none, and nothing is brought back.
        digest: What the shared catalogs say about it while it equals its template.
        since: Where the log stood when it last did.
        writes: What the log says was written to it.
        login: How it is reached.
        opening: The session that is being opened for the next one.
        handed: What is handed out, or was.
        uses: How many tests have had it.
        user: Which test has it, for people.
        lent: When it was handed out, in seconds since 1970.
        kept: Whether it is left as it is, for people to look at.
        alone: Whether no other database was handed out at the same time.
    """

    order: Order
    name: str
    oid: int
    keeper: Keeper | None = None
    digest: str = ""
    since: int = 0
    writes: Writes = field(default_factory=Writes)
    login: Conninfo = field(init=False)
    opening: Opening | None = None
    handed: Handed | None = None
    uses: int = 0
    user: str = ""
    lent: float = 0.0
    kept: bool = False
    alone: bool = True

    def __post_init__(self) -> None:
        self.login = self.order.login.with_(dbname=self.name)

    @property
    def keeper_pid(self) -> int:
        """The server process of our own session; 0 where there is none."""
        return self.keeper.pid if self.keeper is not None and self.keeper.is_alive else 0

    @property
    def is_intact(self) -> bool:
        """Whether our session is still there: a crash of the server ends it, and empties what is unlogged."""
        return self.keeper is None or self.keeper.is_alive

    @property
    def is_open(self) -> bool:
        """Whether what is handed out could be made now, without waiting, and has not been yet."""
        return self.handed is None and (self.opening is None or self.opening.is_over)

    def begin(self, order: Order | None = None) -> None:
        """Begin to make what is handed out; for another order than before, where one is given."""
        if order is not None:
            self.undress()
            self.order, self.login = order, order.login.with_(dbname=self.name)
        baseline = self.order.template.baseline
        if baseline is None or not baseline.sees_logins:
            self.opening = Opening(self.login)

    def dress(self) -> None:
        """Make what is handed out, when its session is open; nothing where that has been done.

        Raises:
            ServerError: The session cannot be had.
        """
        if self.handed is not None:
            return
        opening, self.opening = self.opening, None
        self.handed = self.order.dress(self.name, self.login, opening.finish() if opening is not None else None)

    def undress(self) -> None:
        """Close what was handed out, or was about to be."""
        opening, handed, self.opening, self.handed = self.opening, self.handed, None, None
        if opening is not None:
            opening.give_up()
        if handed is not None:
            handed.leave()

    def close(self) -> None:
        """Close our sessions in it."""
        self.undress()
        if self.keeper is not None:
            self.keeper.close()
