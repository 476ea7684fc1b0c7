from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.model import Script
from pgassay.migrations.sources.native import load

UP = "-- migrate:up\nSELECT 1;\n"


def write(folder: Path, name: str, text: str | bytes = UP) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_folder_is_read_in_the_order_of_its_versions(tmp_path: Path) -> None:
    write(tmp_path, "010-ten.sql")
    write(tmp_path, "2-two.sql")
    write(tmp_path, "001-one.sql")
    write(tmp_path, "20261123140000-stamp.sql")
    write(tmp_path, "README.md", "not ours")
    write(tmp_path, ".#3-editor.sql", "not ours")
    (tmp_path / "old.sql").mkdir()
    assert [(m.version, m.name) for m in load(tmp_path)] == [
        (1, "one"),
        (2, "two"),
        (10, "ten"),
        (20261123140000, "stamp"),
    ]


def test_a_file_is_cut_at_its_markers(tmp_path: Path) -> None:
    text = (
        "-- why\n/* we\n do */\n"
        "--migrate:up transaction:false\nSELECT '\n-- migrate:down\n';\n/*\n-- migrate:up\n*/\n\n"
        "--  migrate:down  superuser:true  transaction:true \nSELECT 2;\n"
    )
    path = write(tmp_path, "001-a.sql", text)
    (migration,) = load(tmp_path)
    assert migration.up == Script(
        sql="SELECT '\n-- migrate:down\n';\n/*\n-- migrate:up\n*/\n\n", line=5, transaction=False
    )
    assert migration.down == Script(sql="SELECT 2;\n", line=13, superuser=True)
    assert (migration.path, migration.irreversible, migration.label) == (path, None, "001-a")


@pytest.mark.parametrize("name", ['a "quoted" one', "dots.and.sql", "UPPER", "with space", "🐘", "é" * 63, "a-b-c"])
def test_a_name_may_hold_anything(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"001-{name}.sql")
    assert [migration.name for migration in load(tmp_path)] == [name]


def test_line_ends_do_not_change_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "unix").mkdir()
    (tmp_path / "windows").mkdir()
    text = "-- migrate:up\nSELECT '\n';\n-- migrate:down\nSELECT 2;\n"
    write(tmp_path / "unix", "001-a.sql", text)
    write(tmp_path / "windows", "001-a.sql", text.replace("\n", "\r\n"))
    (unix,), (windows,) = load(tmp_path / "unix"), load(tmp_path / "windows")
    assert (unix.up, unix.down) == (windows.up, windows.down)
    assert unix.up.checksum == windows.up.checksum


def test_blanks_around_a_script_do_not_change_its_checksum() -> None:
    assert Script(sql="\n SELECT 1;\r\n\n").checksum == Script(sql="SELECT 1;").checksum
    assert Script(sql="SELECT  1;").checksum != Script(sql="SELECT 1;").checksum


@pytest.mark.parametrize(
    "down", ["", "-- migrate:down\n", "-- migrate:down\n-- to be done\n", "-- migrate:down\nBEGIN;\nEND;"]
)
def test_a_down_of_nothing_is_no_down(tmp_path: Path, down: str) -> None:
    write(tmp_path, "001-a.sql", UP + down)
    assert load(tmp_path)[0].down is None


@pytest.mark.parametrize("end", ["", "\n", "\n-- nothing to do\n"])
def test_a_declared_reason_is_kept(tmp_path: Path, end: str) -> None:
    write(tmp_path, "001-a.sql", f"{UP}-- migrate:down transaction:false irreversible: it drops: rows, for good {end}")
    assert load(tmp_path)[0].irreversible == "it drops: rows, for good"


