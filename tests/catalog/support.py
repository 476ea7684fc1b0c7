"""Two databases side by side: read both, compare, mend the actual one, read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg

from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.compare import Comparison, Examination, Scope, examine
from pgassay.catalog.difference import Difference
from pgassay.catalog.read import read_catalog
from pgassay.catalog.reporting import findings_of
from pgassay.findings import Finding
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

Connection = psycopg.Connection[Any]
OURS = Comparison(scope=Scope.WHOLE, shared=False)


class Change(NamedTuple):
    """A statement that changes one attribute of one object, and one that takes it back."""

    do: str
    undo: str
    label: str
    attribute: str
    before: object
    after: object

    def __str__(self) -> str:
        return f"{self.attribute} of {self.label}"


@dataclass(frozen=True, slots=True)
class Sides:
    """Connections, in autocommit, to the database that should be and to the one that is."""

    expected: Connection
    actual: Connection

    def examine(self, options: Comparison = OURS) -> Examination:
        """Read both and compare."""
        opinion = SecondOpinion(self.expected)
        return examine(read_catalog(self.expected), read_catalog(self.actual), options=options, second_opinion=opinion)

    def differences(self, options: Comparison = OURS) -> tuple[Difference, ...]:
        """What differs."""
        return self.examine(options).differences

    def findings(self, options: Comparison = OURS) -> tuple[Finding, ...]:
        """What differs, as findings."""
        seen = self.examine(options)
        return findings_of(seen.differences, seen.expected, seen.actual)

    def both(self, sql: Any) -> None:
        """Execute in both databases."""
        self.expected.execute(sql)
        self.actual.execute(sql)

    def mend(self, options: Comparison = OURS) -> list[str]:
        """Execute the SQL of all mends on the actual database; return what failed."""
        failed = []
        for finding in self.findings(options):
            try:
                self.actual.execute(finding.mend if ";" in finding.mend else "")
            except psycopg.Error as error:
                failed.append(f"{finding.key}: {error}\n{finding.mend}")
        return failed


@contextmanager
def two_databases(server: Server, other: Server | None = None) -> Iterator[Sides]:
    """Two fresh databases, on one server or on two, dropped afterwards."""
    names = scratch_name("expected"), scratch_name("actual")
    servers = server, other or server
    for each, name in zip(servers, names, strict=True):
        create_database(each, name)
    try:
        with servers[0].connect(names[0]) as expected, servers[1].connect(names[1]) as actual:
            yield Sides(expected, actual)
    finally:
        for each, name in zip(servers, names, strict=True):
            drop_database(each, name)
