"""What the project's own files say of Flyway's placeholders."""

from __future__ import annotations

import pytest

from .conftest import Folder

CONF = (
    "# flyway.placeholders.x=0\nflyway.placeholders.Role = bob\nflyway.placeholderPrefix=@{\nflyway.placeholders.x=1\n"
)
TOML = '[flyway]\nplaceholderSuffix = "}}"\n[flyway.placeholders]\nrole = "bob"\nx = 1\n'


@pytest.mark.parametrize(
    ("file", "text", "written", "expected"),
    [
        ("../flyway.conf", CONF, "@{role} ${role} @{X}", "bob ${role} 2"),
        ("../flyway.toml", TOML, "${role}} ${x}}", "bob 2"),
        ("flyway.conf", "flyway.placeholderReplacement=false", "${role}", "${role}"),
        ("flyway.toml", "[flyway]\nplaceholderReplacement = false", "${role}", "${role}"),
        ("flyway.toml", "[flyway", "${X} $${x}", "2 $${x}"),
    ],
)
def test_said_by_the_project(folder: Folder, file: str, text: str, written: str, expected: str) -> None:
    """What is given goes before what the file says."""
    folder.placeholders = {"x": "2"}
    folder.write(**{file: text, "V1__a.sql": f"-- {written}"})
    assert [m.up.sql for m in folder.load("flyway")] == [f"-- {expected}"]


def test_a_script_may_say_otherwise(folder: Folder) -> None:
    folder.placeholders = {"x": "2"}
    folder.write(**{"flyway.conf": "flyway.placeholderReplacement=false", "V1__a.sql": "-- ${x}"})
    folder.write(**{"V1__a.sql.conf": "placeholderReplacement=true"})
    assert [m.up.sql for m in folder.load("flyway")] == ["-- 2"]
