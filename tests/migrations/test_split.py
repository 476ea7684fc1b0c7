from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.pq import DiagnosticField

from pgassay.errors import MigrationError
from pgassay.migrations.send import send
from pgassay.migrations.split import is_blank, pieces, split
from pgassay.migrations.tokens import Place
from pgassay.servers.server import Server

# Each is one statement that hides what would cut a naive splitter's text in two.
WHOLE = [
    "SELECT 1",
    "SELECT ';'",
    "SELECT 'it''s;'",
    "SELECT 'ends in a backslash\\' || ';'",
    r"SELECT E'it\'s;'",
    "SELECT E'a;'\n  'b\\';'",
    "SELECT E'a;' -- then\n\t'b\\';'",
    r"SELECT U&'d\0061t\+000061;'",
    "SELECT U&\"d!0061;\" UESCAPE '!'",
    "SELECT B'1' || X'1F' || N';'",
    'SELECT 1 AS ";"',
    'SELECT 1 AS "a"";"',
    "SELECT $$;$$",
    "SELECT $a$ $$ ; $b$ $a$",
    "SELECT $Ünï_1$;$Ünï_1$",
    "PREPARE p AS SELECT $1 || ';' || $2",
    "SELECT a$1$b FROM t",
    "SELECT 1 /* ; /* ; */ ; */",
    "SELECT 1 -- ;\n + 1",
    "SELECT 2 */* ; */ 3",
    "SELECT 2 +-- ;\n 3",
    "SELECT (1)",
    "SELECT ('{1,2}'::int[])[1:2] ::text",
    "begin isolation level serializable",
    "BEGIN",
    'SELECT begin, atomic, "end" FROM t',
    "SELECT begin atomic FROM t",
    "CREATE TABLE t (begin int, atomic int, declare text)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
    "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN\n/* x */ ATOMIC SELECT CASE WHEN a THEN 1 END FROM t; END",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN CASE a WHEN 1 THEN true END THEN atomic END; END",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.end, 1 AS end, 2 end FROM t; SELECT begin atomic; END",
    "CREATE PROCEDURE p() BEGIN ATOMIC END",
    "create procedure p(a int) begin atomic insert into t values (a); end",
    "CREATE FUNCTION atomic(begin int) RETURNS int AS 'SELECT 1;' LANGUAGE sql",
    "CREATE FUNCTION begin() RETURNS int RETURN 1",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN PERFORM $q$;$q$; END; $f$",
    "DO $$ BEGIN RAISE NOTICE ';'; END $$",
    "DO 'BEGIN NULL; END'",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); NOTIFY n;)",
    "COPY t FROM '/a/file'",
    "COPY stdin TO PROGRAM 'cat > stdout'",
    "SELECT 'stdin' FROM stdin",
    "SELECT x FROM a\u00a0b",
    "SELECT '🐘;', \"🐘;\"",
]


@pytest.mark.parametrize("sql", WHOLE)
def test_one_statement_stays_whole(sql: str) -> None:
    assert [found.sql for found in split(f"{sql};{sql};\n{sql}")] == [f"{sql};", f"{sql};", sql]


def test_the_server_reads_them_alike(any_server: Server) -> None:
    with any_server.connect() as connection:
        for sql in WHOLE:
            connection.execute("BEGIN")
            sent = send(connection, f"{sql}\n;SELECT 1")
            sqlstate = sent.error.error_field(DiagnosticField.SQLSTATE) if sent.error else None
            assert sent.completed == 2 or sqlstate not in {None, b"42601"}, sql  # 42601: a syntax error
            connection.execute("ROLLBACK")


def test_statements_know_their_lines_and_words() -> None:
    sql = "\n-- a comment\nCREATE TABLE t (\n  a int\n);\n\n/* another\n */ SELECT 1;;\n"
    found = split(sql, place=Place(Path("x.sql"), 10))
    assert [(statement.line, statement.words, sql[statement.start : statement.end]) for statement in found] == [
        (12, ("create", "table", "t"), "CREATE TABLE t (\n  a int\n);"),
        (17, ("select",), "SELECT 1;"),
    ]


@pytest.mark.parametrize(
    ("sql", "line", "problem"),
    [
        ("SELECT 1;\nSELECT 'x", 2, "a string begins here"),
        ("SELECT\n\nE'x\\'", 3, "a string begins here"),
        ("SELECT E'a'\n'b\\'", 1, "a string begins here"),
        ('SELECT "x', 1, "a quoted name begins here"),
        ("\nDO $body$ BEGIN END $$", 2, "a string quoted with $body$ begins here"),
        ("SELECT 1; /* /* */", 1, "a comment begins here"),
        ("CREATE TABLE t (\n  a int;\nSELECT 1;", 1, "a parenthesis is opened here"),
        ("CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\nSELECT 1;", 2, "BEGIN ATOMIC begins here"),
        ("SELECT 1;\n\\set x 1", 2, r'"\set x 1" is a command of psql'),
        ("SELECT 1 \\gexec", 1, r'"\gexec" is a command of psql'),
        ("\\restrict abc\nSELECT 1", 1, "is a command of psql"),
        ("SELECT 1;\nCOPY t (a) FROM STDIN;\n1\n\\.\n", 2, "COPY from or to the client"),
        ("copy binary t from stdin with (format binary)", 1, "COPY from or to the client"),
        ("COPY (SELECT 1) TO STDOUT;", 1, "COPY from or to the client"),
    ],
)
def test_what_has_no_end_or_no_place_is_named_with_its_line(sql: str, line: int, problem: str) -> None:
    with pytest.raises(MigrationError) as caught:
        split(sql, place=Place(Path("001-x.sql")))
    assert f'"001-x.sql", line {line}: ' in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.parametrize("sql", ["", " \n", "-- a comment", "/* a; */;;", "BEGIN;\nCOMMIT;", "start transaction; end"])
