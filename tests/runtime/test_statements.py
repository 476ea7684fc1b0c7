from types import SimpleNamespace

import pytest
from psycopg import sql

from pgassay.runtime.statements import shown


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("  SELECT 1\n", "SELECT 1"),
        (b"SELECT '\xff'", "SELECT '\ufffd'"),
        (sql.SQL("SELECT {}, {}").format(sql.Literal("s3cret"), sql.Placeholder()), "SELECT ***, %s"),
        (sql.SQL(", ").join([sql.Identifier('a"b'), sql.Literal(1)]), '"a""b", ***'),
        ("ALTER ROLE a PASSWORD 's3cret'", "ALTER ROLE a PASSWORD ***"),
        # A template string is iterated over like this; Python has them since 3.14.
        (["SELECT ", SimpleNamespace(expression="password", value="s3cret"), " AS a"], "SELECT {password} AS a"),
    ],
)
def test_statements_are_shown_without_their_values(query: object, text: str) -> None:
    assert shown(query) == text
