from __future__ import annotations

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.session import run_script
from pgassay.migrations.sources.flyway import FORMAT

from .conftest import Folder

FIRST = {
    "V1__Users.sql": "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n",
    "U1__x.sql": "DROP TABLE users, roles",
}
# Of PostgreSQLDatabase.getRawCreateScript.
TABLE = """
CREATE TABLE "flyway_schema_history" (
    "installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER,
    "installed_by" VARCHAR(100) NOT NULL, "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
    "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL
);
ALTER TABLE "flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
INSERT INTO flyway_schema_history
SELECT rank, version, description, type, script, checksum::int, 'me', '2026-01-02 03:04:05', 1, success
  FROM (VALUES %s) AS _ (rank, version, description, type, script, checksum, success)
"""


@pytest.mark.parametrize("name", ["V1__a.sql", "V1_2.3__a b.SQL", "R__a.sql", "B3__.sql", "inner/V1__a.sql"])
def test_recognised(folder: Folder, name: str) -> None:
    folder.write(**{name: "SELECT 1"})
    assert folder.format == "flyway"


@pytest.mark.parametrize(
    "name", ["1_a.up.sql", "001-a.sql", "V1.sql", "V__a.sql", "V1a__a.sql", "U1__a.sql", "R1__a.sql", "V1__a.txt"]
)
def test_not_taken_for_it(folder: Folder, name: str) -> None:
    folder.write(**{name: "-- migrate:up\nSELECT 1"})
    assert not FORMAT.looks_like(folder.path)


def test_loaded_in_the_order_of_versions_and_then_of_descriptions(folder: Folder) -> None:
    folder.write(
        **FIRST,
        **{"b/V10.sql": "", "a/V1.9__c.sql": "", "V01_10__d_e.sql": "", "V2.0__f.sql": "", "U2__f.sql": "-- nothing"},
        **{"R__a b.sql": "", "R__A.sql": "", ".hidden/V3__x.sql": "x", "README.md": ""},
    )
    found = folder.load()
    assert [(m.label, m.key, m.name, m.down is None, m.irreversible) for m in found] == [
        ("V1__Users", "1", "Users", False, None),
        ("V1.9__c", "1.9", "c", True, None),
        ("V01_10__d_e", "1.10", "d e", True, None),
        ("V2.0__f", "2", "f", True, None),
        ("V10", "10", "", True, None),
        ("R__A", "R__A", "A", True, "Flyway does not undo repeatable migrations"),
        ("R__a b", "R__a b", "a b", True, "Flyway does not undo repeatable migrations"),
    ]
    assert [m.version for m in found] == [1, 2, 3, 4, 5, 6, 7]


UNDONE = {"V1__a.sql": "CREATE TABLE a (id int);", "U1__a.sql": "DROP TABLE a;"}


def test_the_way_down_goes_on_below_repeatable_migrations(folder: Folder) -> None:
    view = "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;"
    folder.write(**UNDONE, **{"V2__b.sql": "CREATE TABLE b ();", "U2__b.sql": "DROP TABLE b;", "R__v.sql": view})
    assert folder.walk() == [[], [], [], []]
    folder.write(**{"U1__a.sql": "ALTER TABLE a RENAME TO c;"})
    assert folder.walk() == [["down-leaves-a-trace"], [], [], ["not-run"]]


def test_what_the_way_down_leaves_is_found_below_a_repeatable_migration(folder: Folder) -> None:
    """The down leaves something only where the repeatable one has been."""
    traced = "DO $$ BEGIN IF to_regclass('s') IS NOT NULL THEN CREATE TABLE t (); END IF; END $$;"
    folder.write(**UNDONE, **{"R__s.sql": "CREATE SEQUENCE IF NOT EXISTS s;"})
    folder.write(**{"U1__a.sql": f"DROP TABLE a; {traced}"})
    assert folder.walk() == [[], [], ["way-down-leaves-a-trace"]]


def test_an_undo_meets_what_a_repeatable_migration_has_made(folder: Folder) -> None:
    folder.write(**UNDONE, **{"R__v.sql": "CREATE OR REPLACE VIEW v AS SELECT id FROM a;"})
    assert folder.walk() == [[], [], ["way-down-fails"]]


def test_a_folder_without_undo_migrations_goes_only_forward(folder: Folder) -> None:
    folder.write(**{"V1__a.sql": "SELECT 1"})
    assert [m.irreversible for m in folder.load()] == ["the folder has no undo migrations of Flyway"]


