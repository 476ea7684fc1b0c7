from __future__ import annotations

import hashlib
import sys

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.liquibase import FORMAT

from .conftest import Folder

pytestmark = pytest.mark.thorough

HEADER = "--liquibase formatted sql\n"
FIRST = f"""{HEADER}
--changeset bob:1
CREATE TABLE users (id int); -- all of them
CREATE TABLE roles (id int);
--rollback DROP TABLE roles;
--rollback DROP TABLE users;
"""
# By the columns of CreateDatabaseChangeLogTableGenerator.
TABLE = """
CREATE TABLE databasechangelog (
    id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
    dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35)
);
INSERT INTO databasechangelog
SELECT id, author, filename, '2026-01-02 03:04:05', 1, 'EXECUTED', md5sum
  FROM (VALUES %s) AS _ (id, author, filename, md5sum)
"""


@pytest.mark.parametrize("text", [HEADER, "\n\n  -- Liquibase  Formatted SQL  logicalFilePath:x\n", f"\ufeff{HEADER}"])
def test_recognised(folder: Folder, text: str) -> None:
    folder.write(**{"a.sql": text, "b.sql": ""})
    assert folder.format == "liquibase"


@pytest.mark.parametrize(
    "files",
    [
        {"1_a.up.sql": "SELECT 1", "1_a.down.sql": ""},
        {"001-a.sql": "-- migrate:up\nSELECT 1"},
        {"V1__a.sql": "SELECT 1;\n--liquibase formatted sql"},
        {"a.txt": HEADER},
        {},
    ],
)
def test_not_taken_for_it(folder: Folder, files: dict[str, str]) -> None:
    folder.write(**files)
    assert not FORMAT.looks_like(folder.path)


def test_loaded(folder: Folder) -> None:
    folder.write(
        **{
            "b.sql": f'{HEADER}--changeset "Bob, B":"2 x"\nSELECT 1;\n--rollback empty',
            "a/a.sql": FIRST,
            "c.sql": f"{HEADER} logicalFilePath:x/y.sql\n-- changeset bob:1\nSELECT 1;\n--rollback -- nothing;\n",
        }
    )
    found = folder.load("liquibase")
    assert [(m.version, m.label, m.key, m.down is None, m.irreversible) for m in found] == [
        (1, "a/a.sql::1::bob", "a.sql::1::bob", False, None),
        (2, "b.sql::2 x::Bob, B", "b.sql::2 x::Bob, B", True, "the changeset says --rollback empty"),
        (3, "c.sql::1::bob", "c.sql::1::bob", True, None),
    ]


def test_a_file_that_says_nothing_of_liquibase_is_sent_whole(folder: Folder) -> None:
    folder.write(**{"a.sql": FIRST, "b.sql": "\n-- ${x}\nSELECT 1;\nSELECT 2;\n"})
    found = folder.load()[1]
    assert (found.label, found.down) == ("b.sql::raw::includeAll", None)
    assert [(piece.line, piece.sql) for piece in found.up.pieces or ()] == [(2, "-- ${x}\nSELECT 1;\nSELECT 2;")]


def test_an_empty_file_is_refused(folder: Folder) -> None:
    folder.write(**{"a.sql": FIRST, "b.sql": "\n"})
    with pytest.raises(MigrationError, match=r'b\.sql" is empty, which Liquibase refuses'):
        folder.load()


def test_one_file_is_a_folder_too(folder: Folder) -> None:
    folder.write(**{"log.sql": FIRST})
    folder.path /= "log.sql"
    assert folder.format == "liquibase"
    assert [m.label for m in folder.load()] == ["log.sql::1::bob"]


CHANGES = dict.fromkeys(("db/a.sql", "db/b.sql", "db/c/d.sql"), f"{HEADER}--changeset bob:1\nSELECT '${{x}}';\n")
MASTERS = {
    "m.xml": """<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
        <preConditions><dbms type="postgresql"/></preConditions><property name="x" value="1"/>
        <include file="m2.xml" relativeToChangelogFile="true"/><includeAll path="/db/" endsWithFilter="b.SQL"/>
        <include file="classpath:db/a.sql"/></databaseChangeLog>""",
    "m2.xml": '<databaseChangeLog><includeAll path="db/c"/></databaseChangeLog>',
    "m.yaml": """
databaseChangeLog:
  - property: {name: x, value: 1}
  - property: {name: x, value: 2}
  - includeAll: {path: db/c, relativeToChangelogFile: true}
  - include:
      file: db/b.sql
  - include: {file: db/a.sql}
""",
    "m.json": """{"databaseChangeLog": [{"property": {"name": "x", "value": 0, "dbms": "h2"}},
        {"property": {"name": "X", "value": 1}}, {"include": {"file": "db/c/d.sql"}},
        {"include": {"file": "db/b.sql"}}, {"include": {"file": "db/a.sql"}}]}""",
}


