"""What type checkers make of a catalog: mypy and pyright read this, nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_type

import psycopg

from pgassay.catalog import (
    Answer,
    Catalog,
    Column,
    Constraint,
    Difference,
    Domain,
    Enum,
    Function,
    Grant,
    Index,
    Membership,
    Named,
    Policy,
    RoleFacade,
    RoleName,
    Table,
    TableFacade,
    Trigger,
    ViewFacade,
    examine,
    read_catalog,
)
from pgassay.sandbox.database import ScratchDatabase


def mappings(catalog: Catalog) -> None:
    assert_type(catalog.tables, Named[TableFacade])
    assert_type(catalog.tables["public", "users"], TableFacade)
    assert_type(catalog.tables["users"], TableFacade)
    assert_type(catalog.tables.get("users"), TableFacade | None)
    assert_type(catalog.enums.get(("public", "mood"), None), Enum | None)
    assert_type(catalog.tables.names(schema="public"), frozenset[str])
    assert_type(list(catalog.table("users").columns.values()), list[Column])
    assert_type(catalog.of_kind(Policy), Named[Policy])
    assert_type(catalog.memberships["reader", "app", "postgres"], Membership)


def relations(catalog: Catalog) -> None:
    users = catalog.table("users")
    assert_type(users.record, Table)
    assert_type(users.owner, RoleName)
    assert_type(users.row_security, bool)
    assert_type(users.options, Mapping[str, str])
    assert_type(users.privileges, frozenset[Grant])
    assert_type(users.columns["email"].not_null, bool)
    assert_type(users.index("users_email_key"), Index)
    assert_type(users.trigger("touched"), Trigger)
    assert_type(users.constraint("users_check"), Constraint)
    assert_type(catalog.view("names"), ViewFacade)
    assert_type(catalog.domain("email"), Domain)
    assert_type(catalog.function("f", "integer"), Function)


def access(catalog: Catalog) -> None:
    app = catalog.role("app")
    assert_type(app, RoleFacade)
    assert_type(app.superuser, bool)
    assert_type(app.can("SELECT", on="users"), Answer)
    assert_type(app.can("SELECT", on=("public", "users"), column="email"), Answer)
    assert_type(app.can("SELECT", on=catalog.table("users")).reason, str)
    assert_type(app.can("CONNECT", on=catalog.database), Answer)
    assert_type(app.privileges_on(catalog.function("f")), frozenset[str])
    assert_type(catalog.everybody.can("USAGE", on="public"), Answer)
    assert_type(app.member_of, frozenset[RoleName])


def wrong(catalog: Catalog) -> None:
    _ = catalog.table("users").nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    _ = catalog.role("app").nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    _ = catalog.role("app").can("SELECT", "users")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    _ = catalog.tables[1]  # type: ignore[index]  # pyright: ignore[reportArgumentType]


def reading(db: ScratchDatabase, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    assert_type(db.catalog(), Catalog)
    assert_type(read_catalog(connection), Catalog)
    assert_type(examine(db.catalog(), read_catalog(connection)).differences, tuple[Difference, ...])
