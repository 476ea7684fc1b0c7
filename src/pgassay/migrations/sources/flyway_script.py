"""A file as Flyway runs it: its placeholders put in, cut into statements, in a transaction where they allow it.

Source: github.com/flyway/flyway 13.0, flyway-core: ParsingContext, ParserSqlScript,
SqlScriptMetadata, ChecksumCalculator; flyway-database-postgresql: PostgreSQLParser.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.model import Piece, Script
from pgassay.migrations.sources.flyway_placeholders import Placeholders
from pgassay.migrations.split import split
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Kind, Place, tokens

_WITH_MARK = "utf-8-sig"  # Flyway leaves a byte order mark out
_SETTING = re.compile(r"([^=:\s#!][^=:\s]*)\s*[=:]\s*(.*?)\s*")
_KNOWN = ("executeInTransaction", "encoding", "placeholderReplacement", "shouldExecute")
_NEVER_IN_A_TRANSACTION = re.compile(
    r"(?:(?:CREATE|DROP) (?:DATABASE|TABLESPACE|SUBSCRIPTION)|(?:CREATE|DROP)(?: UNIQUE)? INDEX CONCURRENTLY"
    r"|REINDEX(?: VERBOSE)? (?:SCHEMA|DATABASE|SYSTEM)|ALTER SYSTEM|VACUUM|DISCARD ALL)(?: |$)"
)
_COPY = re.compile(
    r"^[ \t]*(COPY\b[^;]*\bFROM\s+STDIN\b[^;]*;)[^\n]*\n(.*?)^\\\.[ \t]*$", re.IGNORECASE | re.DOTALL | re.MULTILINE
)
_FIRST_WORDS = 4  # CREATE UNIQUE INDEX CONCURRENTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class FlywayScript:
    """A file as it is run.

    Attributes:
        script: What is sent.
        raw_checksum: The checksum of the text as it is written, which a versioned migration has.
        checksum: That of the text with the placeholders put in, which a repeatable one has.
        runs: Whether it is to run at all.
    """

    script: Script
    raw_checksum: str
    checksum: str
    runs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What the file beside it says of one script."""

    transaction: bool | None = None
    encoding: str = _WITH_MARK
    placeholders: bool | None = None
    runs: bool = True


def read_script(path: Path, placeholders: Placeholders) -> FlywayScript:
    """Read a file of SQL, and the `.conf` beside it.

    Raises:
        MigrationError: A placeholder has no end, statements that need a transaction and some that must not be in
            one are mixed, a string or the like has no end, or the `.conf` says what Flyway does not know.
    """
    settings = _settings(path.with_name(f"{path.name}.conf"))
    raw = read_text(path, encoding=settings.encoding)
    replaced = placeholders.replaced if settings.placeholders is None else settings.placeholders
    text = placeholders.fill(raw, path) if replaced else raw
    pieces = tuple(_pieces(text, path))
    script = Script(
        sql=text,
        path=path,
        transaction=_transaction(pieces, settings, path),
        pieces=pieces,
    )
    return FlywayScript(script=script, raw_checksum=_checksum(raw), checksum=_checksum(text), runs=settings.runs)


def _checksum(text: str) -> str:
    """Return the CRC-32 of the lines without their ends, as a signed number."""
    value = zlib.crc32(text.replace("\n", "").replace("\r", "").encode())
    return str(value - 2**32 if value >= 2**31 else value)


def _pieces(text: str, path: Path) -> Iterator[Piece]:
    r"""Yield the statements, and a COPY FROM STDIN with the rows behind it, which a line of `\.` ends."""
    at = 0
    for copy in _COPY.finditer(text):
        yield from _statements(text, at, copy.start(), path)
        yield Piece(copy[1], _line(text, copy.start(1)), rows=copy[2])
        at = copy.end()
    yield from _statements(text, at, len(text), path)


def _statements(text: str, begin: int, end: int, path: Path) -> Iterator[Piece]:
    for statement in split(text[begin:end], place=Place(path, _line(text, begin))):
        yield Piece(statement.sql, statement.line)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _transaction(statements: Sequence[Piece], settings: _Settings, path: Path) -> bool:
    """Tell whether Flyway opens a transaction: where nothing in the file must not be in one."""
    if settings.transaction is not None:
        return settings.transaction
    alone = [bool(_NEVER_IN_A_TRANSACTION.match(_first_words(statement.sql))) for statement in statements]
    if any(alone) and not all(alone):
        first = statements[alone.index(not alone[0])]
        raise MigrationError(
            f'"{path}", line {first.line}: statements that need a transaction and some that must not be in one',
            hint=f'give each kind a file of its own, or write executeInTransaction=false into "{path.name}.conf"',
        )
    return not any(alone)


def _first_words(sql: str) -> str:
    """Return the first words outside of parentheses, which is what Flyway looks at."""
    words: list[str] = []
    depth = 0
    for token in tokens(sql):
        text = sql[token.start : token.end]
        depth += (text == "(") - (text == ")")
        if token.kind is Kind.WORD and not depth:
            words.append(text.upper())
        if len(words) == _FIRST_WORDS:
            break
    return " ".join(words)


def _settings(path: Path) -> _Settings:
    if not path.is_file():
        return _Settings()
    text = read_text(path, encoding=_WITH_MARK)
    given = {found[1]: found[2] for line in text.splitlines() if (found := _SETTING.fullmatch(line.strip()))}
    if unknown := sorted(given.keys() - set(_KNOWN)):
        raise MigrationError(f'"{path}": unknown setting "{unknown[0]}"', hint=f"Flyway knows {', '.join(_KNOWN)}")
    return _Settings(
        transaction=_flag(given, "executeInTransaction", path),
        encoding=_encoding(given.get("encoding", "UTF-8"), path),
        placeholders=_flag(given, "placeholderReplacement", path),
        runs=_flag(given, "shouldExecute", path) is not False,
    )


def _flag(given: Mapping[str, str], name: str, path: Path) -> bool | None:
    if name not in given:
        return None
    value = given[name].lower()
    if value not in {"true", "false"}:
        raise MigrationError(f'"{path}": {name} is "{given[name]}"', hint="write true or false")
    return value == "true"


def _encoding(name: str, path: Path) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError as error:
        raise MigrationError(f'"{path}": unknown encoding "{name}"') from error
    return _WITH_MARK if found == "utf-8" else found
