"""Extensions whose library the server must load at its start: CREATE EXTENSION succeeds without, and use then fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from pgassay.catalog.kinds.extensions import Extension
from pgassay.findings import Finding, Outcome
from pgassay.target import reading

# Extension -> a view of its own that answers only when the library is loaded and that everybody may read, or None.
# Only these views are ever asked: whatever else an extension offers runs its code.
NEEDS_PRELOADING: Mapping[str, str | None] = {
    "citus": None,
    "pg_cron": None,
    "pg_qualstats": None,
    "pg_squeeze": None,
    "pg_stat_kcache": None,
    "pg_stat_statements": "pg_stat_statements_info",
    "pg_wait_sampling": None,
    "pgaudit": None,
    "pglogical": None,
    "timescaledb": None,
}

_LIBRARIES = "SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'"
# Who looks is the server's word: behind a pooler it may be another role than the client's.
_MAY_READ = "SELECT pg_catalog.format('GRANT pg_read_all_settings TO %I;', current_user)"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look gave: an answer, or an error of the server."""

    answer: str | None = None
    error: psycopg.Error | None = None


def preloading_findings(connection: psycopg.Connection[Any], extensions: Iterable[Extension]) -> tuple[Finding, ...]:
    """See that the extensions which need it are preloaded, and answer.

    Args:
        connection: In autocommit, to the database; only read.
        extensions: Those that the database should have.

    Returns:
        A finding for each that does not work, blind where that cannot be told.
    """
    return tuple(
        finding
        for extension in extensions
        if extension.name in NEEDS_PRELOADING
        for finding in _findings(connection, extension, NEEDS_PRELOADING[extension.name])
    )


def _findings(connection: psycopg.Connection[Any], extension: Extension, view: str | None) -> Iterator[Finding]:
    reason = "no view of its own tells"
    if view is not None:
        question = sql.SQL("SELECT count(*)::text FROM {}").format(sql.Identifier(extension.schema, view))
        seen = _ask(connection, question)
        if seen.error is None or isinstance(seen.error, psycopg.errors.UndefinedTable):
            return  # it answers; or it is not installed there, which is another finding
        reason = (seen.error.diag.message_primary or str(seen.error)).strip()
        if isinstance(seen.error, psycopg.errors.ObjectNotInPrerequisiteState):
            yield _not_preloaded(extension, f"{reason} [{seen.error.sqlstate}]")
            return
    libraries = _ask(connection, sql.SQL(_LIBRARIES)).answer
    if libraries is None:
        yield _blind(extension, reason, mend=_ask(connection, sql.SQL(_MAY_READ)).answer)
    elif extension.name not in [word.strip(' "') for word in libraries.split(",")]:
        yield _not_preloaded(extension, f"shared_preload_libraries = '{libraries}'")


def _ask(connection: psycopg.Connection[Any], question: sql.SQL | sql.Composed) -> _Seen:
    try:
        with reading(connection):
            row = connection.execute(question, prepare=False).fetchone()
    except psycopg.Error as error:
        return _Seen(error=error)
    return _Seen(answer=None if row is None else str(row[0]))


def _not_preloaded(extension: Extension, found: str) -> Finding:
    return Finding(
        rule="extension-not-preloaded",
        object=extension.label,
        expected=f"{extension.name} in shared_preload_libraries",
        found=found,
        mend=f"add {extension.name} to shared_preload_libraries, and start the server anew",
    )


def _blind(extension: Extension, reason: str, *, mend: str | None) -> Finding:
    return Finding(
        rule="not-readable",
        object=f"{extension.label}, preloaded",
        expected="to read whether its library is preloaded",
        found=f"{reason}; and shared_preload_libraries cannot be read",
        mend=mend or "",
        outcome=Outcome.BLIND,
    )
