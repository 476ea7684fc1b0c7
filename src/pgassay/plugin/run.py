"""The run: one directory for all its processes, stopped by the process that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pgassay.servers.rundir import RunDirectory

_RUN = pytest.StashKey["RunDirectory"]()
_KEY = "assay_run"


def run_of(config: pytest.Config) -> RunDirectory:
    """Return the run's directory: the controller's, which a worker joins, or one that is made now."""
    from pgassay.servers.rundir import RunDirectory

    if _RUN not in config.stash:
        shared = getattr(config, "workerinput", {}).get(_KEY)
        config.stash[_RUN] = RunDirectory.attach(shared) if shared else RunDirectory.create()
    return config.stash[_RUN]


def has_run(config: pytest.Config) -> bool:
    """Return whether this process has made or joined a run."""
    return _RUN in config.stash


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process is a worker of xdist."""
    return hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the run's directory is: no worker has collected yet, so it may turn out to be unneeded."""
    node.workerinput[_KEY] = str(run_of(node.config).path)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's servers, in the process that made the run; one stays where a database was kept on it."""
    if not has_run(config) or is_worker(config):
        return
    from pgassay.servers.failed import outlive

    if not outlive(config.stash[_RUN], config.rootpath):
        config.stash[_RUN].stop()
