"""A project of Alembic's: its configuration, its revisions in their order, and what each is to us.

Source: github.com/sqlalchemy/alembic, alembic/script/base.py, alembic/script/revision.py, alembic/config.py.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from alembic.config import Config
from alembic.script import Script as Revision
from alembic.script import ScriptDirectory

from pgassay.errors import MigrationError
from pgassay.migrations.model import ONE_TRANSACTION, Direction, Migration, Script, Way
from pgassay.migrations.sources.alembic_run import Project, Run
from pgassay.migrations.sources.python_project import at_home, does_nothing, loading, only_raises
from pgassay.migrations.sources.support import require_any
from pgassay.migrations.text import read_text

_LEVELS = 5  # how far above the folder alembic.ini may lie
_AUTOCOMMIT = "autocommit_block"  # what a revision calls to leave the transaction


def migrations_of(folder: Path) -> tuple[Migration, ...]:
    """Read the revisions in the order in which `alembic upgrade heads` applies them.

    Raises:
        MigrationError: There is none, two have one identifier, or Alembic cannot load them.
    """
    with loading(folder, "Alembic"):
        _refuse_what_alembic_warns_of()
        project = _project(folder.resolve())
        with at_home(project.root, *project.paths):
            revisions = [*project.scripts.walk_revisions()][::-1]
            found = [_migration(place, revision, project) for place, revision in enumerate(revisions, 1)]
    hint = "alembic revision makes one; version_locations of alembic.ini says where they are"
    return require_any(found, folder, tool="Alembic", hint=hint)


def all_at_once(folder: Path) -> tuple[Way, ...]:
    """Return the way of a new database: `alembic upgrade heads`, in the transactions that env.py opens.

    Raises:
        MigrationError: As `migrations_of`.
    """
    migrations = migrations_of(folder)
    if len(migrations) == 1:
        return ()
    first = migrations[0].up
    assert isinstance(first.run, Run)
    run = Run(tuple(migration.key for migration in migrations), Direction.UP, first.run.project)
    script = replace(first, sql="\n".join(migration.up.sql for migration in migrations), run=run)
    whole = replace(migrations[0], up=script, down=None, title=ONE_TRANSACTION)
    return (Way(name=ONE_TRANSACTION, migrations=(whole,), at_once=True),)


def _project(folder: Path) -> Project:
    config, root = next(_configs(folder), (Config(), folder.parent))
    if config.config_file_name is None or not config.get_main_option("script_location"):
        root = folder.parent  # Flask-Migrate's alembic.ini lies in the folder, and does not name it
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("prepend_sys_path", str(root).replace("%", "%%"))
    with at_home(root):
        before = len(sys.path)
        scripts = ScriptDirectory.from_config(config)  # puts in front of the path what the configuration says
        return Project(config=config, scripts=scripts, root=root, paths=tuple(sys.path[: len(sys.path) - before]))


def _configs(folder: Path) -> Iterator[tuple[Config, Path]]:
    """Yield what alembic.ini, in the folder or above it, says of the folder, and where that file lies."""
    for above in islice((folder, *folder.parents), _LEVELS):
        path = above / "alembic.ini"
        for section in Config(str(path)).file_config.sections() if path.is_file() else ():
            config = Config(str(path), ini_section=section)
            location = config.get_main_option("script_location")
            if (section == "alembic" and above == folder) or (location and _leads(above, location, folder)):
                yield config, above


def _leads(above: Path, location: str, folder: Path) -> bool:
    """Tell whether a location in alembic.ini, a path or `package:path`, is the folder."""
    return (above / location.replace(":", "/")).resolve() == folder


def _refuse_what_alembic_warns_of() -> None:
    """Of two revisions with one identifier it takes the one that it happens to see last."""
    warnings.filterwarnings("error", message="Revision .* is (present more than once|not present)")


def _migration(place: int, revision: Revision, project: Project) -> Migration:
    path = Path(revision.path)
    if not hasattr(revision.module, "upgrade"):
        raise MigrationError(f'"{path}" has no function upgrade', hint="Alembic calls it; `pass` is enough")
    text = read_text(path)
    raises = only_raises(text, "downgrade")
    idle = does_nothing(text, "downgrade") and not does_nothing(text, "upgrade")  # a merge has nothing to undo
    has_down = hasattr(revision.module, "downgrade") and not idle and raises is None
    return Migration(
        version=place,
        name=revision.doc,
        path=path,
        title=path.stem if revision.revision in path.stem else f"{revision.revision}_{path.stem}",
        key=revision.revision,
        parents=_parents(revision, project.scripts),
        up=Script(sql=text, transaction=_AUTOCOMMIT not in text, run=Run((revision.revision,), Direction.UP, project)),
        down=Script(sql=text, run=Run((revision.revision,), Direction.DOWN, project)) if has_down else None,
        irreversible=None if raises is None else f"its downgrade says {raises}",
    )


def _parents(revision: Revision, scripts: ScriptDirectory) -> tuple[str, ...]:
    """Return what must be applied before; a dependency may be written as a branch's label."""
    above, needed = revision.down_revision or (), revision.dependencies or ()
    named = (above,) if isinstance(above, str) else tuple(above)
    return (*named, *(found.revision for found in scripts.get_revisions(needed) if needed))
