"""What is printed at the start, and only to a project that uses pgassay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pgassay.plugin.context import context_of
from pgassay.plugin.options import db_url_is_foreign, is_used, settings_of

if TYPE_CHECKING:
    from pgassay.settings import Settings
    from pgassay.suite.context import Context

_AT_A_TIME = 8  # targets that are asked at the same time


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what was chosen; where the target is, and whether its role could write."""
    lines = list(_lines(config)) if is_used(config) else []
    if db_url_is_foreign(config):
        lines.append("pgassay: --db-url is an option of this project's own; the target is given by --assay-db-url")
    return lines


def _lines(config: pytest.Config) -> Iterator[str]:
    settings = settings_of(config)
    yield f"pgassay: scratch: {_scratch(settings)}" + (f", PostgreSQL {settings.pg}" if settings.pg else "")
    if settings.db_url is None:
        return
    asked = _asked(config, settings)
    named = [(target.name, target.conninfo.redacted) for target in settings.targets]
    for name, place in named or [("", settings.db_url.redacted)]:
        yield f"pgassay: target{f' {name}' if name else ''}: {place}, only read"
        yield from asked.get(name, ())


def _asked(config: pytest.Config, settings: Settings) -> dict[str, list[str]]:
    """Ask every target, some at a time: one that does not answer must not hold up the start for each of many."""
    if config.getoption("collectonly"):
        return {}
    from concurrent.futures import ThreadPoolExecutor

    context = context_of(config)
    names = [target.name for target in settings.targets] or [""]
    members = [context.member(name) for name in names]
    with ThreadPoolExecutor(_AT_A_TIME) as executor:
        return dict(zip(names, executor.map(_about_target, names, members), strict=True))


def _scratch(settings: Settings) -> str:
    """Say where scratch databases will live."""
    if settings.servers:
        return f"{len(settings.servers)} servers: {', '.join(map(str, settings.servers))}"
    return f"docker ({settings.image})" if settings.server == "docker" and settings.image else str(settings.server)


def _about_target(name: str, context: Context) -> list[str]:
    """Ask the target what its role may do; where it cannot be reached, the checks say so, without waiting again."""
    from pgassay.errors import TargetError

    if context.target is None:
        return []
    try:
        facts = context.target.facts
    except TargetError as error:
        return [f"pgassay: WARNING: {error.message}"]
    called, about = (f"target {name}", f"{name}: ") if name else ("target", "")
    lines = [f"pgassay: {called}: PostgreSQL {facts.version}, as {facts.role}{', a standby' if facts.standby else ''}"]
    what = "a superuser" if facts.superuser else "an owner of the database" if facts.owner else None
    if what:
        lines.append(f"pgassay: WARNING: {about}{facts.role} is {what}; look with a role that cannot write")
    return lines
