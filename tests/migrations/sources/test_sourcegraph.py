from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.sourcegraph_graph import ordered

from .conftest import Folder

pytestmark = pytest.mark.thorough

TABLE = """
CREATE TABLE migration_logs (id serial PRIMARY KEY, migration_logs_schema_version integer NOT NULL,
    schema text NOT NULL, version integer NOT NULL, up bool NOT NULL, started_at timestamptz NOT NULL,
    finished_at timestamptz, success boolean, error_message text, backfilled boolean NOT NULL DEFAULT false);
"""
INSERT = """
INSERT INTO migration_logs (migration_logs_schema_version, schema, version, up, started_at, finished_at, success,
    backfilled) VALUES
"""
DAY = "'2024-01-02 03:04:05Z'"
CONCURRENTLY = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (id);"


def migration(version: str, metadata: str = "", up: str = "SELECT 1;", down: str = "") -> dict[str, str]:
    return {
        f"{version}/metadata.yaml": f"name: a name\n{metadata}\n",
        f"{version}/up.sql": up,
        f"{version}/down.sql": down,
    }


USERS = migration(
    "10_users", up="CREATE TABLE users (id int);\nCREATE TABLE roles (id int);", down="DROP TABLE users, roles"
)


def test_recognised(folder: Folder) -> None:
    folder.write(**USERS, **{"BUILD.bazel": ""})
    assert folder.format == "sourcegraph"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"001_users.up.sql": "", "001_users.down.sql": ""}, "golang-migrate"),
        ({"001-users.sql": "-- migrate:up\n"}, None),
        ({"10_users/up.sql": ""}, "diesel"),
        ({"users/up.sql": "", "users/metadata.yaml": ""}, None),
    ],
)
def test_another_tools_folder(folder: Folder, files: dict[str, str], found: str | None) -> None:
    folder.write(**files)
    assert folder.format == found


