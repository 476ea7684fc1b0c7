"""Build a database: init as superuser, migrations (or the desired state) as the owner, then the seed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from pgassay.contract.build import prepare, run_files
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.direct import Direct
from pgassay.migrations.model import Script
from pgassay.migrations.runner import Runner
from pgassay.migrations.session import run_script
from pgassay.migrations.text import read_sql
from pgassay.sandbox.keeper import is_superuser, open_keeper
from pgassay.sandbox.login import role_conninfo
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import let_roles_log_in
from pgassay.servers.server import Server
from pgassay.settings import Settings


def build(server: Server, dbname: str, recipe: Recipe, settings: Settings) -> str:
    """Fill a fresh database by its recipe, and return the owner role's name.

    Raises:
        PgassayError: Init, a file of the desired state, a migration or the seed fails.
    """
    owner = prepare(server, dbname, recipe.init, settings)
    run_files(server, dbname, recipe.desired, owner=owner)
    _migrate(server, dbname, recipe, owner)
    if recipe.seed:
        _seed(server, dbname, recipe.seed, owner)
    let_roles_log_in(server)  # those that the migrations made
    with server.connect() as admin:
        superuser = is_superuser(admin)
    with open_keeper(server, dbname, superuser=superuser) as connection:
        connection.execute("ANALYZE")  # autovacuum is off, and clones take the statistics along
    return owner


def _migrate(server: Server, dbname: str, recipe: Recipe, owner: str) -> None:
    if recipe.migrate is not None:
        recipe.migrate(role_conninfo(server, dbname, owner).portable.url)
    elif recipe.migrations:
        connector = ServerConnector(server=server, dbname=dbname, owner=owner)
        if recipe.migrations[0].key:  # another tool's: our ledger has nothing to say of them
            with closing(Direct(connector)) as direct:
                for migration in recipe.migrations:
                    direct.up(migration)
        else:
            Runner(connector, recipe.migrations).up()


def _seed(server: Server, dbname: str, files: Sequence[Path], owner: str) -> None:
    connector = ServerConnector(server=server, dbname=dbname, owner=owner)
    with closing(connector.as_owner()) as connection:
        for file in files:
            run_script(connection, Script(sql=read_sql(file)), path=file)
