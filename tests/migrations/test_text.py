from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.text import read_sql


def test_restrict_lines_are_blanked_where_they_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_bytes(b"--\r\n\\restrict aB3\r\nSELECT '\r\n\\restrict';\r\n\\unrestrict aB3\r\n")
    assert read_sql(path, restrict=True) == "--\n\nSELECT '\n\\restrict';\n\n"


@pytest.mark.parametrize("text", ["\\restrict a\nSELECT 1;\n\\connect x\n", "SELECT 1;\n\n\\restricted\n"])
def test_other_lines_of_psql_are_refused_all_the_same(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(text)
    with pytest.raises(MigrationError, match=r"line 3: .* is a command of psql"):
        read_sql(path, restrict=True)


def test_restrict_lines_are_refused_in_migrations(tmp_path: Path) -> None:
    path = tmp_path / "001-a.sql"
    path.write_text("\\restrict a\n")
    with pytest.raises(MigrationError, match="is a command of psql"):
        read_sql(path)
