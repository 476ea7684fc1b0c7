"""Build the contract in a database of its own: init as superuser, then the desired state as the owner."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from pgassay.contract.load import Contract, SqlFile
from pgassay.contract.owner import ensure_owner
from pgassay.errors import ContractError
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Script
from pgassay.migrations.send import Connection
from pgassay.migrations.session import run_script
from pgassay.servers.databases import create_database, let_roles_log_in
from pgassay.servers.server import Server
from pgassay.settings import Settings

OTHER_WAY_OUT = "or take a snapshot where the extension is (pgassay snapshot): with it a target is verified anywhere"
INSUFFICIENT_PRIVILEGE, UNDEFINED_OBJECT = "42501", "42704"
NOT_THE_OWNERS = (
    "the file runs as the owner: what only a superuser may do belongs into schema/init, "
    'or into a file that begins with "-- contract superuser:true"'
)

NOT_ON_THE_DATABASE = (
    "the file runs as the owner: let schema/init give it the database: "
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO ...', current_database()); END $$;"
)
NO_SUCH_ROLE = (
    "roles are made in schema/init, guarded, for it runs in every database: "
    "DO $$ BEGIN CREATE ROLE ...; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
)

NEWER_DUMP = (
    "a pg_dump that is newer than this server writes such lines: take it out, or choose the server (--assay-pg)"
)


class ContractScriptError(ContractError):
    """Report a file of the contract that failed, in the lines of the migrations' ScriptError.

    Args:
        error: What failed.
        superuser: Whether the file ran as superuser.
    """

    def __init__(self, error: ScriptError, *, superuser: bool) -> None:
        self._text = error.text
        hint = error.hint
        if hint and "lacks the extension" in hint:
            hint = f"{hint}, {OTHER_WAY_OUT}"
        elif way_out := _way_out(error, superuser=superuser):
            hint = f"{hint.rstrip('.')}; {way_out}" if hint else way_out
        super().__init__(error.message, hint=hint, sqlstate=error.sqlstate)

    @property
    def text(self) -> str:
        """What the migrations' error says."""
        return self._text


def _way_out(error: ScriptError, *, superuser: bool) -> str | None:
    """Return what to do about what a dump of a real database meets first."""
    if error.sqlstate == INSUFFICIENT_PRIVILEGE and not superuser:
        return NOT_ON_THE_DATABASE if "permission denied for database" in error.message else NOT_THE_OWNERS
    if error.sqlstate == UNDEFINED_OBJECT and ': role "' in error.message:
        return NO_SUCH_ROLE
    if error.sqlstate == UNDEFINED_OBJECT and "configuration parameter" in error.message:
        return NEWER_DUMP
    return None


def build_contract(server: Server, contract: Contract, settings: Settings, dbname: str) -> str:
    """Make a database from template0 and fill it with what the contract says.

    Args:
        server: A server whose roles are nobody else's, where roles are to be compared.
        contract: The contract.
        settings: `owner`, where the role that runs the SQL is not the one that init shows.
        dbname: The name of the database, one of ours.

    Returns:
        The owner: the role that the desired state was run as.

    Raises:
        ContractError: A file fails; it is named with line and statement.
        ServerError: The database cannot be made.
    """
    create_database(server, dbname)
    owner = prepare(server, dbname, contract.init, settings)
    run_files(server, dbname, contract.files, owner=owner)
    return owner


def prepare(server: Server, dbname: str, init: Sequence[SqlFile], settings: Settings) -> str:
    """Run init in a database, as superuser, and return the role that migrations and the desired state run as.

    Raises:
        ContractError: A script fails, or which role it is cannot be told.
    """
    with closing(server.connect(dbname)) as connection:
        for file in init:
            _run(connection, file)
    with closing(server.connect(dbname)) as connection:  # a session that no script has touched
        owner = ensure_owner(connection, settings, prepared=bool(init))
    let_roles_log_in(server)  # whatever comes next runs as the owner
    return owner


def run_files(server: Server, dbname: str, files: Sequence[SqlFile], *, owner: str) -> None:
    """Run files of the desired state, each from a clean start: as the owner, or as superuser where the file says so.

    Raises:
        ContractError: A file fails, or wants a superuser where there is none.
    """
    if not files:
        return
    connector = ServerConnector(server=server, dbname=dbname, owner=owner)
    with closing(connector.as_owner()) as connection:
        for file in files:
            if file.superuser:
                _run_as_superuser(connector, file)
            else:
                _run(connection, file)


def _run_as_superuser(connector: ServerConnector, file: SqlFile) -> None:
    connection = connector.as_superuser()
    if connection is None:
        raise ContractError(
            f'"{file.path}" wants a superuser, and the role of the scratch server is none',
            hint="choose a server of our own (--assay-server auto), or let the owner do it",
        )
    with closing(connection):
        _run(connection, file)


def _run(connection: Connection, file: SqlFile) -> None:
    """Run one file whole, in one transaction."""
    try:
        run_script(connection, Script(sql=file.sql, superuser=file.superuser), path=file.path)
    except ScriptError as error:
        raise ContractScriptError(error, superuser=file.superuser) from error
