"""Init scripts run in every database of a server, so a second run must fail nowhere and change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.contract.build import prepare
from pgassay.contract.load import SqlFile
from pgassay.errors import ContractError
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings


@dataclass(frozen=True, slots=True)
class Twice:
    """What two runs of init made.

    Attributes:
        first: The catalog after the first run.
        second: The catalog of the same database after the second run.
        elsewhere: The catalog of another database of the same server, after init has run there.
        failure: Why it could not be run again, if so; the other two catalogs are then the first.
    """

    first: Catalog
    second: Catalog
    elsewhere: Catalog
    failure: str = ""


def run_twice(server: Server, init: Sequence[SqlFile], settings: Settings) -> Twice:
    """Run init twice in one database, and once in another of the same server.

    Raises:
        PgassayError: The first run fails.
    """
    names = scratch_name("init", server), scratch_name("init", server)
    try:
        for name in names:
            create_database(server, name)
        first = _prepared(server, names[0], init, settings)
        try:
            second, elsewhere = (_prepared(server, name, init, settings) for name in names)
        except ContractError as error:
            return Twice(first, first, first, failure=error.text)
        return Twice(first, second, elsewhere)
    finally:
        for name in names:
            drop_database(server, name)


def _prepared(server: Server, name: str, init: Sequence[SqlFile], settings: Settings) -> Catalog:
    prepare(server, name, init, settings)
    with server.connect(name) as connection:
        return read_catalog(connection)
