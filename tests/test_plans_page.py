"""What docs/plans.md shows works as it stands there, on the worked example."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from shutil import copytree

from tests.suite.conftest import EXAMPLE, ROOT, contexts
from tests.suite.test_plans import Contexts

__all__ = ["contexts"]

PAGE = (ROOT / "docs/plans.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_entries(contexts: Contexts, tmp_path: Path) -> None:
    copytree(ROOT / "schema", tmp_path / "schema")
    (tmp_path / "schema/behavior.toml").write_text(block("toml"), encoding="utf-8")
    (finding,) = contexts(replace(EXAMPLE, schema=tmp_path / "schema")).report("plans").findings
    assert "the tiers are counted by their index" in finding.object
    found = finding.found.replace("\n", "\n          ")
    said = f"expected: {finding.expected}\nfound:    {found}\nmend:     {finding.mend}\n"
    assert fnmatch(said.replace("[", "("), block("text").replace("[", "("))
