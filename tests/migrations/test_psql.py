from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Piece
from pgassay.migrations.psql import read_script
from pgassay.migrations.psql_automatic import AUTOMATIC, _filled
from pgassay.migrations.session import run_script
from pgassay.servers.environment import without_libpq
from pgassay.servers.server import Server
from tests.catalog.dumps import programs


def _read(folder: Path, text: str, **variables: str) -> tuple[Piece, ...]:
    path = folder / "script.sql"
    path.write_text(text, encoding="utf-8")
    return read_script(path, variables=variables, root=folder).pieces or ()


def _sent(folder: Path, text: str, **variables: str) -> list[str]:
    return [piece.sql for piece in _read(folder, text, **variables)]


SENT: list[tuple[str, list[str] | None]] = [
    ("SELECT 1; -- one\nSELECT 2", ["SELECT 1;", "SELECT 2"]),
    ("BEGIN;\nDO $$ BEGIN ; END $$;\nCOMMIT;", ["BEGIN;", "DO $$ BEGIN ; END $$;", "COMMIT;"]),
    ("SELECT :v, :'v', :\"v\", :{?v}, :{?w};", ["SELECT a b, 'a b', \"a b\", TRUE, FALSE;"]),
    ("SELECT ':v' || $$:v$$ || E'\\':v' -- :v\n/* :v */::text;", None),
    ("SELECT a[1:b], JSON_OBJECT('k':'w'), JSON_OBJECT(k:w), x := 1;", None),
    ("SELECT 1=:v;", ["SELECT 1=a b;"]),
    ("\\set v 'a b' :v \"c\"\\\\SELECT :'v';", ["SELECT 'a ba b\"c\"';"]),
    ("\\set v 'x\\ty\\101\\x42''\\''\nSELECT :'v';", ["SELECT 'x\tyAB''''';"]),
    ("\\set v\nSELECT :'v', :{?v};", ["SELECT '', TRUE;"]),
    ("\\unset v\nSELECT :{?v};", ["SELECT FALSE;"]),
    ("SELECT 1\n\\qecho between :v 'it;'\n, 2;", ["SELECT 1\n\n, 2;"]),
    ("\\pset pager off\n\\o /dev/null\n\\x off\nSELECT 1;", ["SELECT 1;"]),
    ("\\set ON_ERROR_STOP on\n\\set ON_ERROR_ROLLBACK off\nSELECT 1;", ["SELECT 1;"]),
    ("SELECT 1\\; SELECT 2; SELECT 3;", ["SELECT 1; SELECT 2;", "SELECT 3;"]),
    ("SELECT a[1\\:v];", ["SELECT a[1:v];"]),
    ("\\restrict abc\nSELECT 1;\n\\unrestrict abc", ["SELECT 1;"]),
    ("-- nothing\n;", []),
]
# What psql itself sends of them, and of those above, is asked of it.
MORE = [
    "\\set w ';'\nSELECT 1 :w SELECT 2 :w",
    "\\set w '\\'a;b\\''\nSELECT :w;",
    "SELECT x.:v, :v.x, a:v, :v:v, 1::text, '{1}'::int[] [1:1];",
    "\\set a 1 \\set b 2\nSELECT :a, :b;",
    "\\set a :'v'\nSELECT :a;\n\\set a x:v:y\nSELECT :'a';\n\\set a \"x:v\"\nSELECT :'a';\n\\set a :{?v}\nSELECT :a;",
    "\\set a 'x':v'y'z  w\nSELECT :'a';\n\\set a ''''\nSELECT :'a';\n\\set a it''s  \nSELECT :'a';",
    "\\set a x --y\nSELECT :'a';\n\\set é 5\n\\set 1 x\nSELECT :é, :1;",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN 1 = 1 THEN 2 END; END; SELECT 3;",
    "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3;",
]


@pytest.mark.parametrize(("text", "sent"), SENT)
def test_sent(tmp_path: Path, text: str, sent: list[str] | None) -> None:
    assert _sent(tmp_path, text, v="a b") == ([text] if sent is None else sent)


