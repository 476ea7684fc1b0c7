"""A second opinion on text that differs, asked of a scratch database that is made only when somebody asks."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, closing
from typing import TYPE_CHECKING, Self

from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.record import Record
from pgassay.contract.build import build_contract
from pgassay.errors import PgassayError
from pgassay.servers.databases import drop_database, scratch_name

if TYPE_CHECKING:
    from pgassay.suite.context import Context


class LazyOpinion(AbstractContextManager["LazyOpinion"]):
    """Asks a database that holds the expected schema; where none can be had, different texts stay different."""

    def __init__(self, context: Context) -> None:
        self._context = context
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
            name = self._made()
            return SecondOpinion(self._opened.enter_context(closing(self._context.server.connect(name))))
        except PgassayError:
            return None

    def _made(self) -> str:
        """Make a database with the contract's schema; without a contract the migrations' head is what is expected."""
        context = self._context
        if not context.contract.stated:
            return self._opened.enter_context(context.sandbox.new()).name
        name = scratch_name("opinion", context.server)
        self._opened.callback(drop_database, context.server, name)
        build_contract(context.server, context.contract, context.settings, name)
        return name
