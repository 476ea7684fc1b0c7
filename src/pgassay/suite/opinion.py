"""A second opinion on text that differs, asked of a scratch database that is made only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, Self

import psycopg

from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.record import Record
from pgassay.contract.build import build_contract
from pgassay.errors import PgassayError
from pgassay.servers.databases import drop_database, scratch_name

if TYPE_CHECKING:
    from pgassay.suite.context import Context

MakeDatabase = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]
"""Makes a scratch database with the expected schema, and gives a session in it as a role that may create things."""


class LazyOpinion(AbstractContextManager["LazyOpinion"]):
    """Asks a scratch database; where none can be had, different texts stay different.

    Attributes:
        refusal: Why none could be had, if somebody has asked.

    Args:
        database: Makes the database.
    """

    def __init__(self, database: MakeDatabase) -> None:
        self.refusal: PgassayError | None = None
        self._database = database
        self._opened = ExitStack()
        self._opinion: SecondOpinion | None = None
        self._asked = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def same(self, expected: Record, actual: Record, attribute: str) -> bool:
        """Tell whether an attribute of both records means the same."""
        if not self._asked:
            self._asked = True
            self._opinion = self._open()
        return self._opinion is not None and self._opinion.same(expected, actual, attribute)

    def _open(self) -> SecondOpinion | None:
        try:
            return SecondOpinion(self._opened.enter_context(self._database()))
        except PgassayError as error:
            self.refusal = error
            return None


@contextmanager
def expected_database(context: Context) -> Iterator[psycopg.Connection[Any]]:
    """Make a database with the contract's schema; without a contract the migrations' head is what is expected."""
    with ExitStack() as opened:
        name = _made(context, opened)
        yield opened.enter_context(closing(context.server.connect(name)))


def _made(context: Context, opened: ExitStack) -> str:
    if not context.contract.stated:
        return opened.enter_context(context.sandbox.new()).name
    name = scratch_name("opinion", context.server)
    opened.callback(drop_database, context.server, name)
    build_contract(context.server, context.contract, context.settings, name)
    return name
