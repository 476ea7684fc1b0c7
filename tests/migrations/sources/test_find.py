from __future__ import annotations

import pytest

from pgassay.migrations.sources.find import format_called
from pgassay.migrations.sources.support import named_above
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


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("atlas", "atlas.sum", "h1:x"),
        ("hasura", "../config.yaml", "metadata_directory: metadata"),
        ("node-pg-migrate", "../package.json", '{"devDependencies": {"node-pg-migrate": "8"}}'),
        ("prisma", "migration_lock.toml", 'provider = "postgresql"'),
        ("supabase", "../config.toml", 'project_id = "x"'),
    ],
)
def test_what_speaks_for_a_tool(folder: Folder, name: str, file: str, text: str) -> None:
    assert not named_above(folder.path, format_called(name).manifests)
    folder.write(**{file: text})
    assert named_above(folder.path, format_called(name).manifests)
