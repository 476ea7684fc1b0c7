"""pytest's face of pgassay: the entry point, imported in every run of every project that has pgassay installed.

So it stays light: no driver, no SQL, no click, no rich, no filelock here or in a part's imports; what is heavy is
imported inside the hooks and fixtures that need it (`tests/test_import_cost.py`).

PYTEST_DONT_REWRITE: no asserts here.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import pytest

_CHECKS = "pgassay.checks"


class AsTheyAre(MetaPathFinder):
    """Finds our modules before pytest does, which would rewrite the asserts of all of them, as of any plugin's.

    That takes a millisecond a module, a hundred of which lie between a test and its first database. Only the shipped
    checks are made of asserts.
    """

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a module of ours; the others are left to whoever comes next."""
        ours = name.startswith("pgassay.") and not name.startswith(_CHECKS)
        return PathFinder.find_spec(name, path, target) if ours else None


sys.meta_path.insert(0, AsTheyAre())
# In an editable install pytest would not rewrite them by itself.
pytest.register_assert_rewrite(_CHECKS)

# Each part is a plugin of its own, with its own hooks, and may be switched off by name (`-p no:pgassay.plugin.x`).
PARTS = (
    "pgassay.plugin.options",
    "pgassay.plugin.header",
    "pgassay.plugin.run",
    "pgassay.plugin.context",
    "pgassay.plugin.fixtures",
    "pgassay.plugin.explanation",
    "pgassay.plugin.failures",
    "pgassay.plugin.collect",
    "pgassay.plugin.outcome",
    "pgassay.plugin.target",
    "pgassay.plugin.summary",
)


# What pytest may find in a part: hooks and fixtures. It takes a closer look at each name that a plugin shows.
_FOUND = ("pytest_", "assay_", "_assay_")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the parts; by `pytest_plugins` each would be searched for in every installed package's metadata."""
    for name in PARTS:
        if not pluginmanager.is_blocked(name) and not pluginmanager.has_plugin(name):
            pluginmanager.register(_showing_little(import_module(name)), name)


def _showing_little(part: ModuleType) -> ModuleType:
    """Have `dir(part)` leave out what it imports: four of five names, and a fifth of what an unused plugin costs."""
    vars(part)["__dir__"] = lambda: [name for name in vars(part) if name.startswith(_FOUND)]
    return part
