"""The fixtures: thin, each a few lines around something that works without pytest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pgassay.plugin.context import context_of
from pgassay.plugin.failures import lend

if TYPE_CHECKING:
    from pgassay.behaviors.rows import RowFactory
    from pgassay.catalog.catalog import Catalog
    from pgassay.plugin.face import CheckFace
    from pgassay.runtime import Database, PinnedDatabase
    from pgassay.sandbox.async_database import AsyncScratchDatabase
    from pgassay.sandbox.database import ScratchDatabase
    from pgassay.sandbox.recipe import Migrate
    from pgassay.sandbox.sandbox import Sandbox
    from pgassay.servers.server import Server
    from pgassay.suite.context import Context


@pytest.fixture(scope="session")
def assay_server(pytestconfig: pytest.Config) -> Server:
    """The scratch server: started by whoever needs it first, and shared by the whole run.

    Override it to bring your own: `return pgassay.testing.scratch_server(url)`.
    """
    return context_of(pytestconfig).own_server()


@pytest.fixture(scope="session")
def assay_migrate() -> Migrate | None:
    """Override it to apply the migrations with your own tool: return a function that takes a database's URL."""
    return None


@pytest.fixture(scope="session")
def assay_context(request: pytest.FixtureRequest, assay_migrate: Migrate | None) -> Context:
    """What the shipped checks look at; it takes the scratch server and the migrating tool from their fixtures."""
    context = context_of(request.config)
    context.use(server=lambda: request.getfixturevalue("assay_server"), migrate=assay_migrate)
    return context


@pytest.fixture(scope="session")
def assay_target_name(request: pytest.FixtureRequest) -> str | None:
    """The name of the target that this test looks at: `eu` of `--db-url eu=URL`. None where it has no name."""
    name: str | None = getattr(request, "param", None)
    return name


@pytest.fixture
def assay_check(
    assay_context: Context,
    assay_target_name: str | None,
    request: pytest.FixtureRequest,
    subtests: pytest.Subtests,
) -> CheckFace:
    """Run a shipped check by name."""
    from pgassay.plugin.face import CheckFace

    context = assay_context if assay_target_name is None else assay_context.member(assay_target_name)
    return CheckFace(context, request.node, subtests)


@pytest.fixture(scope="session")
def assay_databases(request: pytest.FixtureRequest) -> Sandbox:
    """A factory of private databases: `with assay_databases.new(migrate_to="012", seed=..., role=...) as db`."""
    # Asked for here, and not as an argument: what an argument depends on is gone through anew in each test.
    context: Context = request.getfixturevalue("assay_context")
    return context.sandbox


@pytest.fixture(scope="session")
def _assay_lend() -> Any:
    """How fixtures of `pgassay.testing`, which does not know the plugin, lend what their tests may fail with."""
    return lend


@pytest.fixture
def assay_db(assay_databases: Sandbox) -> Iterator[ScratchDatabase]:
    """A pooled `Database` on a private, migrated database; commits are allowed."""
    with lend("assay_db", assay_databases, assay_databases.new()) as database:
        yield database


@pytest.fixture
def assay_rows(
    assay_db: ScratchDatabase, assay_databases: Sandbox, assay_context: Context, pytestconfig: pytest.Config
) -> Iterator[RowFactory]:
    """A factory of valid rows in the database of `assay_db`: `assay_rows.insert("users", email="a@b.c")`.

    It knows the schema as the migrations leave it, and commits what it inserts. Its seed is that of pytest-randomly,
    where that is in force, else 0.
    """
    from pgassay.behaviors.rows import RowFactory
    from pgassay.plugin.options import random_seed

    with assay_db.connect() as connection:
        seed, settings = random_seed(pytestconfig), assay_context.contract.behavior.rows
        yield RowFactory(connection, assay_databases.catalog(), seed=seed, settings=settings)


@pytest.fixture
def assay_private_server(assay_context: Context) -> Iterator[Sandbox]:
    """A server that is this test's alone, for a test that makes roles: they belong to a whole server.

    `assay_private_server.server` is the server, `with assay_private_server.new() as db` a migrated database on it.
    """
    with assay_context.private_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def assay_url(assay_db: ScratchDatabase) -> str:
    """The URL of a private, migrated database, for any driver, language or subprocess."""
    return assay_db.url


@pytest.fixture
def assay_tx(assay_databases: Sandbox) -> Iterator[PinnedDatabase]:
    """A `Database` of one connection in a transaction that is rolled back; its `tx()` are savepoints.

    Not rolled back, and not isolated: sequences, what other sessions see, advisory locks of the session.
    """
    with lend("assay_tx", assay_databases, assay_databases.pinned()) as database:
        yield database


@pytest.fixture
def assay_async_db(assay_databases: Sandbox) -> Iterator[AsyncScratchDatabase]:
    """An `AsyncDatabase` on a private, migrated database; it opens at the first `await`, in the test's own loop.

    The fixture itself is not async, so it works with pytest-asyncio, strict and auto, and with anyio on asyncio.
    """
    with lend("assay_async_db", assay_databases, assay_databases.new_async()) as database:
        yield database


@pytest.fixture
def assay_empty_db(assay_databases: Sandbox) -> Iterator[ScratchDatabase]:
    """A private database from template0, without init, as the superuser."""
    with lend("assay_empty_db", assay_databases, assay_databases.empty()) as database:
        yield database


@pytest.fixture(scope="session")
def assay_subject(assay_context: Context, assay_target_name: str | None) -> Iterator[Database]:
    """A read-only `Database`: the target, or the migrated scratch database where there is none."""
    from pgassay.plugin.face import out_of_reach_is_skipped

    context = assay_context.member(assay_target_name)
    with out_of_reach_is_skipped(context), context.subject() as database:
        yield database


@pytest.fixture(scope="session")
def assay_expected(assay_context: Context, assay_target_name: str | None) -> Catalog:
    """The contract's catalog; without a contract the migrations' head. Of the major of the target that is looked at."""
    from pgassay.plugin.face import out_of_reach_is_skipped

    context = assay_context if assay_target_name is None else assay_context.member(assay_target_name)
    with out_of_reach_is_skipped(context):
        return context.expected


@pytest.fixture(scope="session")
def assay_actual(assay_context: Context, assay_target_name: str | None) -> Catalog:
    """The catalog of the target, or of the migrated scratch database where there is none."""
    from pgassay.plugin.face import out_of_reach_is_skipped

    context = assay_context.member(assay_target_name)
    with out_of_reach_is_skipped(context):
        return context.actual