def test_what_is_not_run_is_said(folder: Folder) -> None:
    folder.write(
        **FIRST,
        **{"V3__c.sql": "", "beforeMigrate__x.sql": "", "afterMigrate.sql": "", "V2__Code.java": "", "U7__x.sql": ""},
        **{"B1__b.sql": "", "V1a__x.sql": "", "V2.5__off.sql": "", "V2.5__off.sql.conf": "shouldExecute=false"},
    )
    assert {m.label: m.notes for m in folder.load()} == {
        "V1__Users": (
            "not run: B1__b.sql, which Flyway may begin an empty database with",
            "not run: beforeMigrate__x.sql, a callback of Flyway",
        ),
        "V3__c": (
            "not run: U7__x.sql, which has no migration to undo",
            "not run: afterMigrate.sql, a callback of Flyway",
            "not run: V1a__x.sql, which Flyway does not take for a migration by its name",
            "not run: V2__Code.java, a program that Flyway runs as version 2",
            "not run: V2.5__off.sql, whose .conf says shouldExecute=false",
        ),
    }


def test_programs_beside_the_resources(folder: Folder) -> None:
    folder.path = folder.path / "src/main/resources/db"
    folder.write(**{"V1__a.sql": "", "../../kotlin/db/V2__Code.kt": ""})
    assert [m.notes for m in folder.load()] == [("not run: V2__Code.kt, a program that Flyway runs as version 2",)]


def test_a_baseline_stands_for_what_has_no_files(folder: Folder) -> None:
    folder.write(**{"B4__old.sql": "", "B5__all.sql": "SELECT 1", "V5.1__a.sql": ""})
    assert [(m.label, m.checksum, m.irreversible) for m in folder.load()] == [
        ("B5__all", None, "Flyway does not undo baselines"),
        ("V5.1__a", "0", "the folder has no undo migrations of Flyway"),
    ]


def test_placeholders(folder: Folder) -> None:
    """They are put in everywhere, whatever the case of their names; `$$` hides the brace behind it."""
    folder.placeholders = {"role": "bob"}
    text = "-- ${Role} ${flyway:filename}\nSELECT '${ROLE}', $${\"a\":1}$$, '${flyway:table}'"
    folder.write(
        **{"V1__a.sql": text, "V2__b.sql": "SELECT '${x}'", "V2__b.sql.conf": "placeholderReplacement = false"}
    )
    found = folder.load()
    assert [m.up.sql for m in found] == [
        "-- bob V1__a.sql\nSELECT 'bob', $${\"a\":1}$$, 'flyway_schema_history'",
        "SELECT '${x}'",
    ]


