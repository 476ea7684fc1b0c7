"""Text of databases in SQL_ASCII, where PostgreSQL knows no encoding and psycopg gives bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader

REPLACEMENT = "\ufffd"
TEXT_TYPES = ("text", "name", "varchar", "bpchar", '"char"')


def decode(data: bytes) -> str:
    """Read bytes as UTF-8, and show each byte that is not as U+FFFD and two hexadecimal digits: `caf\ufffde9`.

    No two texts become the same, because a U+FFFD that stands in the data is shown by its bytes as well; and the result
    can be written anywhere, which surrogates (Python's own lossless way) cannot.
    """
    parts = data.split(REPLACEMENT.encode())
    return _show(REPLACEMENT.encode()).join(_decode_part(part) for part in parts)


def use_bytes(connection: psycopg.Connection[Any], cursors: Iterable[psycopg.Cursor[Any]]) -> None:
    """Ask for text as it is stored until the transaction ends, and let these cursors decode it."""
    connection.execute("SET LOCAL client_encoding = 'SQL_ASCII'", prepare=False)
    for cursor in cursors:
        for name in TEXT_TYPES:
            cursor.adapters.register_loader(name, BytesLoader)


def is_sql_ascii(connection: psycopg.Connection[Any]) -> bool:
    """Say whether the database has no encoding."""
    return connection.info.parameter_status("server_encoding") == "SQL_ASCII"


class BytesLoader(Loader):
    """Load text of no known encoding."""

    def load(self, data: Buffer) -> str:
        """Decode one value."""
        return decode(bytes(data))


def _decode_part(data: bytes) -> str:
    text = ""
    while data:
        try:
            return text + data.decode()
        except UnicodeDecodeError as error:
            text += data[: error.start].decode() + _show(data[error.start : error.end])
            data = data[error.end :]
    return text


def _show(data: bytes) -> str:
    return "".join(f"{REPLACEMENT}{byte:02x}" for byte in data)
