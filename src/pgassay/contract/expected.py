"""The contract's catalog: what must be true, read from a database that was built from the contract alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel
from pgassay.catalog.read import read_catalog
from pgassay.catalog.scope_roles import SHARED_KINDS
from pgassay.catalog.snapshot import dump, load
from pgassay.conninfo import Conninfo
from pgassay.contract.build import build_contract
from pgassay.contract.load import Contract
from pgassay.errors import CatalogError, ContractError, ServerError
from pgassay.servers.binaries import Binaries
from pgassay.servers.databases import drop_database, scratch_name
from pgassay.servers.origin import Origin
from pgassay.servers.places import cache_directory, write_whole
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.servers.server_settings import server_settings, settings_hash
from pgassay.settings import Settings

KEPT = 100  # catalogs in the user's cache, some 50 kB each; the oldest go


CONTRACT = "the contract"

ROLES_OF_CONTRACT = f"{Role.KIND} of {CONTRACT}"
"""The blind spot of a contract whose roles are not known apart from all others of the server."""


def expected_catalog(provider: Provider, contract: Contract, settings: Settings, run: RunDirectory) -> Catalog:
    """Return the contract's catalog: computed once a run and major, and once for all runs while nothing has changed.

    It is built on a server of its own, for roles belong to a whole server. On a URL, where there is no other server, it
    is built in a scratch database, and the roles are blind. Where no server can be had, `schema/catalog.json` serves.

    Args:
        provider: Gives the servers.
        contract: The contract; its desired state is written down (`stated`).
        settings: What was chosen.
        run: The run that the result is shared in.

    Raises:
        ContractError: There is no desired state, a file of it fails, or the snapshot is of other files.
        ServerError: No server can be had, and there is no snapshot.
    """
    if not contract.stated:
        raise ContractError(
            f'"{contract.folder}" states no schema',
            hint="write it as SQL files there; until then, the migrations' head is the contract",
        )
    key = f"expected {contract.hash} {settings.owner} {provider.pg}"
    return run.once(key, lambda: _expected(provider, contract, settings))


def _expected(provider: Provider, contract: Contract, settings: Settings) -> Catalog:
    if isinstance(settings.server, Conninfo):
        return without_roles(_read_built(provider.server(), contract, settings), CONTRACT)
    try:
        return _kept_or_built(provider, contract, settings)
    except ServerError as error:
        return _from_snapshot(contract, error)


def _kept_or_built(provider: Provider, contract: Contract, settings: Settings) -> Catalog:
    kept = cache_directory() / "contracts" / f"{_key(contract, settings, provider.origin)}.json"
    catalog = _read_kept(kept)
    if catalog is None:
        with provider.isolated("contract") as server:
            catalog = _read_built(server, contract, settings)
        _keep(kept, dump(catalog, contract_hash=contract.hash))
    return catalog


def _read_built(server: Server, contract: Contract, settings: Settings) -> Catalog:
    """Build the contract in a database that is dropped again, and read it."""
    name = scratch_name("contract", server)
    try:
        build_contract(server, contract, settings, name)
        with closing(server.connect(name)) as connection:
            return read_catalog(connection)
    finally:
        drop_database(server, name)


def without_roles(catalog: Catalog, builder: str) -> Catalog:
    """Take out what belongs to the whole server: on one that others use too, it cannot be told whose it is.

    Where no role of the server has a security label, the built ones have none.

    Args:
        catalog: Of a database on such a server.
        builder: What made the database, such as `the contract`.
    """
    unlabelled = {RoleSecurityLabel.KIND} - catalog.records.keys()
    blind = [
        BlindSpot(
            f"{kind} of {builder}",
            "roles and tablespaces belong to a whole server, and the scratch server is a URL that others use too",
            f"say --assay-server auto: {builder} then has a server of its own",
        )
        for kind in sorted(SHARED_KINDS - unlabelled)
    ]
    records = {kind: found for kind, found in catalog.records.items() if kind not in SHARED_KINDS}
    return replace(catalog, records=records, blind=tuple(sorted([*catalog.blind, *blind])))


def _from_snapshot(contract: Contract, no_server: ServerError) -> Catalog:
    """Read schema/catalog.json where no server can be had.

    Raises:
        ServerError: There is no snapshot.
        ContractError: It cannot be read, or was made from other files.
    """
    try:
        snapshot = load(contract.snapshot.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = f'{no_server.hint}; or write "{contract.snapshot}" where there is a server (pgassay snapshot)'
        raise ServerError(no_server.message, hint=hint) from no_server
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f'"{contract.snapshot}" cannot be read: {error}') from error
    except CatalogError as error:
        raise ContractError(f'"{contract.snapshot}": {error.message}', hint=error.hint) from error
    if snapshot.contract_hash != contract.hash:
        raise ContractError(
            f'"{contract.snapshot}" is stale: it was made from other files than "{contract.folder}" holds now',
            hint='write it anew with "pgassay snapshot", where there is a server',
        ) from no_server
    return snapshot.catalog


def _key(contract: Contract, settings: Settings, origin: Origin) -> str:
    """Hash all that decides what is read: the SQL, the owner, the server, its extensions, and our own code."""
    server = settings_hash(origin, server_settings(origin, settings.preload))
    words = (contract.hash, settings.owner or "", server, *_extensions(origin), _code())
    digest = sha256()
    for word in words:
        digest.update(f"{len(word)}:{word}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _extensions(origin: Origin) -> Iterator[str]:
    """Name the extensions that are installed, by what changes when a package is updated; an image's identity does."""
    if not isinstance(origin, Binaries):
        return
    prefix = origin.bindir.parent
    for folder in (base / "share" / place for base in (prefix, *prefix.parents) for place in _share(origin.major)):
        for control in sorted(folder.glob("*.control")):
            found = control.stat()
            yield f"{control.name} {found.st_size} {found.st_mtime_ns}"


def _share(major: int) -> tuple[str, ...]:
    """Where packagers put control files below `share`: PostgreSQL's own builds, distributions, Debian."""
    return ("extension", "postgresql/extension", "pgsql/extension", f"postgresql/{major}/extension")


def _code() -> str:
    """Hash the code that builds and reads: another pgassay may read more."""
    digest = sha256()
    for source in sorted(_sources(files("pgassay")), key=str):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _sources(package: Traversable) -> Iterator[Traversable]:
    for folder in ("catalog", "contract", "migrations"):
        yield from _modules(package.joinpath(folder))


def _modules(folder: Traversable) -> Iterator[Traversable]:
    """Yield the modules of a folder and of those in it: the kinds of the catalog are in one."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from _modules(item)
        elif item.name.endswith(".py"):
            yield item


def _read_kept(path: Path) -> Catalog | None:
    """Return what is in the cache; None where it is not there, or not whole."""
    with suppress(OSError, UnicodeDecodeError, CatalogError):
        catalog = load(path.read_text(encoding="utf-8")).catalog
        path.touch()  # the oldest are those that nobody has asked for
        return catalog
    return None


def _keep(path: Path, text: str) -> None:
    """Write a catalog to the cache; a cache that cannot be written is none, and no error."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(path, text.encode())
        kept = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[KEPT:]:
            old.unlink(missing_ok=True)