def test_psql_sends_the_same(tmp_path: Path, server: Server) -> None:
    """It tells with `--echo-queries`; whether the server understands them is no matter."""
    psql, where = programs(server.major).program("psql"), server.at("postgres")
    settings = {f"PG{name.upper()}": where.get(name) for name in ("host", "port", "user")}
    environment = without_libpq(PGDATABASE="postgres", PGCLIENTENCODING="UTF8", **settings)
    command = [str(psql), "-XqAte", "-o", "/dev/null", "--set", "v=a b", "-f", str(tmp_path / "script.sql")]
    for text in [*(text for text, _ in SENT[:-1]), *MORE]:
        sent = " ".join(_sent(tmp_path, text, v="a b"))
        echoed = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=True).stdout
        assert echoed.split() == sent.split(), text


@pytest.mark.parametrize(
    ("value", "literal", "name"),
    [("it's", "'it''s'", '"it\'s"'), ('"', "'\"'", '""""'), ("a\\b", " E'a\\\\b'", '"a\\b"'), ("🐘", "'🐘'", '"🐘"')],
)
def test_a_value_is_quoted(tmp_path: Path, value: str, literal: str, name: str) -> None:
    assert _sent(tmp_path, "SELECT :'v' AS :\"v\";", v=value) == [f"SELECT {literal} AS {name};"]


OF_CONNECTION = """
SELECT ARRAY[:'DBNAME', :'USER', :'HOST', :'PORT', :'ENCODING', :'VERSION_NAME', :'VERSION_NUM', :'SERVER_VERSION_NAME',
             E'\\n' || :'SERVER_VERSION_NUM', :{?DBNAME}::text, ':USER'] AS values, :PORT AS port;
"""


def test_what_psql_takes_from_its_connection(tmp_path: Path, server: Server, database: Conninfo) -> None:
    script = tmp_path / "script.sql"
    script.write_text(OF_CONNECTION)
    psql = [str(programs(server.major).program("psql")), "-XqAt", "-f", str(script), database.portable.url]
    theirs = subprocess.run(psql, capture_output=True, encoding="utf-8", env=without_libpq(), check=True).stdout
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        script.write_text(f"CREATE TABLE seen AS {OF_CONNECTION}")
        run_script(connection, read_script(script, variables={}, root=tmp_path), path=script)
        row = connection.execute("SELECT values::text || '|' || port FROM seen").fetchone()
    assert row == (theirs.rstrip("\n"),)


@pytest.mark.parametrize(
    ("text", "variables", "error"),
    [
        ("\n\nDO $$ BEGIN RAISE 'x'; END $$; SELECT :'DBNAME';", {}, "line 3: x"),
        ("SELECT :'DBNAME';\nSELECT :\"DBNAME\"", {}, 'line 2: column "pgassay_test_.*" does not exist'),
        ("\\set x 'a ' :DBNAME\nSELECT :\"x\"", {}, 'line 2: column "a pgassay_test_.*" does not exist'),
        ('SELECT :"DBNAME"', {"DBNAME": 'a"b'}, 'column "a"b" does not exist'),
        ('\\set DBNAME other\nSELECT :"DBNAME"', {}, 'column "other" does not exist'),
    ],
)
def test_they_may_be_set_and_name_their_place(
    tmp_path: Path, database: Conninfo, text: str, variables: dict[str, str], error: str
) -> None:
    script = tmp_path / "script.sql"
    script.write_text(text)
    with (
        psycopg.connect(database.dsn, autocommit=True) as connection,
        pytest.raises(ScriptError, match=rf'script\.sql", {error}' if error.startswith("line") else error),
    ):
        run_script(connection, read_script(script, variables=variables, root=tmp_path), path=script)


def test_within_quotes_a_value_is_quoted() -> None:
    """Where a variable is part of another one, what stands around it says how."""
    mark = AUTOMATIC["DBNAME"]
    sql = f"""SELECT '{mark} x', E'\\n{mark}', "a {mark}", {mark}, $${mark}$$ -- {mark}"""
    assert "".join(_filled(sql, {"DBNAME": "a'\"\\"})) == (
        """SELECT 'a''"\\ x', E'\\na''"\\\\', "a a'""\\", a'"\\, $$a'"\\$$ -- a'"\\"""
    )


