"""What a scratch database is made of. The hash of a recipe names the template that is built by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pgassay
from pgassay.contract.load import SqlFile
from pgassay.errors import UsageError
from pgassay.migrations.model import Migration

Migrate = Callable[[str], object]
"""The user's own tool: takes the URL of a database, and applies the migrations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides what is in a scratch database.

    Attributes:
        init: Scripts that prepare the database, run as superuser.
        desired: Files of the desired state, which stand in for the migrations of a project that has none.
        migrations: The steps to apply, in order.
        migrate: The user's own tool, in place of `migrations`; or None.
        inputs: The files that the user's own tool reads.
        seed: Files of SQL that are run after the migrations, in order (`seed_files`).
        owner: The role that migrations run as; None: derived from what init creates.
        run: A word that tells this run from others; hashed where the inputs of the user's own tool are not known.
    """

    init: tuple[SqlFile, ...] = ()
    desired: tuple[SqlFile, ...] = ()
    migrations: tuple[Migration, ...] = ()
    migrate: Migrate | None = None
    inputs: tuple[Path, ...] = ()
    seed: tuple[Path, ...] = ()
    owner: str | None = None
    run: str = ""

    @property
    def lasts(self) -> bool:
        """Whether a later run can use what it makes: not where the inputs of the user's own tool are unknown.

        A migration in Python may read whatever it likes: the models of the application, for one.
        """
        if any(migration.up.run is not None for migration in self.migrations):
            return False
        return self.migrate is None or bool(self.inputs)

    def up_to(self, version: int | str) -> Recipe:
        """Return the recipe that stops at a migration, such as 12 or `"012"`; at 0 none is applied.

        Raises:
            UsageError: There is no such migration, or a tool of the user's own applies them.
        """
        if self.migrate is not None:
            raise UsageError("migrate_to means nothing where the project's own tool applies the migrations")
        versions = sorted({0, *(migration.version for migration in self.migrations)})
        wanted = int(version) if str(version).isdecimal() else -1
        if wanted not in versions:
            known = ", ".join(map(str, versions))
            raise UsageError(f'there is no migration "{version}" to stop at', hint=f"there are: {known}")
        return replace(self, migrations=tuple(m for m in self.migrations if m.version <= wanted))

    def digest(self, *facts: str) -> str:
        """Return the hash, in hexadecimal, of all that decides what a database made by this recipe holds.

        Args:
            facts: What else decides, such as the server's version.
        """
        digest = sha256()
        for word in (pgassay.__version__, self.owner or "", *facts, *self._words()):
            digest.update(f"{len(word)}:{word}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def _words(self) -> Iterator[str]:
        for word, files in (("init", self.init), ("desired", self.desired)):
            for file in files:
                yield from (word, file.name, file.sql)
        for migration in self.migrations:
            yield from ("migration", str(migration.version), migration.name, repr(migration.up))
            yield repr((migration.own_table, migration.key, migration.checksum))
        for word, paths in (("input", self.inputs), ("seed", self.seed)):
            for path in paths:
                yield from (word, str(path), sha256(path.read_bytes()).hexdigest())
        if not self.lasts:
            yield from ("run", self.run)


def seed_files(path: Path | None) -> tuple[Path, ...]:
    """Return the files of a seed: the file itself, or every `*.sql` of the folder, by name.

    Raises:
        UsageError: There is nothing at the path.
    """
    if path is None:
        return ()
    files = sorted(path.glob("*.sql")) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        raise UsageError(f'there is no seed at "{path}"', hint="a seed is a file of SQL or a folder of them")
    return tuple(files)
