"""Finding one's way in a catalog of which a part could not be read: that is never taken for absent."""

from __future__ import annotations

import pytest

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.named import UnknownNameError
from pgassay.errors import BlindError
from tests.catalog.test_navigation import CATALOG, constrained_catalog


def test_what_could_not_be_read_is_never_taken_for_absent() -> None:
    spots = [
        BlindSpot(f"every {kind}", "permission denied", "GRANT it;") for kind in ("table", "trigger", "membership")
    ]
    catalog = Catalog.of(15, CATALOG, spots)

    with pytest.raises(BlindError, match="every table could not be read: permission denied\nhint: GRANT it;"):
        _ = "nothing" in catalog.tables
    with pytest.raises(BlindError, match="every trigger could not be read"):
        _ = "nothing" in catalog.view("names").triggers
    with pytest.raises(BlindError, match="every membership could not be read"):
        catalog.role("app").can("EXECUTE", on="g")
    with pytest.raises(BlindError, match="every membership could not be read"):
        catalog.role("app").privileges_on("g")


def test_a_single_object_that_could_not_be_read_is_neither_there_nor_not() -> None:
    spots = [BlindSpot("table audit.log", "locked", ""), BlindSpot('view public."My View"', "locked", "")]
    catalog = Catalog.of(15, CATALOG, spots)

    for mapping, name in ((catalog.tables, "log"), (catalog.views, "My View")):
        for key in (name, ("audit", "log") if name == "log" else ("public", name)):
            with pytest.raises(BlindError, match="could not be read: locked"):
                _ = key in mapping
    assert "users" in catalog.tables
    assert ("public", "log") not in catalog.tables
    assert "log" not in catalog.views
    assert "og" not in catalog.tables


def test_a_part_that_could_not_be_read_is_neither_there_nor_not() -> None:
    labels = ("column public.users.age", 'trigger public.users."T x"', "policy public.users.own", "index public.gone")
    catalog = Catalog.of(15, CATALOG, [BlindSpot(label, "locked", "wait") for label in labels])
    users, other = catalog.table("users"), catalog.table("messages", schema="audit")

    for mapping, name in (
        (users.columns, "age"),
        (users.triggers, "T x"),
        (users.policies, "own"),
        (users.indexes, "gone"),
        (catalog.indexes, "gone"),
    ):
        for ask in (mapping.__contains__, mapping.get, mapping.__getitem__):
            with pytest.raises(BlindError, match="could not be read: locked\nhint: wait"):
                ask(name)
        assert "ge" not in mapping
    assert "age" not in other.columns
    assert "gone" not in other.indexes
    with pytest.raises(BlindError, match=r"column public\.users.age could not be read"):
        catalog.everybody.can("SELECT", on="users", column="age")


def test_none_is_no_answer_where_one_of_all_could_not_be_read() -> None:
    spots = [BlindSpot(label, "locked", "") for label in ("index public.gone", "constraint public.users.c")]
    table = Catalog.of(18, constrained_catalog(), spots).table("users")

    assert list(table.indexes_on("B b")) == ["i"]
    with pytest.raises(BlindError, match=r"index public\.gone could not be read"):
        table.indexes_on("a")
    assert list(table.constraints_of("unique")) == ["u"]
    with pytest.raises(BlindError, match=r"constraint public\.users.c could not be read"):
        table.constraints_of("check")


def test_what_is_asked_for_by_name_and_could_not_be_read_is_not_unknown() -> None:
    labels = ("table audit.log", "function public.h(integer, text)", "procedure public.work()", "every enum")
    catalog = Catalog.of(15, CATALOG, [BlindSpot(label, "locked", "") for label in labels])

    for ask in (
        lambda: catalog.table("log"),
        lambda: catalog.tables["audit", "log"],
        lambda: catalog.function("h"),
        lambda: catalog.function("h", schema="public"),
        lambda: ("public", "h", "integer, text") in catalog.functions,
        lambda: "work" in catalog.functions,
        lambda: catalog.everybody.can("DELETE", on="log"),
        lambda: catalog.everybody.can("USAGE", on="nowhere"),
    ):
        with pytest.raises(BlindError, match="could not be read: locked"):
            ask()
    for ask in (lambda: catalog.table("lo"), lambda: catalog.function("wor"), lambda: catalog.table("h")):
        with pytest.raises(UnknownNameError):
            ask()
