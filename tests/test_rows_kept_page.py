"""What docs/rows-kept.md shows is what is found."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from pgassay.findings import Finding
from pgassay.migrations.sources.native import load
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.rows_kept.factory import made
from pgassay.proofs.rows_kept.stock import Stock
from pgassay.proofs.rows_kept.walk import keep_rows
from pgassay.render.text import finding_text
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/rows-kept.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
USERS = "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, phone text);\n-- migrate:down\nDROP TABLE users;\n"


def found(server: Server, step: str) -> tuple[Finding, ...]:
    Path("migrations").mkdir(exist_ok=True)
    Path("migrations/001-users.sql").write_text(USERS)
    Path("migrations/002-country.sql").write_text(step)
    migrations, settings = load(Path("migrations")), Settings(root=Path())
    seen = keep_rows(
        migrations,
        build=lambda: scratch_road(nullcontext(server), Recipe(migrations=migrations), settings),
        compare=differences,
        stock=Stock(made(), lambda _: False),
    )
    return seen[2].findings


def test_the_findings(private_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    step, fails, emptied = BLOCKS
    (finding,) = found(private_server, step)
    assert f"{finding_text(finding)}\n" == fails
    (finding,) = found(private_server, step.replace(" NOT NULL", ""))
    assert f"{finding_text(finding)}\n" == emptied


def test_every_finding_is_told() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/pgassay/proofs/rows_kept").glob("*.py"))
    assert set(re.findall(r'rule="([\w-]+)"', source)) <= set(re.findall(r"`([\w-]+)`", PAGE))
