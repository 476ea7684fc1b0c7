"""The file atlas.sum, in which each migration's checksum covers all files up to it.

Source: github.com/ariga/atlas, sql/migrate/dir.go (HashFile, Validate).
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from pgassay.errors import MigrationError

SUM = "atlas.sum"
_IGNORED = re.compile(rb"[ -~]*atlas:sum +ignore(?:\n|$)")
_HINT = "see what was changed; where that is meant, `atlas migrate hash` writes it anew"


def sums_of(files: Sequence[Path]) -> dict[str, str]:
    """Return the checksum of each file by name; those that ask to be left out have none."""
    sums, digest = {}, hashlib.sha256()
    for path in files:
        data = path.read_bytes()
        digest.update(path.name.encode())
        if not _IGNORED.match(data):
            digest.update(data)
            sums[path.name] = b64encode(digest.digest()).decode()
    return sums


def refuse_changes(folder: Path, sums: Mapping[str, str]) -> None:
    """Compare the files with atlas.sum, as the tool does before it runs any.

    Raises:
        MigrationError: It is missing, cannot be read, or a file was edited, added or removed since.
    """
    path = folder / SUM
    if not path.is_file():
        raise MigrationError(f'"{path}" is missing', hint="`atlas migrate hash` writes it")
    first, *lines = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    written = [_read(path, number, line) for number, line in enumerate(lines, 2)]
    for number, (known, found) in enumerate(zip_longest(written, sums.items()), 2):
        if known != found:
            raise MigrationError(f'"{path}", line {number}: {_change(known, found, sums)}', hint=_HINT)
    if first.removeprefix("h1:") != _total(written):
        raise MigrationError(f'"{path}", line 1: the checksum is not that of the lines below', hint=_HINT)


def _read(path: Path, number: int, line: str) -> tuple[str, str]:
    name, mark, checksum = line.partition("h1:")
    if not mark:
        raise MigrationError(f'"{path}", line {number}: not a name and a checksum', hint=_HINT)
    return name.strip(), checksum


def _change(known: tuple[str, str] | None, found: tuple[str, str] | None, sums: Mapping[str, str]) -> str:
    if known is None or (found is not None and known[0] in sums and known[0] != found[0]):
        return f'"{found[0] if found else ""}" was added since'
    return f'"{known[0]}" was {"edited" if known[0] in sums else "removed"} since'


def _total(written: Sequence[tuple[str, str]]) -> str:
    joined = "".join(name + checksum for name, checksum in written)
    return b64encode(hashlib.sha256(joined.encode()).digest()).decode()