def test_blank(sql: str) -> None:
    assert is_blank(sql)


@pytest.mark.parametrize("sql", ["SELECT 1", "-- a\nDROP TABLE t;", "BEGIN; SELECT 1; COMMIT", '"quoted"'])
def test_not_blank(sql: str) -> None:
    assert not is_blank(sql)


_PARTS = ["'", "''", '"', "$$", "$a$", "$1", "/*", "*/", "--", "\n", "\r", ";", "(", ")", "E'", "U&'", "\\", " "]
_PARTS += ["create", "function", "begin", "atomic", "end", "case", "copy", "from", "stdin", "x", "é", "1", "$", "."]


@given(st.lists(st.sampled_from(_PARTS)).map("".join) | st.text())
@settings(max_examples=400)
def test_the_pieces_are_the_text_or_the_error_is_ours(sql: str) -> None:
    try:
        found = list(pieces(sql))
    except MigrationError:
        return
    assert "".join(piece for piece, _ in found) == sql


@pytest.mark.thorough
@given(
    st.lists(st.sampled_from([*_PARTS, "e'", "1e5", "U&'", "a$b$", "x-y", "a/b", "$1", "\xa0", ".", "--"])).map("".join)
    | st.text()
)
@settings(max_examples=2_000 if os.environ.get("PGASSAY_TEST_EXAMPLES") else 300)
def test_words_in_a_row_and_one_by_one_give_the_same(sql: str) -> None:
    """The word `atomic`, in a comment before, has the text read word by word."""
    in_a_row, one_by_one = (_split_or_error(f"/* {word} */{sql}") for word in ("xtomic", "atomic"))
    assert in_a_row == one_by_one


def _split_or_error(sql: str) -> object:
    try:
        return split(sql)
    except MigrationError as error:
        return str(error)


_BLANKS = st.sampled_from(["", " ", "\n", "-- ; '\n", "/* ; /* ' */ */", "\t\r\n"])


@given(st.lists(st.tuples(_BLANKS, st.sampled_from(WHOLE), _BLANKS), max_size=8))
def test_random_nesting_splits_at_the_known_points(parts: list[tuple[str, str, str]]) -> None:
    sql = "".join(f"{before}{statement}\n;{behind}" for before, statement, behind in parts)
    assert [found.sql for found in split(sql)] == [f"{statement}\n;" for _, statement, _ in parts]


@st.composite
def _nested(draw: st.DrawFn, depth: int = 3) -> str:
    """An expression in which constructs hide in one another."""
    if depth == 0:
        return draw(st.sampled_from(["1", "';'", "$q$;$q$", '";"', "/*;*/x", "E'\\';'"]))
    inner = draw(_nested(depth=depth - 1))
    shape = draw(st.sampled_from(["({})", "CASE WHEN {} THEN 1 END", "f({}, {})", "/* ; */ {}", "{}\n--;\n"]))
    return shape.replace("{}", inner)


@given(st.lists(_nested(), min_size=1, max_size=4))
def test_bodies_of_functions_stay_whole(expressions: list[str]) -> None:
    body = "".join(f"SELECT {expression};" for expression in expressions)
    function = f"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC {body} END;"
    assert [found.sql for found in split(f"{function}\n{body}")] == [function, *(found.sql for found in split(body))]


@pytest.mark.parametrize("part", ["'", "''", "/*", "$a$x", "E'a'\n", "--\n", "(", ";", "begin atomic ", "E'\\", '"a" '])
def test_time_is_linear(part: str) -> None:
    def seconds(times: int) -> float:
        begun = time.process_time()  # others use the machine too
        with contextlib.suppress(MigrationError):
            split(part * times)
        return time.process_time() - begun

    # Ten times the text; a quadratic splitter would take a hundred times as long.
    assert min(seconds(20_000) for _ in range(2)) < max(30 * min(seconds(2_000) for _ in range(3)), 0.2)


def test_a_last_statement_without_semicolon_keeps_the_comments_behind_it() -> None:
    sql = "SELECT 1;\nCOMMENT ON TABLE t IS 'x'\n\n-- later:\n-- DROP TABLE t;\n"
    assert [statement.sql for statement in split(sql)] == [
        "SELECT 1;",
        "COMMENT ON TABLE t IS 'x'\n\n-- later:\n-- DROP TABLE t;",
    ]