@pytest.mark.parametrize("master", ["m.xml", "m.yaml", "m.json"])
def test_the_order_of_a_changelog_that_includes_others(folder: Folder, master: str) -> None:
    folder.write(**CHANGES, **MASTERS)
    folder.path /= master
    assert folder.format == "liquibase"
    assert [(m.label, m.up.sql) for m in folder.load()] == [
        ("db/c/d.sql::1::bob", "SELECT '1';\n"),
        ("db/b.sql::1::bob", "SELECT '1';\n"),
        ("db/a.sql::1::bob", "SELECT '1';\n"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("m.xml", "<databaseChangeLog>", 'm.xml" is no changelog of Liquibase: no element found'),
        ("m.xml", '<databaseChangeLog><changeSet id="1"/></databaseChangeLog>', 'm.xml" has a changeSet of its own'),
        (
            "m.xml",
            '<databaseChangeLog><include file="x.sql"/></databaseChangeLog>',
            'includes "x.sql", which is not there',
        ),
        ("m.xml", '<databaseChangeLog><includeAll path="migrations"/></databaseChangeLog>', 'm.xml" includes itself'),
        ("m.xml", "<databaseChangeLog><include/></databaseChangeLog>", 'includes "", which is not there'),
        ("m.yaml", "databaseChangeLog: [", 'm.yaml" is no changelog of Liquibase: while parsing'),
        ("m.yaml", "databaseChangeLog: 1", 'm.yaml" is no changelog of Liquibase'),
        ("m.json", "databaseChangeLog", 'm.json" is no changelog of Liquibase'),
    ],
)
def test_refused_of_a_changelog_that_includes_others(folder: Folder, name: str, text: str, error: str) -> None:
    folder.write(**{name: text})
    folder.path /= name
    with pytest.raises(MigrationError, match=error):
        folder.load("liquibase")


def test_without_yaml(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(**MASTERS)
    folder.path /= "m.yaml"
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MigrationError, match=r'm\.yaml" is YAML, and pyyaml is not installed'):
        folder.load()


def pieces(folder: Folder, text: str, down: bool = False) -> list[tuple[int, str]]:
    """Return what a changelog of one changeset sends, with the lines."""
    folder.write(**{"a.sql": HEADER + text})
    (found,) = folder.load("liquibase")
    script = found.down if down else found.up
    assert script is not None
    return [(piece.line, piece.sql) for piece in script.pieces or ()]


@pytest.mark.parametrize(
    ("options", "text", "sent"),
    [
        (
            "",
            "-- a\nSELECT /* b */ 1;\n\nSELECT ';';\nSELECT 3",
            [(4, "SELECT  1"), (6, "SELECT ';'"), (7, "SELECT 3")],
        ),
        ("stripComments:false", "-- a;\nSELECT 1;", [(3, "-- a;\nSELECT 1")]),
        ("splitStatements:false", "SELECT 1;\nSELECT 2;", [(3, "SELECT 1;\nSELECT 2;")]),
        ("rollbackSplitStatements:false", "SELECT 1;\nSELECT 2;", [(3, "SELECT 1;\nSELECT 2;")]),
        ("endDelimiter:@@", "SELECT 1;@@\nSELECT 2@@", [(3, "SELECT 1;"), (4, "SELECT 2")]),
        ("endDelimiter:\\nGO", "SELECT 1;\ngo\nSELECT 2", [(3, "SELECT 1;"), (5, "SELECT 2")]),
        ("", "SELECT 1;\nSELECT 2\n/\n", [(3, "SELECT 1;\nSELECT 2")]),
        ("", "DO $$ BEGIN a; END $$;\nSELECT 1", [(3, "DO $$ BEGIN a; END $$"), (4, "SELECT 1")]),
        ("", "DO $$ DECLARE i int; BEGIN a; END $$;", [(3, "DO $$ DECLARE i int"), (3, "BEGIN a; END $$")]),
        (
            "",
            "AS $$ BEGIN IF a THEN b; END IF; c; END $$;",
            [(3, "AS $$ BEGIN IF a THEN b; END IF"), (3, "c"), (3, "END $$")],
        ),
        ("", "BEGIN;\nSELECT 1;\nCOMMIT;", [(3, "BEGIN;\nSELECT 1;\nCOMMIT;")]),
        ("", "SELECT 1;\n--ignoreLines:1\nx\nSELECT 2;", [(3, "SELECT 1"), (6, "SELECT 2")]),
        ("", "SELECT 1;\n--ignoreLines:start\nx\n--ignoreLines:end\nSELECT 2;", [(3, "SELECT 1"), (7, "SELECT 2")]),
        ("", "--comment: x\n--validCheckSum: ANY\nSELECT 1;", [(5, "SELECT 1")]),
    ],
)
def test_cut_as_liquibase_cuts(folder: Folder, options: str, text: str, sent: list[tuple[int, str]]) -> None:
    assert pieces(folder, f"--changeset bob:1 {options}\n{text}") == sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("--rollback SELECT 1; -- a\n--rollback SELECT 2;", [(4, "SELECT 1"), (4, "-- a\nSELECT 2")]),
        ("/* liquibase rollback\nSELECT 1;\nSELECT\n 2; */", [(5, "SELECT 1"), (5, "SELECT 2")]),
        ("--rollback changesetId:1 changesetAuthor:bob", [(3, "SELECT 0")]),
    ],
)
def test_rollbacks(folder: Folder, text: str, sent: list[tuple[int, str]]) -> None:
    """The lines of a comment are joined without a line end, as Liquibase does."""
    assert pieces(folder, f"--changeset bob:1\nSELECT 0;\n{text}\n", down=True) == sent


