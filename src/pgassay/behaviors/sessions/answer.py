"""What a statement of a session came to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import Transformer

from pgassay.runtime.errors import StatementError, statement_error

_PROCESS = re.compile(r"\b[Pp]rocess (\d+)\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement's result; of several statements in one text the last one's.

    Attributes:
        tag: PostgreSQL's word for what was done, such as `UPDATE 1`.
        rows: The rows, in order, of Python's types.
    """

    tag: str
    rows: list[tuple[Any, ...]]

    @property
    def count(self) -> int:
        """How many rows were returned or written; 0 where the tag has no number."""
        last = self.tag.rpartition(" ")[2]
        return int(last) if last.isdecimal() else 0


def answer_of(result: pq.abc.PGresult, connection: psycopg.Connection[Any]) -> Answer:
    """Read what libpq got.

    Args:
        result: It is no error.
        connection: Whose adapters read the values.
    """
    transformer = Transformer(connection)
    transformer.set_pgresult(result)
    tag = (result.command_status or b"").decode()
    return Answer(tag, transformer.load_rows(0, result.ntuples, tuple))


def error_of(
    result: pq.abc.PGresult, connection: psycopg.Connection[Any], statement: str, names: Mapping[int, str]
) -> psycopg.Error:
    """Return the error that libpq got, as the runtime raises it: ours and psycopg's at once.

    Args:
        result: It is an error.
        connection: The session that got it.
        statement: What was sent.
        names: What each process is called; a deadlock is told with them.
    """
    original = errors.error_from_result(result, encoding=connection.info.encoding)
    made = statement_error(original, statement, None, show=True)
    if isinstance(made, StatementError) and isinstance(made, errors.DeadlockDetected):
        made.message += f": {names[connection.info.backend_pid]} is the victim"
        made.detail = _PROCESS.sub(lambda found: names.get(int(found[1]), found[0]), made.detail or "")
    return made
