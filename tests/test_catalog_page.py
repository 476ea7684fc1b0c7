"""What docs/catalog.md shows works as it stands there, and what should fail says what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pgassay.catalog.navigation import Navigation
from tests.project import Run

PAGE = (Path(__file__).parents[1] / "docs/catalog.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.thorough
def test_the_examples(pytester: pytest.Pytester, run_pytest: Run) -> None:
    migration, roles = blocks("sql")
    for path, text in (("migrations/001-users.sql", migration), ("schema/init/roles.sql", roles)):
        (pytester.path / path).parent.mkdir(parents=True)
        (pytester.path / path).write_text(text, encoding="utf-8")
    for number, text in enumerate(blocks("python")):
        (pytester.path / f"test_page_{number}.py").write_text(text, encoding="utf-8")

    result = run_pytest("-vv")

    failed = [line.split()[1].partition("::")[2] for line in result.stdout.lines if line.startswith("FAILED")]
    assert failed == ["test_app_may_delete", "test_app_may_not_read", "test_nothing_has_changed"]
    result.stdout.fnmatch_lines([f"E * {line}" for line in "".join(blocks("text")).splitlines()])


def test_every_mapping_is_named() -> None:
    names = {name for name in dir(Navigation) if isinstance(getattr(Navigation, name), property)}
    assert [n for n in names - {"database", "access", "everybody"} if not re.search(rf"`(catalog\.)?{n}`", PAGE)] == []
