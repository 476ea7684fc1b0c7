from __future__ import annotations

from datetime import datetime

import pytest

from pgassay.errors import MigrationError

from .conftest import Folder

pytestmark = pytest.mark.thorough

USERS = {
    "2017-09-26-151545_users/up.sql": "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n",
    "2017-09-26-151545_users/down.sql": "DROP TABLE users, roles;\n",
}
TABLE = """
CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
"""
NO_TRANSACTION = "run_in_transaction = false\n"


def test_recognised(folder: Folder) -> None:
    folder.write(**USERS, **{".diesel_lock": "", "README.md": ""})
    assert folder.format == "diesel"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"001_users.up.sql": "", "001_users.down.sql": ""}, "golang-migrate"),
        ({"001-users.sql": "-- migrate:up\n"}, None),
        ({"20240101000000_users/migration.sql": ""}, "prisma"),
        ({"20240101_users/up.sql": "", "20240101_users/metadata.yaml": ""}, "sourcegraph"),
        ({"1620000000000_users/up.sql": ""}, "hasura"),
        ({"users/up.sql": ""}, None),
    ],
)
def test_another_tools_folder(folder: Folder, files: dict[str, str], found: str | None) -> None:
    folder.write(**files)
    assert folder.format == found


def test_loaded(folder: Folder) -> None:
    """Versions are texts without their dashes, so the order of the folders' names is another one."""
    folder.write(
        **USERS,
        **{
            "20170101000000_a_b/up.sql": "SELECT 1",
            "2_late/up.sql": "SELECT 2",
            "2_late/down.sql": "-- nothing\n",
            "10/up.sql": "SELECT '",
            "10/down.sql": "SELECT '",
            ".hidden/x": "",
            "README.md": "",
        },
    )
    (folder.path / "empty").mkdir()
    found = folder.load()
    assert [(m.version, m.key, m.name, m.label, m.down and m.down.sql) for m in found] == [
        (1, "10", "", "10", "SELECT '"),
        (2, "2", "late", "2_late", None),
        (3, "20170101000000", "a_b", "20170101000000_a_b", None),
        (4, "20170926151545", "users", "2017-09-26-151545_users", "DROP TABLE users, roles;\n"),
    ]
    assert {m.irreversible for m in found} == {None}


@pytest.mark.parametrize(
    ("metadata", "transaction", "note"),
    [
        (None, True, None),
        ("run_in_transaction = true", True, None),
        (NO_TRANSACTION, False, None),
        ("\ufeff# why\nrun_in_transaction = false\nother = 1", False, None),
        ("", False, "metadata.toml does not say run_in_transaction: diesel takes that for false"),
        (
            "run_in_transaction = no",
            True,
            "metadata.toml cannot be read: diesel passes over it, and opens a transaction",
        ),
        (
            "run_in_transaction = 'false'",
            True,
            "run_in_transaction is neither true nor false: diesel passes over metadata.toml",
        ),
    ],
)
def test_metadata(folder: Folder, metadata: str | None, transaction: bool, note: str | None) -> None:
    folder.write(**USERS)
    if metadata is not None:
        folder.write(**{"2017-09-26-151545_users/metadata.toml": metadata})
    [found] = folder.load()
    assert found.down is not None
    assert (found.up.transaction, found.down.transaction) == (transaction, transaction)
    assert found.notes == (() if note is None else (note,))


def test_an_empty_up(folder: Folder) -> None:
    folder.write(**{"1_a/up.sql": "", "1_a/down.sql": ""})
    [found] = folder.load()
    assert (found.down, found.notes) == (None, ("up.sql is empty: the diesel command refuses to run it",))


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"README.md": ""}, "holds no migration of diesel"),
        ({**USERS, "notes/README.md": ""}, 'notes" has no up.sql'),
        ({"1-0_a/up.sql": "", "10_b/up.sql": ""}, 'have the same version "10"'),
        ({f"{'1' * 51}_a/up.sql": ""}, "has 51 characters"),
        ({"1_a/up.sql/x": ""}, 'up.sql" cannot be read'),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("diesel")


def test_a_link_is_not_followed_before_it_counts(folder: Folder) -> None:
    folder.write(**USERS)
    (folder.path / "LICENSE").symlink_to(folder.path / "2017-09-26-151545_users/up.sql")
    with pytest.raises(MigrationError, match=r'LICENSE" has no up\.sql'):
        folder.load()


def test_walked(folder: Folder) -> None:
    """A file is one query: of several statements the server makes a transaction, whatever the metadata say."""
    folder.write(
        **USERS,
        **{
            "2018-01-01-000000_index/up.sql": "CREATE INDEX CONCURRENTLY i ON users (id)",
            "2018-01-01-000000_index/down.sql": "DROP INDEX CONCURRENTLY i;",
            "2018-01-01-000000_index/metadata.toml": NO_TRANSACTION,
            "2018-01-02-000000_body/up.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql "
            "AS $$BEGIN PERFORM 1; RETURN 2; END$$; CREATE TABLE t (a int DEFAULT f());",
            "2018-01-02-000000_body/down.sql": "DROP TABLE t; DROP FUNCTION f();",
            "2018-01-03-000000_no_way/up.sql": "CREATE TABLE u (a int)",
            "2018-01-04-000000_two/up.sql": "SELECT 1; CREATE INDEX CONCURRENTLY j ON users (id)",
            "2018-01-04-000000_two/metadata.toml": NO_TRANSACTION,
        },
    )
    assert folder.walk() == [[], [], [], ["down-missing"], ["up-fails"], ["not-run"]]


@pytest.mark.parametrize(("end", "rules"), [("COMMIT;", ["up-fails"]), ("COMMIT AND CHAIN;", ["down-missing"])])
def test_a_transaction_that_the_script_ends(folder: Folder, end: str, rules: list[str]) -> None:
    folder.write(**{"1_a/up.sql": f"CREATE TABLE t (a int); {end}"})
    assert folder.walk()[0] == rules


def test_status(folder: Folder) -> None:
    folder.write(**USERS, **{"2018-01-01-000000_b/up.sql": "SELECT 1", "2018-01-02-000000_c/up.sql": "SELECT 1"})
    assert folder.status("") is None

    found = folder.status(
        f"{TABLE} INSERT INTO __diesel_schema_migrations VALUES ('20170926151545', '2018-01-02 03:04:05'),"
        " ('20180102000000', now()), ('20190101000000', now())"
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("2017-09-26-151545_users", "applied"),
        ("2018-01-01-000000_b", "pending"),
        ("2018-01-02-000000_c", "applied"),
        ("20190101000000", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("deleted", 0), ("out of order", 2)]
    assert "diesel applies it" in found.problems[1].text
    assert found.entries[0].applied_at == datetime(2018, 1, 2, 3, 4, 5)  # noqa: DTZ001 - the table has no time zone
