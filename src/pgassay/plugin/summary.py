"""What is printed at the end: notes, what was accepted unseen, what was left out, which servers served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pgassay.plugin.options import settings_of
from pgassay.plugin.outcome import ACCEPTED, BLIND, NOTE
from pgassay.plugin.run import has_run, is_worker, run_of

if TYPE_CHECKING:
    from pgassay.servers.server import Server

LINES = pytest.StashKey[list[str]]()
"""Lines that other parts want to be printed."""

SERVED = pytest.StashKey[list[str]]()
"""Which servers served, and what was kept on them."""

_KEY = "assay_lines"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what pgassay has to say about the run, if anything."""
    lines = [
        *_properties(terminalreporter, NOTE),
        *_counted(terminalreporter, ACCEPTED, "findings accepted by accepted.toml"),
        *_counted(terminalreporter, BLIND, "objects not looked at (accepted by assay_blind = skip)"),
        *config.stash.get(LINES, []),
        *config.stash.get(SERVED, []),
    ]
    if lines:
        terminalreporter.section("pgassay")
    for line in lines:
        terminalreporter.line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send a worker's lines to the controller; there, ask which server served before it is stopped."""
    config = session.config
    if is_worker(config):
        config.workeroutput[_KEY] = config.stash.get(LINES, [])  # type: ignore[attr-defined]
    elif has_run(config):
        config.stash[SERVED] = _servers(config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the lines of a worker that has ended; a worker that died sent none."""
    lines = node.config.stash.setdefault(LINES, [])
    lines.extend(line for line in getattr(node, "workeroutput", {}).get(_KEY, ()) if line not in lines)


def _servers(config: pytest.Config) -> list[str]:
    from pgassay.servers.folders import MAIN_FOLDER
    from pgassay.servers.provider import folder_of, main_key
    from pgassay.settings.parse import MAJORS

    settings, run = settings_of(config), run_of(config)
    named = settings.servers or (settings.server,)
    keys = [main_key(server, folder) for server in named for folder in (MAIN_FOLDER, *map(folder_of, MAJORS))]
    served: list[Server | None] = [run.peek(key) for key in keys]
    said = [f"scratch server: {server.description}" for server in served if server is not None]
    return [*said, *_kept(config)]


def _kept(config: pytest.Config) -> list[str]:
    from pgassay.servers.failed import kept_databases

    kept = kept_databases(run_of(config).path)
    lines = [line for one in kept for line in (f"kept: {one.name} of {one.test}", f"    {one.way.psql}")]
    return [*lines, *dict.fromkeys(f"to stop: {one.stop}" for one in kept)]


def say(config: pytest.Config, line: str) -> None:
    """Have a line printed at the end of the run."""
    config.stash.setdefault(LINES, []).append(line)


def _properties(reporter: pytest.TerminalReporter, name: str) -> Iterator[str]:
    """Yield the values of a user property over all reports, each once, in order."""
    seen: set[str] = set()
    for reports in reporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for key, value in getattr(report, "user_properties", ()):
                if key == name and value not in seen:
                    seen.add(str(value))
                    yield str(value)


def _counted(reporter: pytest.TerminalReporter, name: str, what: str) -> list[str]:
    lines = list(_properties(reporter, name))
    return [f"{what}: {len(lines)}", *(f"  {line}" for line in lines)] if lines else []
