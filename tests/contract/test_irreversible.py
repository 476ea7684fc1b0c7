from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.contract.irreversible import Irreversible, declare, load_irreversible
from pgassay.errors import ContractError
from pgassay.migrations.model import Migration, Script

FIRST = Migration(version=1, name="a", path=Path("001-a.sql"), up=Script(sql="SELECT 1"), down=Script(sql="SELECT 2"))
SECOND = Migration(version=2, name="b", path=Path("002-b.sql"), up=Script(sql="SELECT 1"), irreversible="it drops")
PATH = Path("irreversible.toml")


def written(folder: Path, text: str) -> tuple[Irreversible, ...]:
    path = folder / "irreversible.toml"
    path.write_text(text)
    return load_irreversible(path)


def test_declared(tmp_path: Path) -> None:
    entries = written(tmp_path, '[[irreversible]]\nid = "001-a"\nreason = "gone"\n')
    first, second = declare((FIRST, SECOND), entries, path=PATH)
    assert (first.irreversible, first.down, second) == ("gone", FIRST.down, SECOND)


def test_no_file_declares_nothing(tmp_path: Path) -> None:
    assert load_irreversible(tmp_path / "irreversible.toml") == ()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[[irreversible]]\nid = "x"', '"reason" is missing'),
        ('[[irreversible]]\nreason = "x"', '"id" is missing'),
        ('[[irreversible]]\nid = "x"\nreason = " "', "not blank"),
        ('[[irreversible]]\nid = "x"\nreason = "y"\nwhy = "z"', 'unknown key "why"'),
        ('[irreversible]\nid = "x"', "irreversible"),
        ('[[accept]]\nid = "x"', 'unknown key "accept"'),
        (
            '[[irreversible]]\nid = "x"\nreason = "y"\n' * 2,
            r'line 5: "x" is declared irreversible twice\nhint: keep this entry or the one in line 2',
        ),
        ("[[", "not TOML"),
    ],
)
def test_what_cannot_be_meant(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ContractError, match=error):
        written(tmp_path, text)


@pytest.mark.parametrize(
    ("one", "error"),
    [
        ("3-c", r'line 7: there is no migration "3-c"\nhint: there are: 001-a, 002-b$'),
        ("001", r"hint: did you mean 001-a\?"),
        ("002_b", r"hint: did you mean 002-b\?"),
        ("002-b", 'line 7: "002-b" says itself that it is irreversible: it drops'),
    ],
)
def test_what_it_cannot_be_said_of(one: str, error: str) -> None:
    with pytest.raises(ContractError, match=error):
        declare((FIRST, SECOND), (Irreversible(id=one, reason="gone", line=7),), path=PATH)


def test_where_there_is_nothing_to_be_declared() -> None:
    with pytest.raises(ContractError, match="there is none at all"):
        declare((), (Irreversible(id="1-a", reason="gone"),), path=PATH)
