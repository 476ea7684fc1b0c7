from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.atlas_cut import cut
from pgassay.migrations.tokens import NOWHERE

from .conftest import Folder

pytestmark = pytest.mark.thorough

# Files, and the atlas.sum that the tool's own tests have of them (sql/migrate/testdata/migrate/sub).
THEIRS = {
    "1.a_sub.up.sql": '-- create table "t_sub"\nCREATE TABLE t_sub(c int);\n-- add c1 column\n'
    "ALTER TABLE t_sub ADD c1 int;",
    "2.10.x-20_description.sql": "-- add c2 column\nALTER TABLE t_sub ADD c2 int;",
    "3_partly.sql": "-- add c3 column\nALTER TABLE t_sub ADD c3 int;\n-- add c4 column\nALTER TABLE t_sub ADD c4 int;",
}
SUM = """h1:VpH77zWOBMwX5QhvnQo0XQvXCrOYZg4h1o0XlJTQnl0=
1.a_sub.up.sql h1:nXyZR020M/mH7LxkoTkJr7BcQkipVg90imQ9I4595dw=
2.10.x-20_description.sql h1:wQB3Vh3PHVXQg9OD3Gn7TBxbZN3r1Qb7TtAE1g3q9mQ=
3_partly.sql h1:lHlMz6mEvBfvjry5lFXjs2vi6Et9xb9CWicaOXD42Qc=
"""
TABLE = """
CREATE SCHEMA atlas_schema_revisions;
CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (
    version character varying NOT NULL PRIMARY KEY, description character varying NOT NULL,
    type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
    executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error text, error_stmt text,
    hash character varying NOT NULL, partial_hashes jsonb, operator_version character varying NOT NULL
);
"""


def hashed(folder: Folder) -> None:
    """Write atlas.sum as the tool does."""
    digest, total, lines = hashlib.sha256(), hashlib.sha256(), []
    for path in sorted(folder.path.glob("*.sql")):
        digest.update(path.name.encode())
        if path.read_bytes().startswith(b"-- atlas:sum ignore"):
            continue
        digest.update(path.read_bytes())
        checksum = b64encode(digest.digest()).decode()
        total.update((path.name + checksum).encode())
        lines.append(f"{path.name} h1:{checksum}\n")
    folder.write(**{"atlas.sum": f"h1:{b64encode(total.digest()).decode()}\n{''.join(lines)}"})


def applied(version: str, *, done: int = 1, total: int = 1, checksum: str = "", kind: int = 2) -> str:
    return (
        "INSERT INTO atlas_schema_revisions.atlas_schema_revisions (version, description, type, applied, total,"
        f" executed_at, execution_time, hash, operator_version) VALUES ('{version}', 'name', {kind}, {done}, {total},"
        f" now(), 1, '{checksum}', 'x');"
    )


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"1_a.sql": "SELECT 1;", "atlas.sum": ""}, True),
        ({"1_a.sql": "SELECT 1;"}, False),
        ({"1_a.up.sql": "", "1_a.down.sql": "", "atlas.sum": ""}, False),
        ({"V1__a.sql": "", "atlas.sum": ""}, False),
        ({"1_a.sql": "-- +goose Up\n", "atlas.sum": ""}, False),
        ({"001-a.sql": "-- migrate:up\n", "atlas.sum": ""}, False),
        ({"atlas.sum": ""}, False),
    ],
)
def test_recognised(folder: Folder, files: dict[str, str], *, found: bool) -> None:
    folder.write(**files)
    assert ("atlas" in folder.candidates) is found


def test_loaded(folder: Folder) -> None:
    folder.write(**THEIRS, **{"atlas.sum": SUM})
    found = folder.load("atlas")
    assert [(m.version, m.key, m.name, m.label, m.checksum) for m in found] == [
        (1, "1.a", "sub.up", "1.a_sub.up", "nXyZR020M/mH7LxkoTkJr7BcQkipVg90imQ9I4595dw="),
        (2, "2.10.x-20", "description", "2.10.x-20_description", "wQB3Vh3PHVXQg9OD3Gn7TBxbZN3r1Qb7TtAE1g3q9mQ="),
        (3, "3", "partly", "3_partly", "lHlMz6mEvBfvjry5lFXjs2vi6Et9xb9CWicaOXD42Qc="),
    ]
    assert {m.irreversible for m in found} == {"Atlas keeps no way down"}
    assert [(p.sql, p.line) for p in found[2].up.pieces or ()] == [
        ("ALTER TABLE t_sub ADD c3 int;", 2),
        ("ALTER TABLE t_sub ADD c4 int;", 4),
    ]