def test_properties(folder: Folder) -> None:
    """What is given and what was set first stays, and what has no value is left as it is."""
    folder.placeholders = {"A": "1"}
    folder.write(
        **{
            "a.sql": f"{HEADER}--property name:a value:9\n--property name:b value:${{a}}2\n--property name:b value:3\n"
            "--property name:c value:4 dbms:oracle\n--changeset bob:${b}\nSELECT '${a} ${B} ${c}';",
        }
    )
    (found,) = folder.load()
    assert (found.name, found.up.sql) == ("12", "SELECT '1 12 ${c}';\n")


def test_what_is_not_looked_at_is_said(folder: Folder) -> None:
    conditions = "--preconditions onFail:MARK_RAN\n--precondition-sql-check expectedResult:0 SELECT 1\n"
    folder.write(
        **{
            "a.sql": f"{HEADER}--changeset bob:0 dbms:oracle\nSELECT 0;\n"
            f'--changeset bob:1 dbms:!h2 context:test labels:"a b" failOnError:false\n{conditions}'
            f"SELECT 1;\n--changeset bob:2 runWith:psql\nSELECT 2;\n"
            "--changeset bob:3 ignore:true\nSELECT 3;\n",
            "master.yaml": "databaseChangeLog:\n",
            "other.yaml": "",
        }
    )
    assert [m.notes for m in folder.load()] == [
        (
            "not read: master.yaml; for its order name it instead of the folder",
            "not run: bob:0, which is for dbms:oracle",
            "run whatever Liquibase is told: context:test",
            'run whatever Liquibase is told: labels:"a b"',
            "Liquibase goes on where this fails: failOnError:false",
            "asked first: --preconditions onFail:MARK_RAN",
            "asked first: --precondition-sql-check expectedResult:0 SELECT 1",
        ),
        ("not run: bob:3, which says ignore:true", "sent as it stands: runWith:psql"),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "holds no migration of Liquibase"),
        ("--changeset bob:1\n--precondition-sql-check 1\nSELECT 1;", 'line 2: no precondition of Liquibase: "1"'),
        ("--changeset bob:1\n--precondition-table-exists a\nSELECT 1;", 'line 2: no precondition of Liquibase: "a"'),
        ("--changeset bob:1\n--preconditions onFail:SKIP\nSELECT 1;", 'line 2: "onFail:SKIP" is unknown'),
        ("--changeset bob:1\n--rollback x\n--changeset bob:2\nSELECT 1", "line 2: the changeset bob:1 has no SQL"),
        (
            "--changeset bob:1\nSELECT 1;\n--changeset bob:1\nSELECT 1;",
            r"a.sql\", line 4: the changeset bob:1 is there twice",
        ),
        ("--changeset bob\nSELECT 1;", 'line 2: "--changeset bob" is almost for Liquibase'),
        ("-changeset bob:1\nSELECT 1;", "(?s)line 2.*write --changeset author:id"),
        ("--changeset bob: 1\nSELECT 1;", "line 2: the changeset has no id"),
        ("--changeset bob:1\n-- comments: x\nSELECT 1;", "(?s)line 3.*write --comment: TEXT"),
        ("--changeset bob:1\n-rollback x\nSELECT 1;", "(?s)line 3.*write --rollback STATEMENT"),
        ("--changeset bob:1\n--precondition-x y\nSELECT 1;", "(?s)line 3.*write --precondition-sql-check"),
        ("--changeset bob:1\n-validCheckSum x\nSELECT 1;", "(?s)line 3.*write --validCheckSum"),
        ("-- property x\n", "(?s)line 2.*write --property"),
        ("--ignoreLines:x\n", "line 2: ignoreLines:x begins nothing"),
        ("--ignore:3\n", "(?s)line 2.*write --ignoreLines:start"),
        ("--comment x\n", "line 2: a --comment stands before the first changeset"),
        ("--changeset bob:1\n--tagDatabase: x\n", "line 3: tagDatabase needs the paid edition"),
        ("--includeAll path:x\n", "line 2: includeAll needs the paid edition"),
        ("--changeset bob:1\nSELECT 1;\n/* liquibase rollback\nx", "line 4: the comment with the rollback has no end"),
        (
            "--changeset bob:1\nSELECT 1;\n--rollback changesetId:7 changesetAuthor:x",
            "asks for the changeset x:7 of a.sql",
        ),
        ("--changeset bob:1 endDelimiter:((\nSELECT 1;", r'the delimiter "\(\(" is no regular expression'),
    ],
)
def test_refused(folder: Folder, text: str, error: str) -> None:
    folder.write(**{"a.sql": HEADER + text})
    with pytest.raises(MigrationError, match=error):
        folder.load("liquibase")


