from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.snapshot import dump
from pgassay.contract import expected
from pgassay.contract.expected import expected_catalog
from pgassay.errors import ContractError, ServerError
from pgassay.servers.binaries import Binaries, find_binaries
from pgassay.servers.embedded import ensure_embedded
from pgassay.servers.mark import mark_scratch
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.contract.conftest import Load

TABLE = {"1.sql": "CREATE TABLE t (x int); COMMENT ON TABLE t IS 'all'"}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own for catalogs."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr("pgassay.contract.expected.cache_directory", lambda: folder)
    return folder / "contracts"


class CountingProvider(Provider):
    """Tell how often a server of its own was asked for."""

    asked = 0

    @contextmanager
    def isolated(self, name: str) -> Iterator[Server]:
        self.asked += 1
        with super().isolated(name) as server:
            yield server


@pytest.fixture
def run() -> Iterator[RunDirectory]:
    with RunDirectory.create() as run:
        yield run


def another_run(run: RunDirectory) -> RunDirectory:
    """A place for another run's results, inside the first one's."""
    return RunDirectory(run.folder(f"run-{len(list(run.path.iterdir()))}"))


@pytest.mark.thorough
def test_is_built_once_and_kept_while_nothing_changes(load: Load, run: RunDirectory, cache: Path) -> None:
    settings = Settings(root=Path())
    provider = CountingProvider(settings, run)
    contract = load(TABLE)
    first = expected_catalog(provider, contract, settings, run)
    assert first.records["table"]["public", "t"].attributes["comment"] == "all"
    assert expected_catalog(provider, contract, settings, run) == first
    assert expected_catalog(provider, contract, settings, another_run(run)) == first
    assert provider.asked == 1
    (kept,) = cache.iterdir()
    kept.write_text("cut o")
    assert expected_catalog(provider, contract, settings, another_run(run)) == first
    assert expected_catalog(provider, load({"2.sql": "CREATE TABLE u ()"}), settings, run) != first
    assert expected_catalog(provider, contract, replace(settings, owner="somebody"), run) != first
    assert provider.asked == 4


def test_no_desired_state_is_an_error(load: Load, run: RunDirectory) -> None:
    settings = Settings(root=Path())
    with pytest.raises(ContractError, match="states no schema"):
        expected_catalog(Provider(settings, run), load({"init/1.sql": ""}), settings, run)


def test_on_a_url_the_roles_are_blind(load: Load, run: RunDirectory, private_server: Server) -> None:
    url = private_server.conninfo
    mark_scratch(url)
    settings = Settings(root=Path(), server=url)
    catalog = expected_catalog(Provider(settings, run), load(TABLE), settings, run)
    assert ("public", "t") in catalog.records["table"]
    assert "role" not in catalog.records
    assert [spot.object for spot in catalog.blind] == [
        "membership of the contract",
        "parameter privileges of the contract",
        "role of the contract",
        "role setting of the contract",
        "tablespace of the contract",
    ]
    with private_server.connect() as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'pgassay_contract%'").fetchall()
    assert left == []


def test_on_a_url_labels_of_roles_are_blind_where_there_are_any(
    load: Load, run: RunDirectory, private_server: Server
) -> None:
    with private_server.connect() as connection:
        connection.execute("INSERT INTO pg_shseclabel VALUES ('postgres'::regrole, 'pg_authid'::regclass, 'anon', 'x')")
    mark_scratch(private_server.conninfo)
    settings = Settings(root=Path(), server=private_server.conninfo)
    catalog = expected_catalog(Provider(settings, run), load(TABLE), settings, run)
    with private_server.connect() as connection:
        connection.execute("DELETE FROM pg_shseclabel")
    assert "security label on role of the contract" in {spot.object for spot in catalog.blind}
    assert "security label on role" not in catalog.records


def no_server(settings: Settings) -> None:
    """Stand in for a machine without PostgreSQL."""
    raise ServerError("no PostgreSQL could be had", hint="install one")


def test_the_snapshot_serves_where_no_server_can_be_had(
    load: Load, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, contract = Settings(root=Path()), load(TABLE)
    catalog = expected_catalog(Provider(settings, run), contract, settings, run)
    contract.snapshot.write_text(dump(catalog, contract_hash=contract.hash), encoding="utf-8")
    monkeypatch.setattr("pgassay.servers.provider.choose_origin", no_server)
    with RunDirectory.create() as another:
        assert expected_catalog(Provider(settings, another), contract, settings, another) == catalog


def test_where_nothing_is_installed_every_major_was_looked_for(
    load: Load, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("pgassay.servers.binaries.WELL_KNOWN", ())
    settings = Settings(root=Path(), server="local")
    with pytest.raises(ServerError, match="initdb and postgres of PostgreSQL 14 to 18"):
        expected_catalog(Provider(settings, run), load(TABLE), settings, run)


def test_the_owner_logs_in_over_tcp(load: Load, run: RunDirectory) -> None:
    """There a password is asked for, on the server of its own as well."""
    settings, contract = Settings(root=Path(), listen="tcp"), load(TABLE)
    assert expected_catalog(Provider(settings, run), contract, settings, run).table("t").owner == "pgassay_owner"


@pytest.mark.parametrize(
    ("snapshot", "error", "problem"),
    [
        (None, ServerError, r"no PostgreSQL could be had\nhint: install one; or write .*catalog\.json"),
        (b"{", ContractError, r'catalog\.json": a snapshot that is not JSON'),
        (b"\xff", ContractError, r'catalog\.json" cannot be read'),
        (dump(Catalog.of(18, []), contract_hash="old").encode(), ContractError, r'catalog\.json" is stale'),
    ],
)
def test_a_snapshot_that_cannot_serve(
    load: Load, run: RunDirectory, snapshot: bytes | None, error: type[Exception], problem: str
) -> None:
    settings, contract = Settings(root=Path()), load(TABLE)
    if snapshot is not None:
        contract.snapshot.write_bytes(snapshot)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pgassay.servers.provider.choose_origin", no_server)
        with pytest.raises(error, match=problem):
            expected_catalog(Provider(settings, run), contract, settings, run)


def test_all_code_that_builds_and_reads_decides_what_is_kept() -> None:
    root = Path(str(files("pgassay")))
    modules = {path for folder in ("catalog", "contract", "migrations") for path in (root / folder).rglob("*.py")}
    assert {Path(str(source)) for source in expected._sources(files("pgassay"))} == modules


def test_an_updated_extension_is_another_server(tmp_path: Path) -> None:
    """Debian's layout: the programs and the control files are far apart."""
    binaries = Binaries(tmp_path / "usr/lib/postgresql/15/bin", "15.18", "local")
    control = tmp_path / "usr/share/postgresql/15/extension/hstore.control"
    control.parent.mkdir(parents=True)
    control.write_text("default_version = '1.8'")
    first = list(expected._extensions(binaries))
    control.write_text("default_version = '1.10'")
    assert len(first) == 1
    assert first != list(expected._extensions(binaries))


def test_the_extensions_of_every_server_are_found(any_server: Server) -> None:
    binaries = next(iter(find_binaries(any_server.major)), None) or ensure_embedded(any_server.major)
    names = {line.split()[0] for line in expected._extensions(binaries)}
    assert {"plpgsql.control", "pgcrypto.control"} <= names