def test_a_checkpoint_stands_for_what_lies_before_it(folder: Folder) -> None:
    checkpoint = "-- atlas:checkpoint\n\nSELECT 1;"
    folder.write(**{"1_a.sql": checkpoint, "2_b.sql": "", "3_c.sql": checkpoint, "4_d.sql": ""})
    hashed(folder)
    assert [(m.label, m.notes) for m in folder.load()] == [
        ("1_a", ()),
        ("2_b", ()),
        ("4_d", ("3_c.sql is not run: a checkpoint stands for what lies before it",)),
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of Atlas"),
        ({"1_a.sql": "", "1_b.sql": ""}, "have the same version 1"),
        ({"1_a.sql": "SELECT 1;\nSELECT ';"}, r'1_a.sql", line 2: a quote begins here and has no end'),
        ({"1_a.sql": "SELECT (1;"}, "line 1: a parenthesis is opened here and never closed"),
        ({"1_a.sql": "SELECT\n1);"}, "line 2: a parenthesis is closed here that is not open"),
        ({"1_a.sql": "DELIMITER  \nx"}, "line 1: the delimiter that is set here is empty"),
        ({"1_a.sql": "-- atlas:txmode all\n\n"}, "atlas:txmode all: the modes are file and none"),
        ({"1_a.sql": "-- atlas:txmode none\n-- atlas:txmode file\n\n"}, "atlas:txmode none, file: the modes"),
        ({"1_a.sql": "-- atlas:txtar\n\n-- migration.sql --\n"}, "read by Atlas Pro alone"),
        ({"1_a.sql": "-- atlas:sum ignore\n"}, "asks to be left out of atlas.sum"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    hashed(folder)
    with pytest.raises(MigrationError, match=error):
        folder.load("atlas")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"3_partly.sql": "SELECT 1;"}, 'atlas.sum", line 4: "3_partly.sql" was edited since'),
        ({"2_new.sql": ""}, 'atlas.sum", line 4: "2_new.sql" was added since'),
        ({"4_new.sql": ""}, 'atlas.sum", line 5: "4_new.sql" was added since'),
        ({"1.a_sub.up.sql": None}, 'atlas.sum", line 2: "1.a_sub.up.sql" was removed since'),
        ({"3_partly.sql": None}, 'atlas.sum", line 4: "3_partly.sql" was removed since'),
        ({"atlas.sum": None}, 'atlas.sum" is missing'),
        ({"atlas.sum": SUM.replace("VpH", "xyz")}, "line 1: the checksum is not that of the lines below"),
        ({"atlas.sum": SUM.replace(" h1:n", " n")}, "line 2: not a name and a checksum"),
    ],
)
def test_what_does_not_agree_with_its_sum(folder: Folder, change: dict[str, str | None], error: str) -> None:
    folder.write(**THEIRS, **{"atlas.sum": SUM})
    for name, text in change.items():
        if text is None:
            (folder.path / name).unlink()
        else:
            folder.write(**{name: text})
    with pytest.raises(MigrationError, match=error):
        folder.load("atlas")


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("a;\n\n-- b;\nc; ;", [("a;", 1), ("c;", 4), (";", 4)]),
        ("a ';''' \"; (\" `;` -- ;\n/* ; /* */ b", [("a ';''' \"; (\" `;` -- ;\n/* ; /* */ b", 1)]),
        ("a $x$ ; $y$ $x$; $$ ;", [("a $x$ ; $y$ $x$;", 1), ("$$ ;", 1)]),
        ("a (b; (c;) d); e", [("a (b; (c;) d);", 1), ("e", 1)]),
        ("-- a; b", [("-- a;", 1), ("b", 1)]),
        ("f begin atomic a; case b end; end; c", [("f begin atomic a; case b end; end;", 1), ("c", 1)]),
        ("begin atomic a; b", [("begin atomic a;", 1), ("b", 1)]),
        ("begin work; a; end; b", [("begin work; a; end;", 1), ("b", 1)]),
        ("begin\xa0; a; end;", [("begin\xa0;", 1), ("a;", 1), ("end;", 1)]),
        ("begin; a; end;", [("begin;", 1), ("a;", 1), ("end;", 1)]),
        ("begin work; a; commit;", [("begin work;", 1), ("a;", 1), ("commit;", 1)]),
        ("begin a; (; end;", "never closed"),
        ("-- atlas:delimiter \\n\\n\na;\nb;\n\nc;\n", [("a;\nb;", 2), ("c;", 5)]),
        ("a;\nDELIMITER '//'\nb; c//\ndelimiter ;\nd;", [("a;", 1), ("b; c", 3), ("d;", 5)]),
        (" \n ", []),
    ],
)
def test_cut_as_the_tool_does(text: str, statements: list[tuple[str, int]] | str) -> None:
    if isinstance(statements, str):
        with pytest.raises(MigrationError, match=statements):
            cut(text, NOWHERE)
    else:
        assert [(piece.sql, piece.line) for piece in cut(text, NOWHERE)] == statements


def test_up(folder: Folder) -> None:
    folder.write(
        **{
            "1_a.sql": "CREATE TABLE users (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;",
            "2_b.sql": "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY i ON users (id);\n"
            "CREATE INDEX CONCURRENTLY j ON users (id);",
            "3_c.sql": "-- atlas:txmode none\nCREATE INDEX CONCURRENTLY k ON users (id);",
            "4_d.sql": "SELECT 1;",
        }
    )
    hashed(folder)
    assert folder.walk() == [[], [], ["up-fails"], ["not-run"], ["not-run"]]


def test_status(folder: Folder) -> None:
    folder.write(**{f"{number}_name.sql": "" for number in range(1, 7)})
    hashed(folder)
    assert folder.status("") is None
    second = dict(line.split(" h1:") for line in (folder.path / "atlas.sum").read_text().splitlines()[1:])

    found = folder.status(
        TABLE
        + applied("2", checksum=second["2_name.sql"])
        + applied("3", checksum="other")
        + applied("4", done=1, total=3)
        + applied("40")
        + applied(".atlas_cloud_identifier")
        + applied("6")
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("1_name", "applied"),
        ("2_name", "applied"),
        ("3_name", "applied"),
        ("4_name", "1 of 3 statements were applied"),
        ("5_name", "pending"),
        ("6_name", "applied"),
        ("name", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [
        ("edited", 3),
        ("unfinished", 4),
        ("deleted", 0),
        ("out of order", 5),
    ]


def test_a_baseline_has_no_checksum(folder: Folder) -> None:
    folder.write(**{"1_a.sql": "", "2_b.sql": ""})
    hashed(folder)
    found = folder.status(TABLE + applied("2", done=0, total=0, kind=1))
    assert found is not None
    assert ([e.state for e in found.entries], found.problems) == (["applied", "applied"], ())