def test_checksums(folder: Folder) -> None:
    """The published check value of CRC-32 is that of 123456789; line ends and a mark at the start are left out."""
    folder.placeholders = {"five": "5"}
    folder.write(**{"V1__a.sql": "\ufeff1234\r\n56789\n", "V2__b.sql": "-- ${five}", "R__c.sql": "1234${five}6789"})
    assert [m.checksum for m in folder.load()] == ["-873187034", "-1075266596", "-873187034"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of Flyway"),
        ({"U1__a.sql": ""}, "holds no migration of Flyway"),
        ({"V1__a.sql": "", "b/V1.0__b.sql": ""}, "have the same version 1"),
        ({"V1__a.sql": "", "U1__a.sql": "", "U01__b.sql": ""}, "have the same version 1"),
        ({"R__a.sql": "", "b/R__a.sql": ""}, 'have the same name "R__a"'),
        ({"V1__a.sql": "", "afterMigrate.sql": "", "b/afterMigrate.sql": ""}, 'have the same name "afterMigrate"'),
        ({"V1__a.sql": "SELECT 1;\n-- ${b} ${a}"}, r'V1__a.sql", line 2: no value is set for a, b'),
        ({"V1__a.sql": "-- ${c}", "V2__b.sql": "-- ${b} ${a}", "U2__b.sql": "${d}"}, "no value is set for a, b, c, d"),
        ({"V1__a.sql": "SELECT 1;\n-- ${b"}, r'V1__a.sql", line 2: a placeholder begins here and has no end'),
        ({"V1__a.sql": "SELECT '"}, r'V1__a.sql", line 1: a string begins here and has no end'),
        (
            {"V1__a.sql": "CREATE TABLE t ();\nDROP INDEX CONCURRENTLY i;"},
            r'V1__a.sql", line 2: statements that need a transaction and some that must not be in one',
        ),
        ({"V1__a.sql": "", "V1__a.sql.conf": "x=1"}, r'V1__a.sql.conf": unknown setting "x"'),
        ({"V1__a.sql": "", "V1__a.sql.conf": "shouldExecute=a==b"}, 'shouldExecute is "a==b"'),
        ({"V1__a.sql": "", "V1__a.sql.conf": "encoding=x"}, 'unknown encoding "x"'),
        ({"V1__a.sql": "é", "V1__a.sql.conf": "encoding=US-ASCII"}, "line 1: not ASCII"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("flyway")


@pytest.mark.parametrize(
    ("text", "transaction"),
    [
        ("create unique index concurrently i on t (a)", False),
        ("REINDEX (VERBOSE) DATABASE d; vacuum (full) t", False),
        ("-- VACUUM\n/* VACUUM */ ALTER SYSTEM SET a = 1", False),
        ("REINDEX INDEX CONCURRENTLY i", True),
        ("SELECT 'VACUUM'; ALTER TYPE t ADD VALUE 'a'", True),
        ("", True),
    ],
)
def test_a_transaction_where_the_statements_allow_it(folder: Folder, text: str, transaction: bool) -> None:
    folder.write(**{"V1__a.sql": text})
    assert folder.load()[0].up.transaction is transaction


def test_walked(folder: Folder) -> None:
    body = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;\nSELECT f();"
    folder.write(
        **FIRST,
        **{
            "V2__index.sql": "CREATE INDEX CONCURRENTLY i ON users (id);\nCREATE INDEX CONCURRENTLY j ON users (id);",
            "U2__index.sql": "DROP INDEX CONCURRENTLY i;\nDROP INDEX CONCURRENTLY j;",
            "V3__body.sql": body,
            "U3__body.sql": "DROP FUNCTION f();",
            "V4__mixed.sql": "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY k ON t (a);",
            "V4__mixed.sql.conf": "# both\nexecuteInTransaction=false\n",
            "U4__mixed.sql": "DROP TABLE t;",
            "R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT id FROM users;",
            "R__z.sql": "CREATE TABLE z (a int); SELECT 1/0;",
        },
    )
    assert folder.walk() == [[], [], [], [], [], ["up-fails"], ["not-run"]]


def test_copy(folder: Folder) -> None:
    """Rows may look like anything; what is wrong with them is said with the line of the COPY."""
    rows = "SELECT 1;\\t'\n$$\t\\N\n\\.\n".replace("\\t'", "\t'")
    copy = f"CREATE TABLE t (a text, b text);\n\ncopy t (a, b) FROM stdin WITH (NULL '\\N');\n{rows}SELECT 1;\n"
    folder.write(
        **{
            "V1__a.sql": copy,
            "U1__a.sql": "DROP TABLE t;",
            "V2__b.sql": "-- x\nCOPY t FROM STDIN;\n1\n\\.\n",
            "U2__b.sql": "COPY t FROM STDIN;\n\\.\n",
        }
    )
    found = folder.load()
    assert [(piece.line, piece.rows) for piece in found[0].up.pieces or ()] == [
        (1, None),
        (3, "SELECT 1;\t'\n$$\t\\N\n"),
        (7, None),
    ]
    assert found[1].down is not None
    assert folder.walk() == [[], ["up-fails"], ["not-run"]]
    with psycopg.connect(folder.database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a text, b text)")
        with pytest.raises(MigrationError, match=r'V2__b.sql", line 2: missing data for column "b"'):
            run_script(connection, found[1].up, path=found[1].path)


def test_status(folder: Folder) -> None:
    folder.write(
        **FIRST,
        **{"V2__b.sql": "123456789", "V2.5__slipped.sql": "", "V3__c.sql": "edited", "V4__undone.sql": ""},
        **{"V5__new.sql": "", "R__same.sql": "123456789", "R__view.sql": "changed"},
    )
    assert folder.status("") is None

    found = folder.status(
        TABLE
        % """
        (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '"public"', NULL, true),
        (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, true),
        (2, '2.0', 'b', 'SQL', 'V2__b.sql', -873187034, true),
        (3, '3', 'c', 'SQL', 'V3__c.sql', 1, true),
        (4, '4', 'undone', 'SQL', 'V4__undone.sql', 0, true),
        (5, '4', 'undone', 'UNDO_SQL', 'U4__undone.sql', 0, true),
        (6, NULL, 'same', 'SQL', 'R__same.sql', 7, true),
        (7, NULL, 'same', 'SQL', 'R__same.sql', -873187034, true),
        (8, NULL, 'view', 'SQL', 'R__view.sql', 7, true),
        (9, '7', 'gone', 'SQL', 'V7__gone.sql', 1, false)"""
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("V1__Users", "applied"),
        ("V2__b", "applied"),
        ("V2.5__slipped", "pending"),
        ("V3__c", "applied"),
        ("V4__undone", "pending"),
        ("V5__new", "pending"),
        ("R__same", "applied"),
        ("R__view", "pending"),
        ("V7__gone", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("edited", 4), ("deleted", 0), ("out of order", 3)]


def test_a_failed_migration_and_a_baseline_without_a_file(folder: Folder) -> None:
    folder.write(**{"V2__a.sql": "", "V3__b.sql": ""})
    found = folder.status(
        TABLE
        % """
        (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, true),
        (2, '2', 'a', 'SQL', 'V2__a.sql', 0, false)"""
    )
    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [("V2__a", "failed"), ("V3__b", "pending")]
    assert [(p.kind, p.version) for p in found.problems] == [("unfinished", 1)]


def test_what_lies_below_a_baseline_counts_as_applied(folder: Folder) -> None:
    folder.write(**{"V1__a.sql": "", "V2__b.sql": "", "V3__c.sql": ""})
    found = folder.status(TABLE % "(1, '2', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, true)")
    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("V1__a", "applied"),
        ("V2__b", "applied"),
        ("V3__c", "pending"),
    ]
    assert found.problems == ()
