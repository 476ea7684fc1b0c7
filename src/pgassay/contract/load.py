"""Load the contract's folder: init, desired state, behavior.toml, accepted.toml, irreversible.toml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pgassay.contract.accepted import Acceptance, load_accepted
from pgassay.contract.behavior import Behavior, load_behavior
from pgassay.contract.irreversible import Irreversible, load_irreversible
from pgassay.errors import ContractError, MigrationError
from pgassay.migrations.text import read_sql
from pgassay.settings import Settings

INIT = "init"
BEHAVIOR = "behavior.toml"
ACCEPTED = "accepted.toml"
IRREVERSIBLE = "irreversible.toml"
SNAPSHOT = "catalog.json"

# Only what looks like an option is one: `-- contract of the shop` is an ordinary comment.
_MARKER = re.compile(r"--[ \t]*contract[ \t]+(?P<options>\w+[ \t]*[:=].*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """One SQL file of the contract.

    Attributes:
        path: Where it is.
        name: Its path below the contract's folder, with `/`.
        sql: Its text, line ends as LF; pg_dump's psql lines are blank, so that line numbers hold.
        superuser: Whether it runs as superuser rather than as the owner.
    """

    path: Path
    name: str
    sql: str
    superuser: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What must be true, as the folder says it.

    Attributes:
        folder: The contract's folder.
        exists: Whether the folder is there.
        init: What prepares a database, as superuser, in order.
        files: The desired state, in order.
        behavior: What behavior.toml says.
        accepted: What accepted.toml says.
        irreversible: What irreversible.toml says.
        hash: SHA-256 over names and texts of init and files, all that a catalog is built from, in hexadecimal.
    """

    folder: Path
    exists: bool
    init: tuple[SqlFile, ...] = ()
    files: tuple[SqlFile, ...] = ()
    behavior: Behavior = field(default_factory=Behavior)
    accepted: tuple[Acceptance, ...] = ()
    irreversible: tuple[Irreversible, ...] = ()
    hash: str = ""

    @property
    def stated(self) -> bool:
        """Whether a desired state is written down; with init alone, the migrations' head is the contract."""
        return bool(self.files)

    @property
    def snapshot(self) -> Path:
        """Where the snapshot of the contract's catalog is kept."""
        return self.folder / SNAPSHOT


def load_contract(settings: Settings) -> Contract:
    """Read the whole folder; one that is not there is a contract that does not exist, and no error.

    Args:
        settings: `schema` is the folder.

    Raises:
        ContractError: A file is there and cannot be right; it is named, and so is the line.
    """
    folder = settings.schema if settings.schema.is_absolute() else settings.root / settings.schema
    if not folder.exists():
        return Contract(folder=folder, exists=False, hash=_hash(()))
    if not folder.is_dir():
        raise ContractError(f'the contract "{folder}" is not a folder', hint="name the folder that holds its SQL files")
    paths = _sql_paths(folder)
    init = tuple(load_file(path, folder) for path in paths if _is_init(path, folder))
    files = tuple(load_file(path, folder) for path in paths if not _is_init(path, folder))
    return Contract(
        folder=folder,
        exists=True,
        init=init,
        files=files,
        behavior=load_behavior(folder / BEHAVIOR),
        accepted=load_accepted(folder / ACCEPTED),
        irreversible=load_irreversible(folder / IRREVERSIBLE),
        hash=_hash((*init, *files)),
    )


def _sql_paths(folder: Path) -> list[Path]:
    """Find the SQL files, hidden ones (an editor's lock and its like) left out, in natural order of their paths."""
    found = []
    for place, folders, files in os.walk(folder, onerror=_cannot_list):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in files if name.lower().endswith(".sql") and not name.startswith(".")]
    return sorted(found, key=lambda path: [_natural_key(part) for part in path.relative_to(folder).parts])


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts `2-b.sql` before `10-a.sql`: digits compare as numbers, the rest as text."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts]


def _cannot_list(cause: OSError) -> None:
    """Raise: a folder that cannot be listed must not look like an empty one."""
    raise ContractError(
        f'the folder "{cause.filename}" cannot be read: {(cause.strerror or str(cause)).lower()}'
    ) from cause


def _is_init(path: Path, folder: Path) -> bool:
    return path.relative_to(folder).parts[0] == INIT


def load_file(path: Path, folder: Path) -> SqlFile:
    """Read one file of SQL in or below a folder.

    Raises:
        ContractError: It cannot be read, or its marker means nothing.
    """
    sql = _read(path)
    return SqlFile(
        path=path,
        name=path.relative_to(folder).as_posix(),
        sql=sql,
        superuser=_is_init(path, folder) or _asks_for_superuser(path, sql),
    )


def _read(path: Path) -> str:
    r"""Read SQL with the migrations' checks; pg_dump's lines `\restrict` and `\unrestrict` become blank."""
    try:
        return read_sql(path, restrict=True)
    except MigrationError as cause:
        raise ContractError(cause.message, hint=cause.hint) from None


def _asks_for_superuser(path: Path, sql: str) -> bool:
    """Read the first line's marker `-- contract superuser:true`."""
    marker = _MARKER.fullmatch(sql.split("\n", 1)[0].rstrip())
    if marker is None:
        return False
    match marker["options"]:
        case "superuser:true":
            return True
        case "superuser:false":
            return False
        case other:
            raise ContractError(
                f'"{path}", line 1: "{other}" means nothing after "-- contract"',
                hint="known: superuser:true, superuser:false",
            )


def _hash(files: Iterable[SqlFile]) -> str:
    """Hash names and texts, each with its length, so that no two folders of different files hash alike."""
    digest = sha256()
    for file in files:
        for text in (file.name, file.sql):
            data = text.encode("utf-8", "surrogateescape")  # a file's name may be any bytes
            digest.update(b"%d:%b" % (len(data), data))
    return digest.hexdigest()
