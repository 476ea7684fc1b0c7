"""What is read of aggregates, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pgassay.catalog.sqltext import clauses
from tests.catalog.conftest import Subject

TOTAL: Mapping[str, str | bool] = {
    "SFUNC": "step",
    "STYPE": "int",
    "FINALFUNC": "done",
    "MSFUNC": "step",
    "MINVFUNC": "back",
    "MSTYPE": "int",
    "MFINALFUNC": "done",
}
PACKED: Mapping[str, str | bool] = {
    "SFUNC": "int8_avg_accum",
    "STYPE": "internal",
    "FINALFUNC": "numeric_poly_avg",
    "COMBINEFUNC": "int8_avg_combine",
    "SERIALFUNC": "int8_avg_serialize",
    "DESERIALFUNC": "int8_avg_deserialize",
}


def total(**changed: str | bool) -> str:
    return f"DROP AGGREGATE IF EXISTS total(int); CREATE AGGREGATE total(a int) {clauses({**TOTAL, **changed})};"


def packed(**changed: str | bool) -> str:
    return f"DROP AGGREGATE IF EXISTS packed(int8); CREATE AGGREGATE packed(int8) {clauses({**PACKED, **changed})};"


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    for name in ("step", "step_2", "back", "back_2"):
        subject.run(f"CREATE FUNCTION {name}(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
        subject.run(f"CREATE FUNCTION {name}(bigint, int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'")
    for name in ("done", "done_2"):
        for arguments in ("int", "bigint", "int, int"):
            subject.run(f"CREATE FUNCTION {name}({arguments}) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'")
    subject.run(f"""
        CREATE FUNCTION ser(internal) RETURNS bytea LANGUAGE internal STRICT AS 'int8_avg_serialize';
        CREATE FUNCTION deser(bytea, internal) RETURNS internal LANGUAGE internal STRICT AS 'int8_avg_deserialize';
        {total()} {packed()}
        CREATE AGGREGATE "O d"(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
    """)


def test_every_attribute(subject: Subject) -> None:
    aggregate = subject.read().aggregate("total")

    assert aggregate.identity == ("public", "total", "integer")
    assert {**aggregate.attributes, "privileges": sorted(map(str, aggregate.privileges))} == {
        "aggregate_kind": "normal",
        "signature": "a integer",
        "direct_arguments": 0,
        "result": "text",
        "state_function": "public.step",
        "state_type": "integer",
        "state_space": 0,
        "final_function": "public.done",
        "final_extra": False,
        "final_modify": "read only",
        "combine_function": None,
        "serial_function": None,
        "deserial_function": None,
        "initial_condition": None,
        "moving_state_function": "public.step",
        "moving_inverse_function": "public.back",
        "moving_state_type": "integer",
        "moving_state_space": 0,
        "moving_final_function": "public.done",
        "moving_final_extra": False,
        "moving_final_modify": "read only",
        "moving_initial_condition": None,
        "sort_operator": None,
        "parallel": "unsafe",
        "owner": "postgres",
        "privileges": ["EXECUTE to PUBLIC", "EXECUTE to postgres"],
        "comment": None,
    }
    assert repr(aggregate) == "<aggregate public.total(integer): returns text, public.step on integer>"


def test_the_result(subject: Subject) -> None:
    subject.run("CREATE FUNCTION many(int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'")
    changes = subject.there_and_back(total(FINALFUNC="many", MFINALFUNC="many"), total())

    finals = {f"{name}_function": ("public.done", "public.many") for name in ("final", "moving_final")}
    assert changes == {"aggregate public.total(integer)": {"result": ("text", "bigint"), **finals}}


def test_ordered_and_hypothetical_sets(subject: Subject) -> None:
    made = 'CREATE AGGREGATE "S t"(VARIADIC "any" ORDER BY VARIADIC "any")'
    body = "SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA"
    usual = f'DROP AGGREGATE IF EXISTS "S t"("any"); {made} ({body})'
    subject.run(usual)
    changes = subject.there_and_back(usual.replace("EXTRA)", "EXTRA, HYPOTHETICAL)"), usual)
    found = subject.read().aggregate("S t")

    assert changes == {'aggregate public."S t"("any")': {"aggregate_kind": ("ordered-set", "hypothetical-set")}}
    assert (found.signature, found.direct_arguments) == ('VARIADIC "any" ORDER BY VARIADIC "any"', 1)


def test_overloads_and_no_arguments(subject: Subject) -> None:
    aggregate = subject.read().aggregate("O d", "")

    assert aggregate is subject.read().aggregates["public", "O d", ""]
    assert (aggregate.label, aggregate.signature) == ('aggregate public."O d"()', "")


def test_owner_privileges_and_comment(subject: Subject) -> None:
    owner = subject.role("owner")
    changes = subject.there_and_back(
        f"""ALTER AGGREGATE total(int) OWNER TO {owner}; REVOKE EXECUTE ON FUNCTION total(int) FROM PUBLIC;
        COMMENT ON AGGREGATE total(int) IS 'it''s'""",
        total(),
    )

    found = changes["aggregate public.total(integer)"]
    assert found.keys() == {"owner", "privileges", "comment"}
    assert (found["owner"], found["comment"]) == (("postgres", owner), (None, "it's"))
    assert [str(grant) for grant in found["privileges"][1]] == [f"EXECUTE to {owner}"]


def test_members_of_extensions_are_theirs(subject: Subject) -> None:
    assert subject.there_and_back("CREATE EXTENSION citext", "DROP EXTENSION citext") == {"extension citext": "new"}
