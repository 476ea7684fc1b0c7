"""What docs/concurrency.md shows works as it stands there, on the worked example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pgassay.behaviors.sessions.stage import SessionError
from tests.behaviors.sessions.conftest import Sessions, scratch, sessions
from tests.project import Project, Run

__all__ = ["scratch", "sessions"]

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/concurrency.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.thorough
def test_the_tests(project: Project, run_pytest: Run) -> None:
    (tests,) = blocks("python")
    project.write("tests/test_schema.py", tests)
    result = run_pytest(f"--assay-schema={ROOT / 'schema'}", f"--assay-migrations={ROOT / 'migrations'}")
    result.assert_outcomes(passed=2)


def test_the_error(sessions: Sessions) -> None:
    a, b = sessions(2)
    a.run("CREATE TABLE users (name text); INSERT INTO users VALUES ('Bob')")
    a.run("BEGIN")
    a.run("UPDATE users SET name = 'Ada'")
    with pytest.raises(SessionError) as caught:
        b.run("DELETE FROM users")
    assert [f"{caught.value}\n"] == blocks("text")
