"""What our splitter makes of real projects' files, beside what PostgreSQL's parser and scanner make of them.

PGASSAY_TEST_SQL_FOLDERS names the folders, as PATH names its own; nobody's files are kept here. A difference found by
it becomes a test of our own words in `test_split.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import postgast
import pytest
from postgast import PgQueryError

from pgassay.errors import MigrationError
from pgassay.migrations.split import split

_VARIABLE = "PGASSAY_TEST_SQL_FOLDERS"
_FOLDERS = [Path(folder) for folder in os.environ.get(_VARIABLE, "").split(os.pathsep) if folder]
_LARGEST = 2_000_000  # bytes: a dump of rows takes long, and has nothing of its own


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*.sql")):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            try:
                yield path, path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError:
                continue


def _without_end(statement: str) -> str:
    """Theirs has no semicolon; where the last one has none, both may end with a comment that ends with one."""
    return statement.strip().removesuffix(";").rstrip()


def _theirs(sql: str) -> list[str] | None:
    """Return PostgreSQL's statements; None where its parser does not take the text: it is of psql, or a template."""
    try:
        return [_without_end(text) for text in postgast.split(sql)]
    except PgQueryError:
        return None


def _ours(sql: str) -> list[str] | str:
    """Return our statements, or why there are none."""
    try:
        return [_without_end(statement.sql) for statement in split(sql)]
    except MigrationError as error:
        return error.message


@pytest.mark.skipif(not _FOLDERS, reason=f"{_VARIABLE} names no folder")
@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_each_file_is_cut_alike(folder: Path, record_property: Callable[[str, object], None]) -> None:
    compared, statements, differing = 0, 0, []
    for path, sql in _files(folder):
        theirs = _theirs(sql)
        if theirs is None:
            continue
        compared, statements = compared + 1, statements + len(theirs)
        if (ours := _ours(sql)) != theirs:
            differing.append((str(path), ours if isinstance(ours, str) else [*zip(ours, theirs, strict=False)][:3]))
    record_property("files", compared)
    record_property("statements", statements)
    assert compared, f'"{folder}" holds no file that PostgreSQL\'s parser takes'
    assert differing == []