def test_walked(folder: Folder) -> None:
    body = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ DECLARE i int; BEGIN RETURN 1; END $$;"
    folder.write(
        **{
            "a.sql": FIRST,
            "b.sql": f"""{HEADER}
--changeset bob:1 runInTransaction:false
CREATE INDEX CONCURRENTLY i ON users (id);
CREATE INDEX CONCURRENTLY j ON users (id);
--rollback DROP INDEX CONCURRENTLY i; DROP INDEX CONCURRENTLY j;
--changeset bob:2 splitStatements:false
{body}
--rollback DROP FUNCTION f();
--changeset bob:3
SELECT f();
--rollback not required
--changeset bob:4
{body.replace("f()", "g()")}
""",
        }
    )
    assert folder.walk() == [[], [], [], [], ["up-fails"], ["not-run"]]


def test_checksums(folder: Folder) -> None:
    """The checksum of the change is quoted from Liquibase's SQLFileChangeTest."""
    change = "9:8cfbd3e5970885470db17cd149feb637"
    text = "CREATE OR REPLACE PROCEDURE testHello() LANGUAGE plpgsql AS $$\nBEGIN raise notice 'value1'; END $$"
    folder.write(**{"a.sql": f"{HEADER}--changeset bob:1\n{text}\n--changeset bob:2\n--validCheckSum: x\nSELECT 1;"})
    expected = "9:" + hashlib.md5(f"{change}:".encode()).hexdigest()
    assert [m.checksum for m in folder.load()] == [expected, None]


def test_status(folder: Folder) -> None:
    folder.write(
        **{
            "a.sql": FIRST,
            "b.sql": f"{HEADER}--changeset bob:1\nSELECT 1;\n--changeset bob:2\nSELECT 1;\n"
            "--changeset bob:3 runOnChange:true\nSELECT 1;\n--changeset bob:4\nSELECT 1;",
        }
    )
    assert folder.status("") is None

    found = folder.status(
        TABLE
        % """
        ('1', 'bob', 'db/changelog/a.sql', '8:00000000000000000000000000000000'),
        ('2', 'bob', 'db/changelog/b.sql', '9:00000000000000000000000000000000'),
        ('3', 'bob', 'db/changelog/b.sql', '9:00000000000000000000000000000000'),
        ('1', 'ann', 'db/changelog/b.sql', NULL)"""
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("a.sql::1::bob", "applied"),
        ("b.sql::1::bob", "pending"),
        ("b.sql::2::bob", "applied"),
        ("b.sql::3::bob", "pending"),
        ("b.sql::4::bob", "pending"),
        ("b.sql::1::ann", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("edited", 3), ("deleted", 0), ("out of order", 2)]
