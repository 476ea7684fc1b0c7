"""For a project's own tests: fixtures of its own making, and a scratch server that it brings along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from pgassay.sandbox.sandbox import Sandbox
    from pgassay.servers.server import Server

__all__ = ["database_fixture", "scratch_server"]

Scope = Literal["session", "package", "module", "class", "function"]


def database_fixture(
    *,
    scope: Scope = "function",
    migrate_to: int | str | None = None,
    seed: Path | str | None = None,
    role: str | None = None,
) -> Any:
    """Make a fixture that gives a private, migrated `Database`, as `assay_db` does.

    ```python
    before_the_split = database_fixture(migrate_to="012", scope="module")
    ```

    Args:
        scope: The fixture's scope.
        migrate_to: The migration to stop at; default: the newest.
        seed: SQL to run after the migrations, relative to pytest's rootdir; default: `assay_seed`.
        role: The role to act as; default: `assay_role`, else the migrations' owner.

    Returns:
        A pytest fixture, to be given a name in a conftest or a test module.
    """

    @pytest.fixture(scope=scope)
    def database(request: pytest.FixtureRequest, assay_databases: Sandbox, _assay_lend: Any) -> Iterator[Any]:
        handed_out = assay_databases.new(migrate_to=migrate_to, seed=seed, role=role)
        with _assay_lend(str(request.fixturename), assay_databases, handed_out) as made:
            yield made

    return database


def scratch_server(url: str) -> Server:
    """Return the server at a URL as a scratch server, for a project's own `assay_server`.

    To call this counts as marking the server: databases are made and dropped there. The server of the run's target
    (`--db-url`) is refused before anything is written.

    Args:
        url: Of a role that may create databases; a superuser, where schema/init or extensions need one.

    Raises:
        ServerError: It cannot be reached, the role may not create databases, or it is the target's server.
    """
    from pgassay.conninfo import Conninfo
    from pgassay.servers.mark import mark_scratch, require_scratch

    conninfo = Conninfo(url)
    mark_scratch(conninfo)
    return require_scratch(conninfo)
