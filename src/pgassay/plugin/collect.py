"""What is collected: an item a migration, an item a named target, and none that would be left with nothing.

Collection never fails because of a migrations folder, and never starts a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from pgassay.plugin.context import context_of
from pgassay.plugin.options import settings_of
from pgassay.plugin.summary import say

if TYPE_CHECKING:
    from pgassay.plugin.face import BaselineCase, MigrationCase
    from pgassay.suite.check import Check


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "assay_target: looks at the target (--db-url)")
    config.addinivalue_line("markers", "assay_scratch: needs a scratch server")


LOOKING = frozenset({"assay_subject", "assay_actual"})
"""The fixtures that look at the target."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the round trip, an item a migration, and what looks at the target, an item for each that has a name.

    All of it is known from options and files, so every worker of xdist collects the same.
    """
    if "assay_migration" in metafunc.fixturenames:
        cases = _cases(metafunc.config)
        metafunc.parametrize("assay_migration", cases, ids=[case.id for case in cases])
    if "assay_baseline" in metafunc.fixturenames:
        baselines = _baselines(metafunc.config)
        metafunc.parametrize("assay_baseline", baselines, ids=[case.id for case in baselines])
    if "assay_target_name" in metafunc.fixturenames and _looks(metafunc):
        names = [target.name for target in settings_of(metafunc.config).targets]
        if names:
            metafunc.parametrize("assay_target_name", names, ids=names, indirect=True, scope="session")


def _looks(metafunc: pytest.Metafunc) -> bool:
    """Return whether a test looks at the target, through a fixture or as the face of a check that does."""
    if not LOOKING.isdisjoint(metafunc.fixturenames):
        return True
    check = _check_called(metafunc.function.__name__) if "assay_check" in metafunc.fixturenames else None
    return check is not None and check.looks_at_target


def _cases(config: pytest.Config) -> list[MigrationCase]:
    from pgassay.errors import PgassayError
    from pgassay.plugin.face import MigrationCase

    if settings_of(config).migrations is None:
        return [MigrationCase("no-migrations", None, "assay_migrations is empty: there are no migrations")]
    try:
        migrations = context_of(config).migrations
    except PgassayError as error:
        folder = settings_of(config).migrations
        empty = folder is None or not folder.is_dir() or not any(folder.iterdir())
        return [MigrationCase("no-migrations" if empty else "unreadable", None, str(error))]
    return [MigrationCase(migration.label, migration.version) for migration in migrations]


def _baselines(config: pytest.Config) -> list[BaselineCase]:
    from pgassay.errors import PgassayError
    from pgassay.plugin.face import BaselineCase

    try:
        ways = context_of(config).ways
    except PgassayError as error:
        return [BaselineCase("unreadable", None, str(error))]
    return [BaselineCase(way.name, way.name) for way in ways] or [BaselineCase("no-baseline", None)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the shipped checks, and deselect those that would be left with nothing; the summary counts them."""
    found = [(item, check) for item in items if (check := _check_of(item)) is not None]
    if not found:
        return
    from pgassay.suite.check import Needs

    context = context_of(config)
    if any(_brings_tool(item) for item, _ in found):
        context.expect_tool()
    left_out: dict[pytest.Item, str] = {}
    for item, check in found:
        if check.looks_at_target:
            item.add_marker(pytest.mark.assay_target)
        if Needs.SCRATCH in check.needs or context.settings.db_url is None:
            item.add_marker(pytest.mark.assay_scratch)
        if missing := check.missing(context):
            left_out[item] = missing.value
    _leave_out(config, items, left_out)


def _leave_out(config: pytest.Config, items: list[pytest.Item], left_out: Mapping[pytest.Item, str]) -> None:
    if not left_out:
        return
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
    for reason in dict.fromkeys(left_out.values()):
        names = [item.name for item, why in left_out.items() if why == reason]
        say(config, f"{len(names)} left out, for {reason}: {', '.join(names)}")


def _brings_tool(item: pytest.Item) -> bool:
    """Return whether the project overrides `assay_migrate`."""
    if not isinstance(item, pytest.Function):
        return False
    definitions = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - pytest has no public word for what overrides what
    return len(definitions.get("assay_migrate", ())) > 1  # ours is the first


def _check_of(item: pytest.Item) -> Check | None:
    """Return the check that an item is the face of, wherever its function was imported to."""
    if not isinstance(item, pytest.Function) or "assay_check" not in item.fixturenames:
        return None
    return _check_called(item.originalname)


def _check_called(function: str) -> Check | None:
    from pgassay.suite.every import every_check

    return every_check().get(function.removeprefix("test_"))
