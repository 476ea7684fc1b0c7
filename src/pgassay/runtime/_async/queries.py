"""The helpers that a database and a transaction share: each sends one statement and says what it expects back."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import perf_counter
from typing import Any, TypeAlias, TypeVar, overload

import psycopg
from psycopg.abc import Params, Query

from pgassay.runtime._async.waiting import iterate
from pgassay.runtime.copying import require_rows_fit
from pgassay.runtime.counting import (
    Check,
    any_number,
    at_least_one,
    at_most_one,
    changed_rows,
    exactly_one,
    require_one_result,
)
from pgassay.runtime.errors import TransactionError, statement_error
from pgassay.runtime.logs import Recorder
from pgassay.runtime.rows import Into, Row, row_factory, single_value_row
from pgassay.runtime.settings import DatabaseSettings

T = TypeVar("T")
Connection: TypeAlias = psycopg.AsyncConnection[Any]
Cursor: TypeAlias = psycopg.AsyncCursor[Any]
CopyData: TypeAlias = Iterable[Sequence[Any] | bytes | str] | AsyncIterable[Sequence[Any] | bytes | str]

STREAM_SIZE = 1000  # rows that a server-side cursor fetches at once
_streams = itertools.count(1)  # several may be read at once in one transaction


class AsyncQueries(ABC):
    """Send statements. Parameters stand apart from SQL, as psycopg takes them: `%s` or `%(name)s`.

    A statement that fails, or does not return what was asked for, is rolled back. Rows are dictionaries; `into=User`
    makes them into a dataclass, a NamedTuple, a pydantic model, `tuple`, or what a row factory of psycopg's makes.

    Raises, each of them:
        StatementError: The server refused; it is the class of psycopg's that stands for the reason, too.
        ConnectionLostError: The connection broke.
        RowCountError: Another number of rows came than was asked for.
        RowShapeError: The columns are not what the rows shall be made of.
    """

    settings: DatabaseSettings
    _recorder: Recorder

    @abstractmethod
    def _lease(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection for one statement."""

    @overload
    async def query(self, query: Query, params: Params | None = None, *, into: None = None) -> list[Row]: ...
    @overload
    async def query(self, query: Query, params: Params | None = None, *, into: Into[T]) -> list[T]: ...
    async def query(self, query: Query, params: Params | None = None, *, into: Into[Any] | None = None) -> list[Any]:
        """Return all rows, any number of them.

        Args:
            query: The statement: literal text, composed SQL of `psycopg.sql`, or a template string.
            params: Its parameters.
            into: What each row is made into.
        """
        return await self._fetch(query, params, into)

    @overload
    async def one(self, query: Query, params: Params | None = None, *, into: None = None) -> Row: ...
    @overload
    async def one(self, query: Query, params: Params | None = None, *, into: Into[T]) -> T: ...
    async def one(self, query: Query, params: Params | None = None, *, into: Into[Any] | None = None) -> Any:
        """Return the one row that there is.

        Args:
            query: The statement.
            params: Its parameters.
            into: What the row is made into.

        Raises:
            NoRowError: There is none.
            TooManyRowsError: There are more.
        """
        return (await self._fetch(query, params, into, check=exactly_one))[0]

    @overload
    async def one_or_none(self, query: Query, params: Params | None = None, *, into: None = None) -> Row | None: ...
    @overload
    async def one_or_none(self, query: Query, params: Params | None = None, *, into: Into[T]) -> T | None: ...
    async def one_or_none(self, query: Query, params: Params | None = None, *, into: Into[Any] | None = None) -> Any:
        """Return the one row that there is, or None where there is none.

        Args:
            query: The statement.
            params: Its parameters.
            into: What the row is made into.

        Raises:
            TooManyRowsError: There are more.
        """
        rows = await self._fetch(query, params, into, check=at_most_one)
        return rows[0] if rows else None

    @overload
    async def many(self, query: Query, params: Params | None = None, *, into: None = None) -> list[Row]: ...
    @overload
    async def many(self, query: Query, params: Params | None = None, *, into: Into[T]) -> list[T]: ...
    async def many(self, query: Query, params: Params | None = None, *, into: Into[Any] | None = None) -> list[Any]:
        """Return all rows, at least one.

        Args:
            query: The statement.
            params: Its parameters.
            into: What each row is made into.

        Raises:
            NoRowError: There is none.
        """
        return await self._fetch(query, params, into, check=at_least_one)

    async def none(self, query: Query, params: Params | None = None) -> int:
        """Execute what returns no rows, and return how many rows it changed.

        Without parameters it may be several statements, which take effect together.

        Args:
            query: The statement.
            params: Its parameters.

        Raises:
            TooManyRowsError: It returned rows.
        """
        async with self._lease() as connection:
            cursor = connection.cursor()
            await self._execute(cursor, query, params)
            return changed_rows(cursor)

    async def value(self, query: Query, params: Params | None = None) -> Any:
        """Return the one value of the one row that there is.

        Args:
            query: The statement; it returns one column.
            params: Its parameters.

        Raises:
            NoRowError: There is no row.
            TooManyRowsError: There are more rows.
        """
        return (await self._fetch(query, params, single_value_row, check=exactly_one))[0]

    async def values(self, query: Query, params: Params | None = None) -> list[Any]:
        """Return the values of one column, any number of them.

        Args:
            query: The statement; it returns one column.
            params: Its parameters.
        """
        return await self._fetch(query, params, single_value_row)

    @overload
    def stream(
        self, query: Query, params: Params | None = None, *, into: None = None, size: int = STREAM_SIZE
    ) -> AbstractAsyncContextManager[AsyncIterator[Row]]: ...
    @overload
    def stream(
        self, query: Query, params: Params | None = None, *, into: Into[T], size: int = STREAM_SIZE
    ) -> AbstractAsyncContextManager[AsyncIterator[T]]: ...
    @asynccontextmanager
    async def stream(
        self, query: Query, params: Params | None = None, *, into: Into[Any] | None = None, size: int = STREAM_SIZE
    ) -> AsyncIterator[AsyncIterator[Any]]:
        """Read rows one by one through a cursor of the server's, in constant memory: `with ... as rows`.

        Args:
            query: The statement.
            params: Its parameters.
            into: What each row is made into.
            size: How many rows are fetched at once.
        """
        factory, name = row_factory(into), f"pgassay_stream_{next(_streams)}"
        async with self._lease() as connection:
            cursor = connection.cursor(name, row_factory=factory)
            try:
                async with cursor:
                    await self._execute(cursor, query, params)
                    yield self._streamed(cursor, query, params, size)
            finally:
                # Cancelled in its close(), it goes with its transaction, and psycopg would warn. This sends nothing.
                await psycopg.AsyncCursor.close(cursor)

    async def _streamed(self, cursor: Any, query: Query, params: Params | None, size: int) -> AsyncIterator[Any]:
        cursor.itersize = size
        try:
            async for row in cursor:
                yield row
                if cursor.closed:  # what was fetched already would seem to be all there is
                    raise TransactionError("rows of a stream are read after its block", hint="read them within it")
        except psycopg.Error as error:
            raise self._failed(error, cursor, query, params) from None

    async def copy_in(self, query: Query, data: CopyData) -> int:
        """Send rows by COPY, and return how many there were.

        Args:
            query: `COPY table (columns) FROM STDIN`, with any options.
            data: Rows (sequences of values), or blocks of bytes or text in the statement's own format.
        """
        async with self._lease() as connection:
            cursor, began = connection.cursor(), perf_counter()
            try:
                async with cursor.copy(query) as copy:
                    await self._send(copy, query, data)
            except psycopg.Error as error:
                raise self._failed(error, cursor, query, None, began) from None
            self._recorder.record(query, None, perf_counter() - began, rows=cursor.rowcount)
            return cursor.rowcount

    async def _send(self, copy: psycopg.AsyncCopy, query: Query, data: CopyData) -> None:
        checked = False
        async for item in iterate(data):
            checked = checked or require_rows_fit(query, item)
            if isinstance(item, bytes | str):
                await copy.write(item)
            else:
                await copy.write_row(item)

    @asynccontextmanager
    async def copy_out(self, query: Query, params: Params | None = None) -> AsyncIterator[psycopg.AsyncCopy]:
        """Receive by COPY: `with ... as copy` gives psycopg's own object: iterate over it, or over its `rows()`.

        What the block leaves unread is received and thrown away.

        Args:
            query: `COPY table TO STDOUT`, or `COPY (SELECT ...) TO STDOUT`, with any options.
            params: The parameters of the SELECT.
        """
        async with self._lease() as connection:
            cursor, began = connection.cursor(), perf_counter()
            try:
                async with cursor.copy(query, params) as copy:
                    yield copy
                    async for _ in copy:  # else the connection would be left in the midst of it
                        pass
            except psycopg.Error as error:
                raise self._failed(error, cursor, query, params, began) from None
            self._recorder.record(query, params, perf_counter() - began, rows=cursor.rowcount)

    async def _fetch(
        self, query: Query, params: Params | None, into: Into[Any] | None, *, check: Check = any_number
    ) -> list[Any]:
        """Return the rows, after `check` has looked at how many there are."""
        factory = row_factory(into)
        async with self._lease() as connection:
            cursor = connection.cursor(row_factory=factory)
            await self._execute(cursor, query, params)
            require_one_result(cursor)
            check(cursor.rowcount)
            try:
                return await cursor.fetchall()
            except psycopg.Error as error:
                raise self._failed(error, cursor, query, params) from None

    async def _execute(self, cursor: Any, query: Query, params: Params | None) -> None:
        began = perf_counter()
        try:
            await cursor.execute(query, params)
        except psycopg.Error as error:
            raise self._failed(error, cursor, query, params, began) from None
        self._recorder.record(query, params, perf_counter() - began, rows=cursor.rowcount)

    def _failed(
        self, error: psycopg.Error, cursor: Any, query: Query, params: Params | None, began: float | None = None
    ) -> psycopg.Error:
        """Return the error to raise, and tell the log of it."""
        seconds = 0.0 if began is None else perf_counter() - began
        self._recorder.record(query, params, seconds, error=error)
        lost = cursor.connection.closed
        return statement_error(error, query, params, lost=lost, show=self.settings.show_parameters)
