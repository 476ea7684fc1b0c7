"""What is read of operators, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pgassay.catalog.sqltext import clauses
from tests.catalog.conftest import Subject

SAME: Mapping[str, str | bool] = {"LEFTARG": "int", "RIGHTARG": "text", "FUNCTION": "same"}
LABEL = "operator public.===(integer, text)"


def same(**changed: str | bool) -> str:
    return f"DROP OPERATOR IF EXISTS === (int, text); CREATE OPERATOR === {clauses({**SAME, **changed})};"


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE FUNCTION same(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE FUNCTION "Same 2"(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE FUNCTION many(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION turned(text, int) RETURNS bool LANGUAGE sql AS 'SELECT true';
        {same()}
        CREATE OPERATOR !== (LEFTARG = int, RIGHTARG = text, FUNCTION = same);
        CREATE OPERATOR =*= (LEFTARG = text, RIGHTARG = int, FUNCTION = turned);
    """)


def test_every_attribute(subject: Subject) -> None:
    operator = subject.read().operator("===")

    assert operator.identity == ("public", "===", "integer", "text")
    assert operator.attributes == {
        "function": "public.same",
        "result": "boolean",
        "commutator": None,
        "negator": None,
        "restrict": None,
        "join": None,
        "hashes": False,
        "merges": False,
        "owner": "postgres",
        "comment": None,
    }
    assert repr(operator) == "<operator public.===(integer, text): public.same returns boolean>"


def test_the_result(subject: Subject) -> None:
    changes = subject.there_and_back(same(FUNCTION="many"), same())

    assert changes == {LABEL: {"function": ("public.same", "public.many"), "result": ("boolean", "integer")}}


@pytest.mark.parametrize(
    ("clause", "other", "label"),
    [
        ("COMMUTATOR", "=*=", "operator public.=*=(text, integer)"),
        ("NEGATOR", "!==", "operator public.!==(integer, text)"),
    ],
)
def test_operators_that_name_each_other(subject: Subject, clause: str, other: str, label: str) -> None:
    changes = subject.there_and_back(same(**{clause: other}), same())

    attribute = clause.lower()
    assert changes == {LABEL: {attribute: (None, f"public.{other}")}, label: {attribute: (None, "public.===")}}


def test_a_shell(subject: Subject) -> None:
    shell = "operator public.<->(text, integer)"
    changes = subject.changes(same(COMMUTATOR="<->"))
    operator = subject.read().operator("<->")
    subject.run(f"{same()} DROP OPERATOR <-> (text, int)")

    assert changes == {LABEL: {"commutator": (None, "public.<->")}, shell: "new"}
    assert (operator.function, operator.result, operator.commutator) == (None, None, "public.===")
    assert repr(operator) == f"<{shell}: a shell>"


def test_a_prefix_operator_of_an_odd_schema_and_type(subject: Subject) -> None:
    operator = subject.read("""
        CREATE SCHEMA "S. ""x"; CREATE TYPE "S. ""x"."T (,)" AS (a int);
        CREATE FUNCTION "S. ""x".f("S. ""x"."T (,)") RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE OPERATOR "S. ""x".@@@ (RIGHTARG = "S. ""x"."T (,)", FUNCTION = "S. ""x".f);
    """).operator("@@@")

    assert operator.identity == ('S. "x', "@@@", "NONE", '"S. ""x"."T (,)"')
    assert operator.label == 'operator "S. ""x".@@@(NONE, "S. ""x"."T (,)")'
    assert operator.function == '"S. ""x".f'


def test_owner_and_comment(subject: Subject) -> None:
    owner = subject.role("owner", "SUPERUSER")
    changes = subject.there_and_back(
        f"ALTER OPERATOR === (int, text) OWNER TO {owner}; COMMENT ON OPERATOR === (int, text) IS 'why'", same()
    )

    assert changes == {LABEL: {"owner": ("postgres", owner), "comment": (None, "why")}}


def test_members_of_extensions_are_theirs(subject: Subject) -> None:
    assert subject.there_and_back("CREATE EXTENSION citext", "DROP EXTENSION citext") == {"extension citext": "new"}