BAD_TEXTS = [
    ("SELECT 1;\n", 1, "there is no marker"),
    ("", 1, "there is no marker"),
    ("-- a\nSELECT 1;\n" + UP, 2, "text other than comments stands before the first marker"),
    (UP + UP, 3, "a second -- migrate:up"),
    (UP + "-- migrate:down\n" + UP, 4, "a second -- migrate:up"),
    (UP + "-- migrate:down\n-- migrate:down\n", 4, "a second -- migrate:down"),
    ("-- migrate:down\nSELECT 1;\n" + UP, 1, "the down stands before the up"),
    ("-- migrate:down\n", 1, "the down stands before the up"),
    (UP + "  -- migrate:down\n", 3, '"-- migrate:down" is almost a marker'),
    (UP + "-- Migrate:Down\n", 3, '"-- Migrate:Down" is almost a marker'),
    (UP + "-- migrate:dwon\n", 3, '"-- migrate:dwon" is almost a marker'),
    ("-- migrate:up transaction:no\n", 1, 'unknown option "transaction:no"'),
    ("-- migrate:up transaction\n", 1, 'unknown option "transaction"'),
    ("-- migrate:up superuser:true lock:5\n", 1, 'unknown option "lock:5" behind the marker'),
    ("-- migrate:up superuser:true superuser:true\n", 1, '"superuser:true" is given twice'),
    (UP + "-- migrate:down irreversible:\n", 3, 'unknown option "irreversible:"'),
    (UP + "-- migrate:down irreversible: no\nSELECT 1;", 3, "declared irreversible, and yet"),
    (UP + "\\set x 1\n", 3, r'"\set x 1" is a command of psql'),
    (UP + "\\i other.sql\n", 3, r'"\i other.sql" is a command of psql'),
    ("\\restrict abc\n" + UP, 1, r'"\restrict abc" is a command of psql'),
    (UP + "COPY t FROM stdin;\n1\n\\.\n", 3, "COPY from or to the client"),
    (UP + "-- migrate:down\n\nDO $$ BEGIN", 5, "a string quoted with $$ begins here and has no end"),
    (UP + "SELECT '\0';", 3, "a NUL byte"),
    (b"\xef\xbb\xbf" + UP.encode(), 1, "the file begins with a byte order mark"),
    (UP.encode("utf-16"), 1, "a NUL byte"),
    (UP.encode() + b"SELECT '\xe9';", 3, "not UTF-8 (byte 0xe9)"),
]


@pytest.mark.parametrize(("text", "line", "problem"), BAD_TEXTS)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, text: str | bytes, line: int, problem: str) -> None:
    path = write(tmp_path, "001-a.sql", text)
    with pytest.raises(MigrationError) as caught:
        load(tmp_path)
    assert f'"{path}", line {line}: {problem}' in str(caught.value)


def test_an_unknown_option_lists_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path, "001-a.sql", "-- migrate:up lock:5\n")
    with pytest.raises(MigrationError, match="transaction:false, superuser:true, irreversible: the reason"):
        load(tmp_path)


@pytest.mark.parametrize(
    "name", ["a.sql", "001.sql", "001-.sql", "001_a.sql", "v1-a.sql", "001-a.SQL", "１-a.sql", "-1-a.sql"]
)
def test_a_name_that_does_not_fit_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    with pytest.raises(MigrationError, match="is not named like a migration"):
        load(tmp_path)


@pytest.mark.parametrize("version", ["0", "000", str(2**63), "9" * 100])
def test_a_version_must_fit_the_ledger(tmp_path: Path, version: str) -> None:
    write(tmp_path, f"{version}-a.sql")
    with pytest.raises(MigrationError, match="the version must be from 1 to 9223372036854775807"):
        load(tmp_path)


def test_two_files_of_one_version_are_both_named(tmp_path: Path) -> None:
    write(tmp_path, "001-a.sql")
    write(tmp_path, "1-b.sql")
    with pytest.raises(MigrationError, match=r'001-a\.sql" and ".*1-b\.sql" have the same version 1'):
        load(tmp_path)


def test_a_folder_that_is_missing_or_empty_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="holds no migration"):
        load(tmp_path)
    with pytest.raises(MigrationError, match='nowhere" does not exist'):
        load(tmp_path / "nowhere")
    with pytest.raises(MigrationError, match="cannot be read: not a directory"):
        load(write(tmp_path, "file"))


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "001-a.sql").symlink_to(tmp_path / "gone")
    with pytest.raises(MigrationError, match=r'001-a\.sql" cannot be read: no such file'):
        load(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are other ones there")
def test_a_folder_without_permission_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        with as_nobody(), pytest.raises(MigrationError, match="cannot be read: permission denied"):
            load(tmp_path)
    finally:
        tmp_path.chmod(0o700)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root reads everything, so it steps down meanwhile."""
    mine = os.geteuid()
    os.seteuid(mine or 65534)
    try:
        yield
    finally:
        os.seteuid(mine)