def test_loaded(folder: Folder) -> None:
    """Parents come first, and of what is left the lower numbers; a branch is finished where it was begun."""
    folder.write(
        **USERS,
        **migration("9_left", "parents: [10]"),
        **migration("8_below", "parents:\n  - 9", "-- +++\nparent: 1\n-- +++\n\nBEGIN;\n\nSELECT 8;\n\nCOMMIT;\n"),
        **migration("11_right", "parent: 10", down="BEGIN;\n-- nothing\nCOMMIT;"),
        **migration("12", "parents: [8, 11]\nprivileged: yes", "CREATE EXTENSION citext", "DROP EXTENSION citext"),
        **{"README.md": ""},
    )
    found = folder.load()
    assert [(m.version, m.key, m.name, m.label, m.up.superuser) for m in found] == [
        (1, "10", "a name", "10_users", False),
        (2, "9", "a name", "9_left", False),
        (3, "8", "a name", "8_below", False),
        (4, "11", "a name", "11_right", False),
        (5, "12", "a name", "12", True),
    ]
    assert (found[2].up.sql, found[2].up.line) == ("SELECT 8;", 7)
    assert [m.down and m.down.sql for m in found] == [
        "DROP TABLE users, roles",
        None,
        None,
        None,
        "DROP EXTENSION citext",
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"README.md": ""}, "holds no migration of sourcegraph"),
        ({"1_a/up.sql": "", "1_a/down.sql": ""}, r'metadata\.yaml" cannot be read: no such file'),
        ({"1_a/up.sql": "", "1_a/metadata.yaml": ""}, r'down\.sql" cannot be read: no such file'),
        ({"1_a.sql": ""}, 'metadata.yaml" cannot be read: not a directory'),
        ({**migration("1_a"), **migration("01_b")}, "have the same version 1"),
        ({**migration("1_a"), **migration("2_b")}, "2 migrations have no parent: 1, 2"),
        (migration("1_a", "parents: [7]"), "the parent 7 of migration 1 does not exist"),
        (
            {**migration("1_a", "parent: 2"), **migration("2_b", "parent: 1")},
            "depend on each other: 1 -> 2 -> 1|2 -> 1",
        ),
        (migration("1_a", "parents: 7"), '"7" is no list of versions'),
        (migration("1_a", "parents: [x]"), '"x" is no list of versions'),
        (migration("1_a", "parent: [7]"), "is no list of versions"),
        (migration("1_a", "privileged: maybe"), '"maybe" is neither true nor false'),
        (migration("1_a", "privileged: {a: b}"), r'metadata\.yaml", line 2: "{a: b}" is YAML that is not understood'),
        (migration("1_a", up=CONCURRENTLY), "up.sql builds an index concurrently, which"),
        (migration("1_a", "createIndexConcurrently: true"), "up.sql builds no index concurrently"),
        (migration("1_a", "createIndexConcurrently: true", f"{CONCURRENTLY} SELECT 1;"), "does more than to build"),
        (
            migration("1_a", "createIndexConcurrently: true", f"{CONCURRENTLY}", CONCURRENTLY),
            "down.sql builds an index",
        ),
        (migration("1_a", up="COMMENT ON EXTENSION x IS 'y'"), "an extension is made, commented on or dropped"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("sourcegraph")


def test_walked(folder: Folder) -> None:
    folder.write(
        **USERS,
        **migration(
            "11", "parents: [10]\ncreateIndexConcurrently: true", f"-- why\n{CONCURRENTLY} -- so", "DROP INDEX i;"
        ),
        **migration(
            "12",
            "parents: [11]",
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN PERFORM 1; RETURN 2; END$$;"
            " COMMIT AND CHAIN; CREATE TABLE t (a int DEFAULT f());",
            "DROP TABLE t; DROP FUNCTION f();",
        ),
        **migration("13", "parents: [12]\nprivileged: true", "CREATE EXTENSION pgcrypto;", "DROP EXTENSION pgcrypto;"),
        **migration("14", "parents: [13]", "BEGIN;\nCREATE TABLE broken (a no_such_type);\nCOMMIT;"),
    )
    assert folder.walk() == [[], [], [], [], ["up-fails"], ["not-run"]]


def test_status(folder: Folder) -> None:
    """The last entry of a version counts, one that was made up later only where there is no other.

    A branch on which nothing rests may be applied at any time.
    """
    folder.write(
        **USERS,
        **migration("11", "parent: 10"),
        **migration("12", "parent: 11"),
        **migration("13", "parent: 12"),
        **migration("14", "parent: 13"),
        **migration("15", "parent: 14"),
        **migration("9_branch", "parent: 10"),
    )
    assert folder.status("") is None

    found = folder.status(
        f"{TABLE} {INSERT} (2, 's', 10, true, {DAY}, {DAY}, true, false),"
        f" (2, 's', 10, false, now(), now(), false, false),"  # a failed revert
        f" (2, 's', 11, true, {DAY}, {DAY}, true, false), (2, 's', 11, false, now(), now(), true, false),"
        f" (2, 's', 12, true, {DAY}, {DAY}, false, false), (2, 's', 12, true, now(), now(), true, true),"
        f" (2, 's', 13, true, {DAY}, NULL, NULL, false), (2, 's', 14, true, {DAY}, {DAY}, true, true),"
        f" (2, 's', 8, true, {DAY}, {DAY}, true, false)"
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("10_users", "applied"),
        ("9_branch", "pending"),
        ("11", "pending"),
        ("12", "failed"),
        ("13", "begun, and not finished"),
        ("14", "applied"),
        ("15", "pending"),
        ("8", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [
        ("unfinished", 4),
        ("unfinished", 5),
        ("deleted", 0),
        ("out of order", 3),
    ]
    assert found.entries[0].applied_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_log_of_several_schemas(folder: Folder) -> None:
    folder.write(**USERS)
    rows = f"(2, 'b', 10, true, {DAY}, {DAY}, true, false), (2, 'a', 10, true, {DAY}, {DAY}, true, false)"
    with pytest.raises(MigrationError, match="migration_logs is of several schemas: a, b"):
        folder.status(f"{TABLE} {INSERT} {rows}")


@pytest.mark.parametrize("seed", range(20))
def test_every_graph_has_its_parents_first(seed: int) -> None:
    random = Random(seed)
    parents = {0: [], **{n: random.sample(range(n), random.randint(1, min(n, 3))) for n in range(1, 40)}}
    order = ordered(parents)
    assert sorted(order) == sorted(parents)
    assert all(order.index(parent) < order.index(version) for version in parents for parent in parents[version])


def test_a_long_chain() -> None:
    assert ordered({n: [n - 1] if n else [] for n in range(5000)}) == list(range(5000))
