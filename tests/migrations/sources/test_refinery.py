from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.siphash import siphash13

from .conftest import Folder

pytestmark = pytest.mark.thorough

USERS = "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n"
ONE = {"V1__users.sql": USERS}
TABLE = """
CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255),
    checksum varchar(255));
"""
# As Rust's own DefaultHasher gives them for ("users", 1i32, USERS) and for ("users", 1i64, USERS).
CHECKSUM, WIDE_CHECKSUM = "805358099049980703", "17196934351205538382"


def cargo(folder: Folder, dependency: str = 'refinery = "0.8"') -> None:
    (folder.path.parent / "Cargo.toml").write_text(f"[dependencies]\n{dependency}\n")


@pytest.mark.parametrize("files", [ONE, {"a/b/U1__users.sql": USERS}])
def test_recognised_in_a_project_of_its_own(folder: Folder, files: dict[str, str]) -> None:
    folder.write(**files)
    cargo(folder)
    assert folder.format == "refinery"


def test_recognised_by_rust(folder: Folder) -> None:
    folder.write(**ONE, **{"V2__roles.rs": ""})
    assert folder.format == "refinery"


@pytest.mark.parametrize(
    ("files", "dependency", "found"),
    [
        (ONE, 'sqlx = "0.8"', "flyway"),
        (
            {"V1_users.sql": "", "V1.1.2__users.sql": "", "V2__two-words.sql": "", "R__x.sql": ""},
            "refinery = 1",
            "flyway",
        ),
        ({"001_users.up.sql": "", "001_users.down.sql": ""}, "refinery = 1", "golang-migrate"),
        ({"001-users.sql": "-- migrate:up\n"}, "refinery = 1", None),
    ],
)
def test_another_tools_folder(folder: Folder, files: dict[str, str], dependency: str, found: str | None) -> None:
    folder.write(**files)
    cargo(folder, dependency)
    assert folder.format == found


def test_loaded(folder: Folder) -> None:
    folder.write(
        **ONE,
        **{
            "sub/V10__ten.sql": "SELECT 10",
            "U002__e\u0301t\u00e9.sql": "SELECT 2",
            "V3__roles.rs": "pub fn migration() -> String { todo!() }",
            ".hidden/V0__zero.sql": "SELECT 0",
            "V4__\u00b2.sql": "x",
            "README.md": "x",
        },
    )
    found = folder.load("refinery")
    assert [(m.version, m.key, m.name, m.label, m.irreversible) for m in found] == [
        (1, "0", "zero", "V0__zero", "refinery has no way down"),
        (2, "1", "users", "V1__users", "refinery has no way down"),
        (3, "2", "e\u0301t\u00e9", "U002__e\u0301t\u00e9", "refinery has no way down"),
        (4, "3", "roles", "V3__roles", "refinery has no way down, and this one is in Rust, which is not run"),
        (5, "10", "ten", "V10__ten", "refinery has no way down"),
    ]
    assert [m.notes for m in found if m.notes] == [
        ("V3__roles.rs is written in Rust: it is not run, and what builds on it may fail",)
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of refinery"),
        ({"V1__a.rs": ""}, "holds no migration of refinery"),
        ({"V1__a.sql": "", "sub/U01__b.sql": ""}, "have the same version 1"),
        ({"V1__a.sql": "", "V1__a.rs": ""}, "have the same version 1"),
        ({"V1.5__a.sql": ""}, r"the version 1\.5 is no whole number"),
        ({"V\u0661__a.sql": ""}, "the version \u0661 is no whole number"),
        ({"V9223372036854775808__a.sql": ""}, "is no whole number of at most 64 bits"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("refinery")


def test_a_folder_that_is_not_there(folder: Folder) -> None:
    folder.path.rmdir()
    with pytest.raises(MigrationError, match="cannot be read: no such file"):
        folder.load("refinery")


def test_links(folder: Folder, tmp_path: Path) -> None:
    """One to a file is a file; one to a folder is not followed."""
    (tmp_path / "users").write_text(USERS)
    (folder.path / "V1__users.sql").symlink_to(tmp_path / "users")
    (folder.path / "again").symlink_to(folder.path)
    assert [m.label for m in folder.load("refinery")] == ["V1__users"]


def test_walked(folder: Folder) -> None:
    folder.write(
        **ONE,
        **{
            "V2__rust.rs": "",
            "U3__body.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql "
            "AS $$BEGIN PERFORM 1; RETURN 2; END$$; CREATE TABLE t (a int DEFAULT f());",
            "V4__index.sql": "CREATE INDEX CONCURRENTLY i ON users (id)",
        },
    )
    assert folder.walk("refinery") == [[], [], [], ["up-fails"], ["not-run"]]


def test_status(folder: Folder) -> None:
    folder.write(
        **ONE,
        **{"V2__b.sql": "SELECT 2", "V3__c.rs": "", "V4__d.sql": "", "U5__e.sql": "", "V6__f.sql": "", "V7__g.sql": ""},
    )
    assert folder.status("", "refinery") is None

    found = folder.status(
        f"{TABLE} INSERT INTO refinery_schema_history VALUES"
        f" (1, 'users', '2024-05-04T09:02:41.123456789Z', '{CHECKSUM}'), (2, 'b', NULL, '1'),"
        " (3, 'c', 'yesterday', '1'), (6, 'f', '', NULL), (9, 'lost', '', '1')",
        "refinery",
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("V1__users", "applied"),
        ("V2__b", "applied"),
        ("V3__c", "applied"),
        ("V4__d", "pending"),
        ("U5__e", "pending"),
        ("V6__f", "applied"),
        ("V7__g", "pending"),
        ("lost", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [
        ("edited", 2),
        ("deleted", 0),
        ("out of order", 4),
        ("out of order", 5),
    ]
    assert "refinery refuses to go on" in found.problems[2].text
    assert "refinery applies it" in found.problems[3].text
    assert [e.applied_at for e in found.entries[:3]] == [datetime(2024, 5, 4, 9, 2, 41, 123456, tzinfo=UTC), None, None]


def test_wide_versions(folder: Folder) -> None:
    """With the build option the version is hashed as eight bytes; a stamp among the versions tells as well."""
    folder.write(**ONE)
    assert folder.load("refinery")[0].checksum == CHECKSUM
    cargo(folder, 'refinery = { version = "0.9", features = ["int8-versions"] }')
    assert folder.load("refinery")[0].checksum == WIDE_CHECKSUM
    cargo(folder)
    folder.write(**{"V20240504090301__b.sql": ""})
    assert folder.load("refinery")[0].checksum == WIDE_CHECKSUM


@pytest.mark.parametrize(
    ("letters", "expected"), [(0, 3476900567878811119), (3, 10593910773773912666), (7, 2658886392432618945)]
)
def test_hash_of_a_text(letters: int, expected: int) -> None:
    """As Rust's own DefaultHasher gives it for a text of so many letters of two bytes."""
    assert siphash13("é".encode() * letters + b"\xff") == expected
