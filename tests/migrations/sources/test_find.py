from __future__ import annotations

import pytest

from pgassay.migrations.sources.find import format_called
from pgassay.settings.formats import FORMATS

from .conftest import Folder

_LONGEST = 4095  # bytes of a path on Linux


def test_a_folder_that_cannot_be_looked_into_is_like_none(folder: Folder) -> None:
    """What lies in the one inside has a path that is too long for the system."""
    name = "1620138136207_a"
    while (left := _LONGEST - len(f"{folder.path}//{name}")) > 0:
        folder.path /= "x" * min(left, 200)
    (folder.path / name).mkdir(parents=True)
    with pytest.raises(OSError, match="too long"):
        (folder.path / name / "up.sql").is_file()
    assert folder.format is None


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_its_name(name: str) -> None:
    assert format_called(name).name == name


def test_formats_are_in_order() -> None:
    assert list(FORMATS) == sorted(FORMATS)
