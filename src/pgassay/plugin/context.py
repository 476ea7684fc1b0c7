"""The context of the shipped checks in this process, built from this run's settings and directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgassay.plugin.options import settings_of
from pgassay.plugin.run import run_of
from pgassay.plugin.summary import say

if TYPE_CHECKING:
    from pgassay.suite.context import Context

_CONTEXT = pytest.StashKey["Context"]()


def context_of(config: pytest.Config) -> Context:
    """Return this process's context, made at first use; making it starts nothing and connects to nothing."""
    if _CONTEXT not in config.stash:
        from pgassay.suite.members import make_context

        config.stash[_CONTEXT] = make_context(settings_of(config), run=lambda: run_of(config))
    return config.stash[_CONTEXT]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Have printed what tests left behind that no database isolates."""
    if _CONTEXT in session.config.stash:
        for line in session.config.stash[_CONTEXT].notices():
            say(session.config, line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what the context opened."""
    if _CONTEXT in config.stash:
        config.stash[_CONTEXT].close()
