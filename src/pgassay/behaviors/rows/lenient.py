"""Rows as the driver reads them, and texts for the moments that Python does not know."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader


class _Date(DateLoader):
    def load(self, data: Buffer) -> Any:
        return _or_text(super().load, data)


class _Timestamp(TimestampLoader):
    def load(self, data: Buffer) -> Any:
        return _or_text(super().load, data)


class _Timestamptz(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        return _or_text(super().load, data)


def _or_text(load: Any, data: Buffer) -> Any:
    try:
        return load(data)
    except psycopg.DataError:  # infinity, or a year before 1
        return bytes(data).decode()


def read_leniently(cursor: psycopg.Cursor[Any]) -> None:
    """Have a cursor return `infinity` as a text: the row that holds it is as good as any other."""
    for name, loader in (("date", _Date), ("timestamp", _Timestamp), ("timestamptz", _Timestamptz)):
        cursor.adapters.register_loader(name, loader)
