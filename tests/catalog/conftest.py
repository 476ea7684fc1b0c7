"""A database on every major, into which a module's tests put objects and out of which they read catalogs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.incremental import CatalogReader
from pgassay.catalog.read import read_catalog
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

KEEP_UP = "PGASSAY_TEST_EXAMPLES" in os.environ  # by day it would make these tests a third longer


class Subject:
    """A database and its reader."""

    def __init__(self, server: Server, dbname: str) -> None:
        self.server = server
        self.dbname = dbname
        self.connection: psycopg.Connection[Any] = server.connect(dbname)
        self.roles: list[str] = []
        self._read: Catalog | None = None
        self._reader = CatalogReader(self.connection)

    @property
    def major(self) -> int:
        return self.server.major

    def run(self, text: str) -> None:
        """Execute SQL as the superuser."""
        if text:
            self._read = None
            self.connection.execute(text.encode())

    def read(self, text: str = "") -> Catalog:
        """Execute SQL, then read; what has not changed since is not read again.

        In CI what is only brought up to date has to be the same, after each statement of each test.
        """
        self.run(text)
        if self._read is None:
            self._read = self.read_anew()
            if KEEP_UP:
                updated = self.own(self._reader.read())
                assert (updated.records, updated.blind) == (self._read.records, self._read.blind)
        return self._read

    def read_anew(self) -> Catalog:
        """Read in any case."""
        return self.own(read_catalog(self.connection))

    def own(self, catalog: Catalog) -> Catalog:
        """Leave out the roles of tests that run at the same time on this server."""
        known = {"postgres", *self.roles}
        shared = {"role": 1, "membership": 2, "role setting": 1, "security label on role": 1}
        mine = [record for record in catalog if known.issuperset(record.identity[: shared.get(record.KIND, 0)])]
        return Catalog.of(catalog.major, mine, catalog.blind)

    def changes(self, text: str) -> Mapping[str, Any]:
        """Execute SQL, and tell what it changed: label -> attribute -> (before, after), or label -> "new" or "gone"."""
        before, after = self.read(), self.read(text)
        old, new = ({record.label: record for record in catalog} for catalog in (before, after))
        found: dict[str, Any] = dict.fromkeys(new.keys() - old.keys(), "new")
        found |= dict.fromkeys(old.keys() - new.keys(), "gone")
        for label in old.keys() & new.keys():
            a, b = old[label].attributes, new[label].attributes
            differing = {name: (a[name], b[name]) for name in a if a[name] != b[name]}
            if differing:
                found[label] = differing
        return found

    def there_and_back(self, there: str, back: str) -> Mapping[str, Any]:
        """Tell what SQL changes, as `changes` does, and see that other SQL takes it all back."""
        before = self.read()
        found = self.changes(there)
        assert self.read(back) == before
        return found

    def role(self, word: str, options: LiteralString = "") -> str:
        """Make a role with a unique name that begins with the word."""
        name = f"{word}_{secrets.token_hex(3)}"
        self.connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), sql.SQL(options)))
        self.roles.append(name)
        self._read = None
        return name

    def connect(self, user: str | None = None) -> psycopg.Connection[Any]:
        """Open another session."""
        return self.server.connect(self.dbname, user=user)

    def close(self) -> None:
        """Remove the database and the roles."""
        self.connection.close()
        drop_database(self.server, self.dbname)
        with self.server.connect() as connection:
            for role in self.roles:
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.fixture(scope="module")
def subject(any_server: Server) -> Iterator[Subject]:
    name = scratch_name("catalog")
    create_database(any_server, name)
    made = Subject(any_server, name)
    yield made
    made.close()