def test_rows(tmp_path: Path) -> None:
    """Rows are no SQL: quotes, semicolons and variables mean nothing in them."""
    before = "SELECT 1;\n-- rows\ncopy t (a, b)\nFROM stdin; -- here\n"
    text = before + "it's\t:v;\n\\N\t\\\\.\n\\.\nSELECT 2;\nCOPY t FROM STDIN;\n1\t2"
    assert [(p.sql, p.line, p.rows) for p in _read(tmp_path, text, v="x")] == [
        ("SELECT 1;", 1, None),
        ("-- rows\ncopy t (a, b)\nFROM stdin;", 2, "it's\t:v;\n\\N\t\\\\.\n"),
        ("SELECT 2;", 8, None),
        ("COPY t FROM STDIN;", 9, "1\t2"),
    ]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert _sent(tmp_path, "\ufeffSELECT 1;") == ["SELECT 1;"]


def test_files_in_files(tmp_path: Path) -> None:
    r"""`\i` looks where psql runs, `\ir` beside the file; variables are kept, a piece knows its file and line."""
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    (tmp_path / "parts" / "a b.sql").write_text("\n\\set name 'x'\n\\ir deep/c.sql\nSELECT 'a'")
    (tmp_path / "parts" / "deep" / "c.sql").write_text("SELECT :'name';")

    found = _read(tmp_path, "SELECT 0;\n\\i 'parts/a b.sql'\n\nSELECT :'name' || 1;")

    assert [(p.sql, p.line, p.path and p.path.name) for p in found] == [
        ("SELECT 0;", 1, "script.sql"),
        ("SELECT 'x';", 1, "c.sql"),
        ("SELECT 'a'", 4, "a b.sql"),
        ("SELECT 'x' || 1;", 4, "script.sql"),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT 1;\n\\gset", r'script.sql", line 2: "\\gset" of psql cannot be run here'),
        ("\\if true\n\\endif", r'line 1: "\\if" of psql'),
        ("SELECT 1;\n\\elif true", r'line 2: "\\elif" of psql'),
        ("\\else", r'line 1: "\\else" of psql'),
        ("\n\n\\endif", r'line 3: "\\endif" of psql'),
        ("SELECT 'SELECT 1'\n\\gexec", r'line 2: "\\gexec" of psql'),
        ("\\connect other", r'line 1: "\\connect" of psql'),
        ("\n\\i :DBNAME.sql", r"line 2: \\i: what :DBNAME is, only the connection tells"),
        ("\\copy t FROM 'x'", r'(?s)"\\copy" of psql .*hint: write COPY ... FROM stdin'),
        ("\\c other", r'"\\c" of psql'),
        ("COPY t FROM stdin; SELECT 1;\n\\.\n", "line 1: something stands behind a COPY on its line"),
        ("COPY t FROM stdin", "line 1: COPY from or to the client"),
        ("COPY t TO stdout;", "line 1: COPY from or to the client"),
        ("SELECT 1;\n\\.\n", r'line 2: "\\." of psql'),
        ("SELECT :b, :'a';\nSELECT :\"b\"", "line 1: no value is set for a, b"),
        ("\\set v `date`", "line 1: ` runs a program of the shell"),
        ("\\set v 'x", "line 1: ' begins a quote that has no end"),
        ("\\set a-b x", r'\\set: "a-b" is no name of a variable'),
        ("\n\\set ON_ERROR_STOP off", "line 2: .*ON_ERROR_STOP must stay on"),
        ("\\unset AUTOCOMMIT", "AUTOCOMMIT must stay on"),
        ("\\set SINGLELINE", "SINGLELINE must stay off"),
        ("\\i nowhere.sql", r'line 1: \\i: there is no file "[^"]*/nowhere.sql"'),
        ("\\i", "takes the name of one file"),
        ("SELECT 1;\n\\i script.sql", "line 2: .* includes itself"),
        ("SELECT 1\n\\i other.sql", "line 2: .* stands within a statement"),
        ("SELECT (1;", "line 1: a parenthesis is opened here and never closed"),
        ("\nSELECT 'x;", "line 2: a string begins here and has no end"),
    ],
)
def test_refused(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "other.sql").touch()
    with pytest.raises(MigrationError, match=error):
        _read(tmp_path, text)
