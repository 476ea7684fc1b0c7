"""Read SQL files: the checks of bytes and text that migrations and contract files share."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from pgassay.errors import PgassayError

BOM = b"\xef\xbb\xbf"


def read_sql(path: Path, *, error: type[PgassayError]) -> str:
    """Return the text of a SQL file, line ends as they are.

    Args:
        path: The file.
        error: The class of what is raised: the migrations' or the contract's.

    Raises:
        PgassayError: (as `error`) The file cannot be read, is not UTF-8, begins with a byte order mark, or holds a NUL
            byte, at which the server would stop reading. File and line are named.
    """
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise error(f"cannot read {path}: {cause.strerror or cause}") from cause
    if data.startswith(BOM):
        raise error(
            f"{path}:1: begins with a byte order mark, which is a syntax error to PostgreSQL",
            hint="save the file as UTF-8 without a byte order mark",
        )
    if (nul := data.find(b"\0")) >= 0:
        raise error(
            f"{path}:{line_at(data, nul)}: holds a NUL byte; PostgreSQL would silently leave out what follows",
            hint="take the NUL byte out; a file in UTF-16 has one at every other place and must be saved as UTF-8",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as cause:
        raise error(
            f"{path}:{line_at(data, cause.start)}: is not UTF-8: byte 0x{data[cause.start]:02x}",
            hint="save the file as UTF-8",
        ) from None


def line_at(text: bytes | str, offset: int) -> int:
    """Return the number of the line, from 1, in which an offset lies."""
    head = text[:offset]
    return 1 + (head.count(b"\n") if isinstance(head, bytes) else head.count("\n"))


def normalized(sql: str) -> str:
    """Return the text with every line end as LF, so that a checkout on Windows changes no checksum."""
    return sql.replace("\r\n", "\n").replace("\r", "\n")


def checksum(sql: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal, whatever its line ends."""
    return sha256(normalized(sql).encode()).hexdigest()


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `2-b.sql` before `10-a.sql`: digits compare as numbers, the rest as text."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts)
