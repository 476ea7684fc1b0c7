"""What is read of operator classes and operator families, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.kinds.operator_families import FunctionMember, OperatorMember
from tests.catalog.conftest import Subject

LESS = OperatorMember(strategy=1, operator="public.<<<", left="public.pair", right="public.pair", sort_family=None)
ORDER = FunctionMember(
    number=1, function="public.order_of(public.pair, public.pair)", left="public.pair", right="public.pair"
)
LABEL = 'operator class public."Pair ops" using btree'
FAMILY = "operator family public.loose using btree"
ITEMS = "OPERATOR 1 <<<, FUNCTION 1 order_of(pair, pair)"


def pair_ops(items: str = ITEMS, *, default: str = "", of: str = "pair", family: str = "") -> str:
    """Make the class anew; its family stays."""
    return f"""DROP OPERATOR CLASS IF EXISTS "Pair ops" USING btree;
        CREATE OPERATOR CLASS "Pair ops" {default} FOR TYPE {of} USING btree {family} AS {items};"""


def member(action: str) -> str:
    return f"ALTER OPERATOR FAMILY loose USING btree {action};"


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE TYPE pair AS (x int, y int);
        CREATE FUNCTION less(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x < $2.x';
        CREATE FUNCTION less(pair, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x < $2';
        CREATE FUNCTION order_of(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.x - $2.x';
        CREATE FUNCTION other(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.x - $2.x';
        CREATE OPERATOR <<< (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less);
        CREATE OPERATOR <<< (LEFTARG = pair, RIGHTARG = int, FUNCTION = less);
        CREATE OPERATOR <<= (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less);
        CREATE OPERATOR FAMILY loose USING btree;
        {pair_ops()}
    """)


def test_every_attribute_of_a_class(subject: Subject) -> None:
    found = subject.read().operator_class("Pair ops")

    assert found.identity == ("public", "Pair ops", "btree")
    assert found.attributes == {
        "type": "public.pair",
        "default": False,
        "family": 'public."Pair ops"',
        "storage": None,
        "operators": (LESS,),
        "functions": (ORDER,),
        "owner": "postgres",
        "comment": None,
    }
    assert repr(found) == f"<{LABEL}: for public.pair>"


def test_every_attribute_of_a_family(subject: Subject) -> None:
    family = subject.read().operator_family("loose")

    assert family.identity == ("public", "loose", "btree")
    assert family.attributes == {"operators": (), "functions": (), "owner": "postgres", "comment": None}
    assert repr(family) == f"<{FAMILY}>"


def test_a_class_makes_its_family(subject: Subject) -> None:
    changes = subject.there_and_back(
        "CREATE OPERATOR CLASS made FOR TYPE pair USING hash AS OPERATOR 1 <<<",
        "DROP OPERATOR FAMILY made USING hash",
    )

    assert changes == {"operator class public.made using hash": "new", "operator family public.made using hash": "new"}


def test_operator_and_function_are_told_apart_from_others(subject: Subject) -> None:
    changes = subject.there_and_back(pair_ops("OPERATOR 2 <<=, FUNCTION 1 other(pair, pair)"), pair_ops())

    found = changes[LABEL]
    assert [(m.strategy, m.operator) for m in found["operators"][1]] == [(2, "public.<<=")]
    assert [m.function for m in found["functions"][1]] == ["public.other(public.pair, public.pair)"]


def test_loose_members_are_the_familys(subject: Subject) -> None:
    changes = subject.there_and_back(
        member("ADD OPERATOR 3 <<< (pair, int), FUNCTION 1 (pair, int) order_of(pair, pair)"),
        member("DROP OPERATOR 3 (pair, int), FUNCTION 1 (pair, int)"),
    )

    assert changes == {
        FAMILY: {
            "operators": (
                (),
                (
                    OperatorMember(
                        strategy=3, operator="public.<<<", left="public.pair", right="integer", sort_family=None
                    ),
                ),
            ),
            "functions": (
                (),
                (FunctionMember(number=1, function=ORDER.function, left="public.pair", right="integer"),),
            ),
        }
    }


def test_what_orders_belongs_to_its_own_family_alone(subject: Subject) -> None:
    found = subject.read("""
        CREATE OPERATOR FAMILY near USING gist;
        ALTER OPERATOR FAMILY near USING gist ADD OPERATOR 15 <-> (polygon, point) FOR ORDER BY loose;
    """)

    (operator,) = found.operator_family("near").operators
    assert (operator.operator, operator.sort_family) == ("pg_catalog.<->", "public.loose")
    assert found.operator_family("loose").operators == ()
    subject.run("DROP OPERATOR FAMILY near USING gist")


def test_owners_and_comments(subject: Subject) -> None:
    owner = subject.role("owner", "SUPERUSER")
    changes = subject.there_and_back(
        f"""ALTER OPERATOR CLASS "Pair ops" USING btree OWNER TO {owner};
        COMMENT ON OPERATOR CLASS "Pair ops" USING btree IS 'why';
        ALTER OPERATOR FAMILY loose USING btree OWNER TO {owner};
        COMMENT ON OPERATOR FAMILY loose USING btree IS 'what for';""",
        f"""REASSIGN OWNED BY {owner} TO postgres; COMMENT ON OPERATOR CLASS "Pair ops" USING btree IS NULL;
        COMMENT ON OPERATOR FAMILY loose USING btree IS NULL""",
    )

    assert changes == {
        LABEL: {"owner": ("postgres", owner), "comment": (None, "why")},
        FAMILY: {"owner": ("postgres", owner), "comment": (None, "what for")},
    }


def test_members_of_extensions_are_theirs(subject: Subject) -> None:
    assert subject.there_and_back("CREATE EXTENSION hstore", "DROP EXTENSION hstore") == {"extension hstore": "new"}
