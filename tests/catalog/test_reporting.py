from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import examine
from pgassay.catalog.keywords import KEYWORDS
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index, IndexColumn
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.types import Attribute, CompositeType, Enum
from pgassay.catalog.record import Deparsed, Record, quote_name
from pgassay.catalog.reporting import findings_of
from pgassay.catalog.sqltext import dollar_quote, literal, on_this_database
from pgassay.findings import Finding
from pgassay.servers.server import Server
from tests.catalog.samples import grant, sample


def findings(expected: list[Record], actual: list[Record]) -> list[Finding]:
    seen = examine(Catalog.of(15, expected), Catalog.of(15, actual))
    return list(findings_of(seen.differences, seen.expected, seen.actual))


def rules(expected: list[Record], actual: list[Record]) -> list[str]:
    return [finding.key for finding in findings(expected, actual)]


def test_one_object_may_yield_a_finding_for_each_aspect() -> None:
    wanted = sample(Table, name="users", columns=("a", "b"), persistence="permanent", owner="app")
    found = replace(
        sample(Table, name="users", columns=("b", "a"), persistence="unlogged", owner="other", comment="x"),
        privileges=frozenset({grant("SELECT PUBLIC")}),
    )
    assert rules([wanted], [found]) == [
        "table-differs table public.users",
        "column-order-differs table public.users",
        "owner-differs table public.users",
        "privileges-differ table public.users",
        "comment-differs table public.users",
    ]


def test_rules_are_named_by_the_defect() -> None:
    index, function, schema = (
        sample(Index, name="i"),
        sample(Function, name="f", function_kind="function"),
        sample(Schema, schema="s"),
    )
    constraint = sample(Constraint, name="c")
    assert rules([index, function], []) == ["function-missing function public.f(x)", "index-missing index public.i"]
    assert rules([], [index, constraint]) == [
        "index-extra index public.i",
        "constraint-extra constraint public.users.c",
    ]
    assert rules([index], [replace(index, name="j")]) == ["index-renamed index public.i"]
    assert rules([], [schema]) == ["schema-unknown schema s"]


def test_expected_and_found_are_lines_of_what_differs() -> None:
    key = IndexColumn(
        expression=Deparsed("email"),
        collation=None,
        operator_class="text_ops",
        operator_class_options={},
        descending=False,
        nulls_first=False,
        statistics_target=None,
    )
    wanted = sample(Index, name="i", unique=True, columns=(key,), options={"fillfactor": "70"})
    found = replace(wanted, unique=False, columns=(replace(key, descending=True),), options={})
    (finding,) = findings([wanted], [found])
    assert finding.expected.splitlines() == [
        "columns: (expression email, operator class text_ops)",
        "unique: yes",
        "options: fillfactor=70",
    ]
    assert finding.found.splitlines()[1:] == ["unique: no", "options: none"]
    assert "descending yes" in finding.found.splitlines()[0]


def test_of_many_parts_only_those_that_differ_are_told() -> None:
    a, b, c = (Attribute(name=name, type="int", collation=None, comment=None) for name in "abc")
    wanted = sample(CompositeType, fields=(a, b, c))
    (finding,) = findings([wanted], [replace(wanted, fields=(a, replace(b, type="text"), c))])
    assert (finding.expected, finding.found) == ("fields: (name b, type int)", "fields: (name b, type text)")
    (finding,) = findings([wanted], [replace(wanted, fields=(a, c, b))])
    assert finding.found.count("name") == 3


def test_privileges_say_only_what_is_missing_or_too_much() -> None:
    wanted = sample(Schema, schema="s", privileges=frozenset({grant("USAGE app"), grant("CREATE app")}))
    found = replace(wanted, privileges=frozenset({grant("USAGE app"), grant("CREATE PUBLIC", grantable=True)}))
    (finding,) = findings([wanted], [found])
    assert (finding.expected, finding.found, finding.mend) == (
        "privileges: CREATE to app",
        "privileges: CREATE to PUBLIC with grant option",
        "REVOKE CREATE ON SCHEMA s FROM PUBLIC;\nGRANT CREATE ON SCHEMA s TO app;",
    )


def test_what_goes_with_it_is_counted() -> None:
    (finding,) = findings([sample(Table, name="t"), sample(Index, table="t")], [])
    assert finding.found == "missing\n(and 1 object that goes with it)"


CANNOT = {
    "column order": (sample(Table, columns=("a", "b")), {"columns": ("b", "a")}, "reorder the contract"),
    "enum label": (sample(Enum, labels=("a",)), {"labels": ("a", "old")}, "create a new type"),
    "enum order": (sample(Enum, labels=("a", "b")), {"labels": ("b", "a")}, "create a new type"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_where_no_sql_can_mend_a_sentence_says_so(name: str) -> None:
    record, change, advice = CANNOT[name]
    (finding,) = findings([record], [replace(record, **change)])
    assert advice in finding.mend
    assert ";" not in finding.mend
    assert not finding.mend.startswith("--")


def test_an_unknown_schema_has_three_ways_out() -> None:
    (finding,) = findings([], [sample(Schema, schema="S x")])
    assert 'DROP SCHEMA "S x" CASCADE' in finding.mend
    assert "foreign_schemas" in finding.mend
    assert "contract" in finding.mend


def test_names_are_quoted_as_the_server_quotes_them(any_server: Server) -> None:
    odd = ["a", "A", "a b", "ä", "1a", "_a1", "a$b", 'a"b', "a.b", "🐘", "", *KEYWORDS]
    with any_server.connect() as connection:
        rows = connection.execute(
            "SELECT quote_ident(n) FROM unnest(%s::text[]) WITH ORDINALITY u(n, i) ORDER BY i", [odd]
        )
        words = connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'").fetchall()
        quoted = [str(quoted) for (quoted,) in rows]
    assert {word for (word,) in words} <= KEYWORDS
    ours_only = KEYWORDS - {word for (word,) in words}  # of other majors: quoted here for good measure
    assert [quote_name(n) for n in odd if n not in ours_only] == [
        text for n, text in zip(odd, quoted, strict=True) if n not in ours_only
    ]


def test_literals_mean_the_same_under_every_setting(server: Server) -> None:
    texts = ["", "it's", "back\\slash", "\\'", "$sql$ $mend$", "100% {}", "ü🐘\n"]
    with server.connect() as connection:
        for setting in ("on", "off"):
            connection.execute(sql.SQL("SET standard_conforming_strings = {}").format(sql.SQL(setting)))
            for text in texts:
                found = connection.execute(f"SELECT {literal(text)}, {dollar_quote(text)}".encode()).fetchone()
                assert found == (text, text)


def test_statements_about_the_database_need_not_know_its_name(server: Server) -> None:
    statement = on_this_database("COMMENT ON DATABASE {} IS " + literal("it's 100% $sql$ $mend$ {}"))
    with server.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(statement.encode())
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert found == ("it's 100% $sql$ $mend$ {}",)
