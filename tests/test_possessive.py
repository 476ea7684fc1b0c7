"""Regular expressions that every Python we run on reads alike.

Up to 3.11.4 a possessive group loses its place where a branch of it fails half way (CPython's issue 106052): `$$`
behind a word was cut in two. `(?>...)` says the same, and is read rightly.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_POSSESSIVE_GROUP = re.compile(r"[^(\\]\)[*+?]\+")


@pytest.mark.parametrize("folder", ["src", "checks"])
def test_no_group_is_possessive(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _POSSESSIVE_GROUP.search(node.value)
    ]
    assert found == []
