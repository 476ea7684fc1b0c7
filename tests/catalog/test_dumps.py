"""What makes two dumps comparable, and that the proof which compares them can fail."""

from __future__ import annotations

from collections import Counter

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.tables import Table
from tests.catalog.dumps import statements
from tests.catalog.samples import sample
from tests.catalog.test_random_ddl import Seen, objections

HEAD = """
-- PostgreSQL database dump
\\restrict abc
SET default_tablespace = '';
SET default_table_access_method = heap;
"""


def test_order_comments_and_the_key_do_not_count() -> None:
    one = f"{HEAD} CREATE VIEW a AS SELECT 1; -- x\nCREATE VIEW b AS SELECT 2;"
    other = f"{HEAD.replace('abc', 'xyz')} CREATE VIEW b AS  SELECT 2;\n\nCREATE VIEW a AS SELECT 1;"

    assert (
        statements(one) == statements(other) == Counter({"CREATE VIEW a AS SELECT 1 ;", "CREATE VIEW b AS SELECT 2 ;"})
    )


def test_the_order_of_options_does_not_count() -> None:
    for one, other in (
        ("CREATE TABLE t (a int) WITH (x='1', y='2');", "CREATE TABLE t (a int) WITH (y='2', x='1');"),
        ("CREATE SERVER s OPTIONS (a 'x, y', b '2');", "CREATE SERVER s OPTIONS (b '2', a 'x, y');"),
        (
            "CREATE FUNCTION f()\n    SET a TO '1'\n    SET b TO '2'\n    AS $$x$$;",
            "CREATE FUNCTION f()\n    SET b TO '2'\n    SET a TO '1'\n    AS $$x$$;",
        ),
    ):
        assert statements(one) == statements(other)
    assert statements("CREATE TABLE t (a int, b int);") != statements("CREATE TABLE t (b int, a int);")
    assert statements("CREATE FUNCTION f() AS $$a  b$$;") != statements("CREATE FUNCTION f() AS $$a b$$;")


def test_what_is_said_once_belongs_to_what_follows() -> None:
    grant, table = "GRANT SELECT ON TABLE t TO r;", "CREATE TABLE t (a int);"

    assert statements(f"SET SESSION AUTHORIZATION a; {grant}") != statements(f"SET SESSION AUTHORIZATION b; {grant}")
    assert statements(f"SET SESSION AUTHORIZATION a; RESET SESSION AUTHORIZATION; {grant}") == statements(grant)
    assert statements(f"SET default_tablespace = 'x'; {table}") != statements(f"SET default_tablespace = ''; {table}")


EMPTY, FULL = Catalog.of(18, []), Catalog.of(18, [sample(Table, name="t")])
NOTHING, SOMETHING = Counter[str](), Counter(["CREATE TABLE t ();"])


def test_what_only_one_of_them_sees_is_objected_to() -> None:
    assert objections(Seen(EMPTY, NOTHING), Seen(FULL, SOMETHING)) == []
    (told, *_) = objections(Seen(FULL, NOTHING), Seen(FULL, SOMETHING))
    assert told == "a dump differs, the catalog does not"
    (told, *_) = objections(Seen(EMPTY, SOMETHING), Seen(FULL, SOMETHING))
    assert told == "the catalog differs, a dump does not"
