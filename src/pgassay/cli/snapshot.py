"""`pgassay snapshot`: write the contract's catalog to schema/catalog.json, so that it is there without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pgassay.catalog.snapshot import dump
from pgassay.cli import ExitCode
from pgassay.cli.options import settings_options, settings_with_server

if TYPE_CHECKING:
    from pgassay.catalog.catalog import Catalog
    from pgassay.contract.load import Contract
    from pgassay.settings import Settings


@click.command()
@settings_options("server", "pg", "schema")
@click.option(
    "--database",
    "url",
    metavar="URL",
    help="Take the catalog of this database, which is only read, for the contract's.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 when the file is stale.")
@click.pass_context
def snapshot(click_context: click.Context, url: str | None, only_check: bool) -> int:
    """Write schema/catalog.json: the contract's catalog. With it a target is verified where no server may run."""
    from pgassay.contract.load import load_contract

    settings = settings_with_server(click_context)
    contract = load_contract(settings)
    catalog = _built(contract, settings) if url is None else _read(url)
    return _keep(contract.snapshot, dump(catalog, contract_hash=contract.hash), only_check=only_check)


def _built(contract: Contract, settings: Settings) -> Catalog:
    from pgassay.contract.expected import expected_catalog
    from pgassay.servers.provider import Provider
    from pgassay.servers.rundir import RunDirectory

    with RunDirectory.create() as run:
        return expected_catalog(Provider(settings, run), contract, settings, run)


def _read(url: str) -> Catalog:
    from pgassay.catalog.read import read_catalog
    from pgassay.conninfo import Conninfo
    from pgassay.target import Target

    with Target(Conninfo(url)) as target:
        return target.use(read_catalog)


def _keep(path: Path, text: str, *, only_check: bool) -> ExitCode:
    from pgassay.errors import ContractError

    try:
        return _compare_or_write(path, text, only_check=only_check)
    except OSError as error:
        what = "read" if only_check else "written"
        raise ContractError(f'"{path}" cannot be {what}: {error.strerror}') from error


def _compare_or_write(path: Path, text: str, *, only_check: bool) -> ExitCode:
    # What is no UTF-8 is no snapshot of ours either: stale, and written anew.
    there = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
    if there == text:
        click.echo(f"{path} is up to date")
    elif only_check:
        click.echo(f"{path} is {'missing' if there is None else 'stale'}; write it: pgassay snapshot", err=True)
        return ExitCode.NO
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
    return ExitCode.GOOD
