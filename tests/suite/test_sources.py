"""How the two sides of a comparison are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.settings import Settings
from pgassay.suite.sources import (
    ContractSource,
    LiveSource,
    MigrationsSource,
    SnapshotSource,
    Source,
    parse_source,
)

ROOT = Path("/project")


def parse(text: str, cwd: Path = Path("/elsewhere")) -> Source:
    return parse_source(text, Settings(root=ROOT, schema=Path("schema"), migrations=ROOT / "migrations"), cwd)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("contract:", ContractSource(ROOT / "schema", "")),
        ("contract:../project/schema", ContractSource(ROOT / "schema", "")),
        ("migrations:", MigrationsSource(ROOT / "migrations", None, "")),
        ("migrations:@012", MigrationsSource(ROOT / "migrations", 12, "")),
        ("migrations:old@3", MigrationsSource(Path("/elsewhere/old"), 3, "")),
        ("migrations:/a@3/", MigrationsSource(Path("/a@3"), None, "")),
        ("migrations:a@b", MigrationsSource(Path("/elsewhere/a@b"), None, "")),
        ("postgres://me@host/shop", LiveSource(Conninfo("postgres://me@host/shop"))),
        ("postgresql+asyncpg://me@host/shop", LiveSource(Conninfo("postgresql://me@host/shop"))),
        ("host=h dbname=shop", LiveSource(Conninfo("host=h dbname=shop"))),
    ],
)
def test_each_way(text: str, source: Source) -> None:
    assert parse(text) == source


@pytest.mark.parametrize("name", ["catalog.json", "a b=c 😀.txt", "contract"])
def test_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert parse(name, tmp_path) == SnapshotSource(tmp_path / name, "")


def test_what_it_is_called_has_no_password() -> None:
    assert parse("postgresql://me:s3cret@host/shop").title == "me@host/shop"
    assert parse("contract:").title == "contract:"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", '"" is no source'),
        ("shop", "a source is the URL of a database, a file that pgassay snapshot wrote"),
        ("contract", "contract: (contract:DIR)"),
        ("me:s3cret@host/shop", '"me:***@host/shop" is no source'),
        ("mysql://me:s3cret@host/shop", '"mysql://" is not a PostgreSQL URL'),
        ("postgresql://me:s3cret@host:port/shop?x=y", "cannot be parsed"),
        ("nowhere.json", 'there is no file "nowhere.json"'),
        ("/", "a folder is named as contract:/ or migrations:/"),
    ],
)
def test_what_means_nothing(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_migrations() -> None:
    with pytest.raises(UsageError, match="there are no migrations"):
        parse_source("migrations:", Settings(root=ROOT, migrations=None), ROOT)
