"""A project of Django's: its settings, its apps, the graph of their migrations, and what each is to us.

Source: github.com/django/django, django/db/migrations/loader.py, django/db/migrations/graph.py, django/__init__.py.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.db.migrations import loader as loaders
from django.db.migrations.loader import MigrationLoader

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Migration, Script, Way, way_of
from pgassay.migrations.sources.django_run import Project, Run, connected
from pgassay.migrations.sources.python_project import at_home, loading, replaced
from pgassay.migrations.sources.support import require_any
from pgassay.migrations.text import read_text

_SETTINGS = re.compile(rf"""["']{ENVIRONMENT_VARIABLE}["'],\s*["']([\w.]+)["']""")


def migrations_of(folder: Path) -> tuple[Migration, ...]:
    """Read the migrations in the order in which `manage.py migrate` applies them to an empty database.

    Raises:
        MigrationError: There is none, an app has two heads, or Django cannot load them.
    """
    loader = _loader(folder, lambda: MigrationLoader(None))
    _refuse_conflicts(loader.detect_conflicts())
    found = _in_order(folder, loader)
    return require_any(found, folder, tool="Django", hint="manage.py makemigrations makes them")


def replaced_by_squashed(folder: Path) -> tuple[Way, ...]:
    """Return the way by the migrations that squashed ones replace; none where these are gone.

    Django goes it on where one of them is applied and another is not, so that is what it is told here.

    Raises:
        MigrationError: Django cannot load them.
    """
    loader = _loader(folder, lambda: MigrationLoader(None))
    sets = [list(squashed.replaces) for squashed in loader.replacements.values()]
    begun = {keys[0] for keys in sets if len(keys) > 1 and loader.disk_migrations.keys() >= set(keys)}
    if not begun:
        return ()
    return (way_of("replaced migrations", _in_order(folder, _loader(folder, lambda: _begun_loader(begun)))),)


def _begun_loader(applied: Iterable[tuple[str, str]]) -> MigrationLoader:
    recorder = SimpleNamespace(applied_migrations=lambda: dict.fromkeys(applied))
    with replaced(loaders, MigrationRecorder=lambda _: recorder):
        return MigrationLoader(recorder)


def _loader(folder: Path, make: Callable[[], MigrationLoader]) -> MigrationLoader:
    root = folder.resolve()
    with loading(folder, "Django"), at_home(root, str(root)):
        _set_up(root)
        with connected(None):
            return make()


def _in_order(folder: Path, loader: MigrationLoader) -> list[Migration]:
    project = Project(root=folder.resolve(), loader=loader, plan=tuple(_plan(loader)))
    return [_migration(place, project) for place in range(len(project.plan))]


def _set_up(root: Path) -> None:
    """Do as django.setup() does, but leave the logging of this process as it is."""
    if settings.configured and apps.ready:
        _refuse_another(root)
        return
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    os.environ[ENVIRONMENT_VARIABLE] = named or _settings_module(root / "manage.py")
    try:
        with connected(None):
            apps.populate(settings.INSTALLED_APPS)
    except BaseException:
        apps.app_configs.clear()  # else whoever asks again is told that it is loading already, and not what failed
        apps.loading = apps.apps_ready = apps.models_ready = False
        raise
    finally:
        if named is None:
            del os.environ[ENVIRONMENT_VARIABLE]


def _settings_module(manage: Path) -> str:
    match = _SETTINGS.search(read_text(manage))
    if match is None:
        raise MigrationError(
            f'"{manage}" does not tell the module of the settings',
            hint=f"set {ENVIRONMENT_VARIABLE} in the environment",
        )
    return match[1]


def _refuse_another(root: Path) -> None:
    """A process has one project of Django's at most, such as the one that pytest-django has set up."""
    if not any(Path(config.path).resolve().is_relative_to(root) for config in apps.get_app_configs()):
        raise MigrationError(
            f'Django is set up in this process already, and not for the project in "{root}"',
            hint="prove one project of Django's in a run of pytest",
        )


def _refuse_conflicts(conflicts: Mapping[str, Iterable[str]]) -> None:
    for app, names in conflicts.items():
        raise MigrationError(
            f'the app "{app}" has more than one newest migration: {", ".join(names)}',
            hint="manage.py makemigrations --merge makes one that joins them",
        )


def _plan(loader: Any) -> Iterator[Any]:
    """Yield the migrations as the executor's plan for an empty database has them."""
    keys = (key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf))
    return (loader.graph.nodes[key] for key in dict.fromkeys(keys))


def _migration(place: int, project: Project) -> Migration:
    found = project.plan[place]
    path = Path(inspect.getfile(type(found)))
    text = read_text(path)
    missing = next(_without_reverse(found.operations), None)
    down = Script(sql=text, run=Run(str(found), place, Direction.DOWN, project))
    return Migration(
        version=place + 1,
        name=found.name,
        path=path,
        title=str(found),
        key=str(found),
        parents=tuple(sorted(f"{app}.{name}" for app, name in _above(found, project.loader))),
        replaces=tuple(f"{app}.{name}" for app, name in found.replaces),
        up=Script(sql=text, transaction=found.atomic, run=Run(str(found), place, Direction.UP, project)),
        down=down if missing is None else None,
        irreversible=None if missing is None else f"its {missing} has no reverse",
    )


def _above(found: Any, loader: Any) -> Iterator[tuple[str, str]]:
    """Yield app and name of each migration that this one rests on, where replaced ones are already replaced."""
    node = loader.graph.node_map[found.app_label, found.name]
    return (parent.key for parent in node.parents)


def _without_reverse(operations: Iterable[Any]) -> Iterator[str]:
    """Yield what operations are that cannot be taken back, those within others too."""
    for operation in operations:
        if not operation.reversible:
            yield type(operation).__name__
        yield from _without_reverse(getattr(operation, "database_operations", ()))
