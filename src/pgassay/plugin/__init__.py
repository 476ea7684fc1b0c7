"""pytest's face of pgassay: the entry point, imported in every run of every project that has pgassay installed.

So it stays light: no driver, no SQL, no click, no rich, no filelock here or in a part's imports; what is heavy is
imported inside the hooks and fixtures that need it (`tests/test_import_cost.py`).

PYTEST_DONT_REWRITE: no asserts here.
"""

from importlib import import_module

import pytest

# The shipped checks are made of asserts; in an editable install pytest would not rewrite them by itself.
pytest.register_assert_rewrite("pgassay.checks")

# Each part is a plugin of its own, with its own hooks, and may be switched off by name (`-p no:pgassay.plugin.x`).
PARTS = (
    "pgassay.plugin.options",
    "pgassay.plugin.header",
    "pgassay.plugin.run",
    "pgassay.plugin.context",
    "pgassay.plugin.fixtures",
    "pgassay.plugin.failures",
    "pgassay.plugin.collect",
    "pgassay.plugin.outcome",
    "pgassay.plugin.target",
    "pgassay.plugin.summary",
)


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the parts; by `pytest_plugins` each would be searched for in every installed package's metadata."""
    for name in PARTS:
        if not pluginmanager.is_blocked(name) and not pluginmanager.has_plugin(name):
            pluginmanager.register(import_module(name), name)
