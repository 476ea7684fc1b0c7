"""The database itself; its own name is never compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Record):
    """The database that was read."""

    KIND: ClassVar[str] = "database"
    IDENTITY: ClassVar[tuple[str, ...]] = ()

    encoding: str
    locale_provider: str
    collate: str
    ctype: str
    locale: str | None
    icu_rules: str | None
    tablespace: str
    connection_limit: int
    allow_connections: bool
    settings: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
