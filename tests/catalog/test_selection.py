from __future__ import annotations

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Selection, compare, examine
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Record
from pgassay.errors import UsageError
from tests.catalog.samples import sample

RECORDS = (
    sample(Database),
    sample(Role, name="app"),
    sample(Schema, schema="public"),
    sample(Table, schema="public", name="users"),
    sample(Column, schema="public", table="users", name="email"),
    sample(Index, schema="public", table="users", name="users_email_idx"),
    sample(Schema, schema='O"dd.One'),
    sample(Table, schema='O"dd.One', name="a.b 😀"),
    sample(Function, schema="public", name="f", arguments="public.users, integer", function_kind="function"),
)


@pytest.mark.parametrize(
    ("selection", "labels"),
    [
        (Selection(), [record.label for record in RECORDS]),
        (Selection(kinds=("table",)), ["table public.users", 'table "O""dd.One"."a.b 😀"']),
        (Selection(kinds=("index", "role")), ["role app", "index public.users_email_idx"]),
        (Selection(schemas=('O"*',)), ['schema "O""dd.One"', 'table "O""dd.One"."a.b 😀"']),
        (Selection(names=("users",)), ["table public.users"]),
        (Selection(names=("public.users.*",)), ["column public.users.email"]),
        (Selection(names=("*😀", "app")), ["role app", 'table "O""dd.One"."a.b 😀"']),
        (Selection(names=("f",)), ["function public.f(public.users, integer)"]),
        (Selection(schemas=("public",), kinds=("schema", "role")), ["schema public"]),
        (Selection(names=("nosuch",)), []),
    ],
)  # fmt: skip
def test_takes(selection: Selection, labels: list[str]) -> None:
    assert [record.label for record in RECORDS if selection.takes(record)] == labels


@pytest.mark.parametrize(
    ("selection", "label", "concerned"),
    [
        (Selection(), "3 publications", True),
        (Selection(kinds=("table",)), "3 publications", False),
        (Selection(schemas=("s",)), "3 publications", True),
        (Selection(kinds=("table",)), "every table", True),
        (Selection(kinds=("table",)), "every materialized view", False),
        (Selection(kinds=("view",)), "materialized view public.v", False),
        (Selection(kinds=("table",)), "the catalog", True),
        (Selection(schemas=("a",)), "view a.v", True),
        (Selection(schemas=("a",)), "view b.a", False),
        (Selection(schemas=('"."',)), 'view """.""".v', True),
        (Selection(names=("v",)), "view b.v", True),
        (Selection(names=("b.v",)), "view b.v", True),
        (Selection(names=("w",)), "view b.v", False),
        (Selection(names=("w",)), "role of the contract", True),
    ],
)
def test_concerns_what_could_not_be_read(selection: Selection, label: str, concerned: bool) -> None:
    assert selection.concerns(label) is concerned


def test_an_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match='unknown kind "indx"') as caught:
        Selection(kinds=("table", "indx"))
    assert "known are database, role, " in str(caught.value)


def found(expected: list[Record], actual: list[Record], selection: Selection) -> list[str]:
    options = Comparison(selection=selection)
    differences = compare(Catalog.of(18, expected), Catalog.of(18, actual), options=options)
    return [f"{d.change} {d.object}" for d in differences]


def test_what_lives_under_something_that_is_not_selected_is_reported_itself() -> None:
    column = sample(Column, table="users", name="email")
    assert found([sample(Table, name="users"), column], [], Selection(kinds=("column",))) == [
        "missing column public.users.email"
    ]


def test_an_unknown_schema_hides_nothing_that_is_selected() -> None:
    there: list[Record] = [sample(Schema, schema="new"), sample(Table, schema="new", name="users")]
    assert found([], there, Selection(kinds=("table",))) == ["extra table new.users"]
    assert found([], there, Selection(names=("users",))) == ["extra table new.users"]
    assert found([], there, Selection(schemas=("new",))) == ["unknown schema schema new"]
    assert found([], there, Selection(schemas=("old",))) == []


def test_one_name_is_enough_for_what_is_called_otherwise() -> None:
    table = sample(Table, name="users")
    one, other = (sample(Constraint, name=name, constraint_type="check", definition="CHECK (x)") for name in "ab")
    for name in "ab":
        assert found([table, one], [table, other], Selection(names=(name,))) == ["renamed constraint public.users.a"]
    assert found([table, one], [table, other], Selection(names=("c",))) == []


def test_what_is_narrowed_is_said_and_counted() -> None:
    options = Comparison(selection=Selection(schemas=("p*",), kinds=("table", "column"), names=("users", "e*")))
    seen = examine(Catalog.of(18, RECORDS), Catalog.of(18, RECORDS[:4]), options=options)
    assert seen.notes == (
        "only schemas like p*; what lives in no schema is left out",
        "only these kinds: table, column",
        "only names like users, e*",
    )
    assert seen.looked_at == {"column": 1, "table": 1}
