"""Statements of our own about what a whole server shares: its roles, and the databases themselves.

PostgreSQL does not queue two sessions that alter the same row of a shared catalog: whoever comes second waits until the
first has committed, and is refused then, "tuple concurrently updated". Our own processes take turns. Nobody else knows
of these, so what is refused is sent again.

Only a row that several know can be altered by several. A role's (pg_authid) is everybody's. A database's (pg_database,
pg_db_role_setting, pg_shdescription) is known to those who were given it, and to tools that go through all databases.
That is worth sending a statement again, which costs nothing where none is refused. It is not worth a turn, which costs
two round trips and would have processes wait for each other that alter rows of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import psycopg

from pgassay.servers.name_lock import Connection, hold_name

ATTEMPTS = 20  # five were enough against eight sessions that altered one role without a pause

T = TypeVar("T")

# As PostgreSQL has them in no language but English; both are XX000.
_REFUSALS = frozenset({"tuple concurrently updated", "tuple concurrently deleted"})
_EVERYBODYS = "pgassay: cluster-wide"


def take_turns(connection: Connection) -> AbstractContextManager[None]:
    """Wait until no process of ours alters what is everybody's, and keep the others waiting.

    Args:
        connection: In autocommit, to the maintenance database: advisory locks are a database's own.
    """
    return hold_name(connection, _EVERYBODYS)


def insist(alter: Callable[[], T]) -> T:
    """Alter something in a shared catalog; again where somebody else has altered the same row at that moment.

    Args:
        alter: One statement in autocommit, or a transaction from its beginning to its end.

    Raises:
        psycopg.errors.InternalError_: It was refused each time.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return alter()
        except psycopg.errors.InternalError_ as error:
            if error.diag.message_primary not in _REFUSALS:
                raise
    return alter()
