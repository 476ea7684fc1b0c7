"""What our lexer and our splitter see, beside what PostgreSQL's own see (libpg_query is made of its sources)."""

from __future__ import annotations

import re

import postgast
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from postgast import PgQueryError

from pgassay.errors import MigrationError
from pgassay.migrations.split import split
from pgassay.migrations.tokens import Kind, tokens

from .test_split import WHOLE

pytestmark = pytest.mark.thorough

_MARKS = frozenset(";()\\")
_PARTS = ["'", "''", '"', '""', "$$", "$a$", "$a", "$1", "/*", "*/", "--", "-", "*", "/", "\n", "\r", "\t", "\f", "\v"]
_PARTS += [
    ";",
    "(",
    ")",
    "E'",
    "e'",
    "U&'",
    'U&"',
    "B'",
    "X'",
    "N'",
    "\\'",
    " ",
    "x",
    "E",
    "é",
    "\u00a0",
    "🐘",
    "1",
    ".",
]
# To libpg_query a comment is a token, and so it sees no string that goes on behind one.
_CONTINUED = re.compile(r"'\s*--")


def _theirs(sql: str) -> list[tuple[str, int]]:
    """Return the semicolons, parentheses and backslashes that are none of a string or a comment, by place."""
    data = sql.encode()
    found = [token for token in postgast.scan(sql).tokens if chr(token.token) in _MARKS]
    return [(chr(token.token), len(data[: token.start].decode())) for token in found]


def _ours(sql: str) -> list[tuple[str, int]]:
    found = ((sql[token.start : token.end], token) for token in tokens(sql))
    return [(text, token.start) for text, token in found if token.kind is Kind.OTHER and text in _MARKS]


@given(
    st.lists(st.sampled_from(_PARTS)).map("".join)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
@settings(max_examples=600)
def test_tokens(sql: str) -> None:
    """Whatever the text: what ends a statement is seen by both or by neither, and so is what has no end."""
    assume(not _CONTINUED.search(sql))
    try:
        theirs = _theirs(sql)
    except PgQueryError as error:
        if "unterminated" in str(error):
            with pytest.raises(MigrationError):
                _ours(sql)
        return
    assume(all(mark != "\\" for mark, _ in theirs))  # a command of psql, which we refuse
    assert _ours(sql) == theirs


_BLANKS = st.sampled_from(["", " ", "\n", "-- ; '\n", "/* ; /* ' */ */", "\t\r\n"])
_NAMES = st.text(st.sampled_from("'\"$;()\\/*-\n aZ_9é🐘"), min_size=1, max_size=12)


def _quoted(mark: str) -> st.SearchStrategy[str]:
    return _NAMES.map(lambda text: mark + text.replace(mark, mark * 2) + mark)


def _dollars(text: str) -> str:
    tag = next(tag for tag in ("$$", "$a$", "$a_1$", "$é$") if tag not in text and not text.endswith(tag[:-1]))
    return f"{tag}{text}{tag}"


_VALUES = st.one_of(
    st.sampled_from(["1", "x", "'a'\n'b;'", "E'\\';'", "E'a'\n'\\';'", "(SELECT 1)", "x[1:1]", "a$1$"]),
    _quoted("'"),
    _quoted('"'),
    _NAMES.map(_dollars),
)
_EXPRESSIONS = st.recursive(
    _VALUES,
    lambda inner: st.one_of(
        st.tuples(inner, _BLANKS).map(lambda parts: f"({parts[0]}{parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"CASE WHEN {parts[0]} THEN {parts[1]} END"),
        st.lists(inner, min_size=1).map(lambda parts: f"f({', '.join(parts)})"),
    ),
    max_leaves=5,
)
_QUERIES = _EXPRESSIONS.map("SELECT {}".format)
_STATEMENTS = st.one_of(
    st.sampled_from([statement for statement in WHOLE if not _CONTINUED.search(statement)]),
    _QUERIES,
    st.lists(_QUERIES).map(
        lambda body: f"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC {''.join(f'{q};' for q in body)} END"
    ),
    st.lists(_QUERIES, min_size=1).map(lambda body: f"CREATE RULE r AS ON INSERT TO t DO ({'; '.join(body)})"),
)


@given(st.lists(st.tuples(_BLANKS, _STATEMENTS, _BLANKS), max_size=5))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])  # others use the machine too
def test_statements(parts: list[tuple[str, str, str]]) -> None:
    """Where PostgreSQL's parser takes a text, both cut it into the same statements."""
    sql = ";".join(f"{before}{statement}\n{behind}" for before, statement, behind in parts)
    try:
        theirs = postgast.split(sql)
    except PgQueryError:
        assume(False)
    assert [statement.sql.removesuffix(";").rstrip() for statement in split(sql)] == [text.rstrip() for text in theirs]
