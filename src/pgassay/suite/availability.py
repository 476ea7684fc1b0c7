"""What is there for the checks to work with, told without starting or connecting to anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pgassay.contract.behavior import Privileges
from pgassay.errors import PgassayError
from pgassay.servers.choice import can_choose
from pgassay.suite.check import Needs

if TYPE_CHECKING:
    from pgassay.suite.context import Context


def is_there(context: Context, need: Needs) -> bool:
    """Return whether a check that has this need means something here.

    What cannot be told because a file is wrong counts as there: the check itself then fails, and says what is wrong.
    """
    try:
        return _LOOK[need](context)
    except PgassayError:
        return True


def _subject(context: Context) -> bool:
    """A contract alone is not compared with what it makes itself: that would always pass."""
    return context.settings.db_url is not None or _head(context)


def _expected(context: Context) -> bool:
    """Without a contract the migrations' head is compared with a target, and with nothing where there is none."""
    return context.contract.stated or (context.settings.db_url is not None and _head(context))


def _head(context: Context) -> bool:
    return context.settings.migrations is not None or context.migrates


def _target(context: Context) -> bool:
    return context.settings.db_url is not None


def _privileges(context: Context) -> bool:
    return any(isinstance(entry.expect, Privileges) for entry in context.contract.behavior.access)


def _migrations(context: Context) -> bool:
    return context.settings.migrations is not None


def _latecomers(context: Context) -> bool:
    """Most tools refuse a migration that is older than what is applied, or pass it over."""
    tool = context.format
    return tool is not None and any(map(tool.applies_late, context.migrations))


def _ledger(context: Context) -> bool:
    """Scratch databases have a ledger of ours; another tool's is made by that tool alone."""
    return context.settings.db_url is not None or context.format is None


def _scratch(context: Context) -> bool:
    """Without a target a server that cannot be had is an error; with one, what it is needed for is left out."""
    return context.settings.db_url is None or can_choose(context.settings)


_LOOK: Mapping[Needs, Callable[[Context], bool]] = {
    Needs.SUBJECT: _subject,
    Needs.EXPECTED: _expected,
    Needs.CONTRACT: lambda context: context.contract.stated,
    Needs.SCHEMA: lambda context: context.contract.stated or _head(context),
    Needs.TRIGGERS: lambda context: bool(context.contract.behavior.triggers),
    Needs.ACCESS: lambda context: bool(context.contract.behavior.access),
    Needs.PRIVILEGES: _privileges,
    Needs.TARGET: _target,
    Needs.CONSTRAINTS: lambda context: bool(context.contract.behavior.constraints),
    Needs.FUNCTIONS: lambda context: bool(context.contract.behavior.functions),
    Needs.PLANS: lambda context: bool(context.contract.behavior.plans or context.contract.behavior.statistics),
    Needs.INIT: lambda context: bool(context.contract.init),
    Needs.MIGRATIONS: _migrations,
    Needs.LATECOMERS: _latecomers,
    Needs.BASELINES: lambda context: bool(context.ways),
    Needs.LEDGER: _ledger,
    Needs.ACCEPTANCES: lambda context: bool(context.contract.accepted),
    Needs.SCRATCH: _scratch,
}
