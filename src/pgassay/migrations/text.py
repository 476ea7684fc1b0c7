"""Read a file of SQL, and refuse what no server would take, with file and line."""

from __future__ import annotations

from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.split import split
from pgassay.migrations.tokens import Kind, Place, tokens

_BOM = b"\xef\xbb\xbf"


def read_sql(path: Path, *, restrict: bool = False) -> str:
    r"""Return the text of a file, with CRLF turned into LF, so that a checkout on Windows makes the same schema.

    Args:
        path: The file.
        restrict: Blank pg_dump's lines `\restrict` and `\unrestrict` instead of refusing them.

    Raises:
        MigrationError: It cannot be read, is not UTF-8, begins with a byte order mark, holds a NUL byte, a command
            of psql or a COPY from or to the client, or something in it has no end.
    """
    text = read_text(path)
    place = Place(path)
    if restrict and "restrict" in text:
        text = _without_restrict(text, place)
    split(text, place=place)
    return text


def read_text(path: Path, *, encoding: str = "utf-8") -> str:
    """Return the text of a file, whatever it says, with CRLF turned into LF.

    Args:
        path: The file.
        encoding: Its encoding; `utf-8-sig` where a byte order mark is let through, and left out.

    Raises:
        MigrationError: It cannot be read, is not of that encoding, begins with a byte order mark or holds a NUL byte.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MigrationError(f'"{path}" cannot be read: {(error.strerror or str(error)).lower()}') from error
    if encoding == "utf-8" and data.startswith(_BOM):
        raise MigrationError(
            f'"{path}", line 1: the file begins with a byte order mark',
            hint="save it as UTF-8 without BOM: to PostgreSQL the mark is part of the first word",
        )
    if (at := data.find(b"\0")) >= 0:
        hint = "is it UTF-16? save it as UTF-8" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else None
        line = data.count(b"\n", 0, at) + 1
        raise MigrationError(f'"{path}", line {line}: a NUL byte, which would cut the text off', hint=hint)
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        expected = encoding.upper().removesuffix("-SIG")
        raise MigrationError(f'"{path}", line {line}: not {expected} ({found})', hint="save it as UTF-8") from error


def _without_restrict(text: str, place: Place) -> str:
    """Take the lines out and leave their line ends, so that every other line keeps its number."""
    kept = (
        "" if token.kind is Kind.PSQL else text[token.start : token.end]
        for token in tokens(text, place=place, restrict=True)
    )
    return "".join(kept)
