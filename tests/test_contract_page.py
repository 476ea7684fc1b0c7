"""What docs/contract.md shows of snapshots is what git says."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from pgassay.catalog.read import read_catalog
from pgassay.catalog.snapshot import dump
from pgassay.contract.build import build_contract
from pgassay.contract.load import load_contract
from pgassay.servers.databases import scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/contract.md").read_text(encoding="utf-8")
_, _, SECTION = PAGE.partition("## The snapshot\n")
HUNKS = re.compile("^@@ .*? @@", re.MULTILINE)


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_diff_of_a_migration(private_server: Server, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        return subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    def write_snapshot() -> None:
        path = tmp_path / "schema/catalog.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dump(read_catalog(connection), contract_hash=""), encoding="utf-8")

    name = scratch_name("page")
    build_contract(private_server, load_contract(Settings(root=ROOT)), Settings(root=ROOT), name)
    run("git", "init", "--quiet")
    run(*shlex.split(block("console").removeprefix("$ ")))
    (tmp_path / ".gitattributes").write_text(block("gitattributes"), encoding="utf-8")
    with private_server.connect(name) as connection:
        write_snapshot()
        run("git", "add", ".")
        connection.execute(b"SET ROLE app_owner")
        connection.execute(block("sql").encode())
        connection.execute(b"RESET ROLE")
        write_snapshot()
    _, _, hunks = run("git", "diff").partition("+++ b/schema/catalog.json\n")
    assert HUNKS.sub("@@", hunks) == block("diff")
