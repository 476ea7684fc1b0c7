"""A list of targets, one a line: for fleets that no command line could name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.settings.parse import ValueRefusedError
from pgassay.settings.targets import NamedTarget, parse_target, place_of

STANDARD_INPUT = "-"


def read_targets(place: str) -> tuple[NamedTarget, ...]:
    """Read the targets of a file, or `-` for standard input.

    Raises:
        UsageError: It cannot be read, names none, or has lines that name none; all of these are said at once.
    """
    title = "standard input" if place == STANDARD_INPUT else f'"{place}"'
    try:
        data = sys.stdin.buffer.read() if place == STANDARD_INPUT else Path(place).read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the databases of {title}: {error}") from None
    return parse_lines(text.split("\n"), title)


def parse_lines(lines: Iterable[str], title: str) -> tuple[NamedTarget, ...]:
    """Return the targets of lines: `NAME=URL` or a connection string alone; blank ones and `#` comments say nothing.

    Args:
        lines: The lines, in order.
        title: Where they stand, for errors.

    Raises:
        UsageError: No line names a database, or some name none; all of them are said at once.
    """
    found: dict[int, NamedTarget] = {}
    wrong: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if (written := line.strip()) and not written.startswith("#"):
            try:
                found[number] = _parse(written)
            except (ValueRefusedError, UsageError) as error:
                wrong[number] = error.reason if isinstance(error, ValueRefusedError) else error.message
    wrong |= _clashes(found)
    if wrong:
        raise UsageError("\n".join(_said(wrong, title)), hint="a line is NAME=postgresql://user@host:5432/database")
    if not found:
        raise UsageError(f"{title} names no database", hint="write a line for each: NAME=URL")
    return tuple(_with_names(found.values()))


def _parse(written: str) -> NamedTarget:
    named = parse_target(written, Path())
    _ = named.conninfo.parameters  # what cannot be parsed is told at once, before any database is looked at
    return named


def _clashes(found: dict[int, NamedTarget]) -> dict[int, str]:
    """Say which lines repeat a name or a database, and of which line."""
    names: dict[str, int] = {}
    places: dict[tuple[str, ...], int] = {}
    wrong: dict[int, str] = {}
    for number, named in found.items():
        if named.name and names.setdefault(named.name, number) != number:
            wrong[number] = f'"{named.name}" is the name of line {names[named.name]}, too'
        elif (line := places.setdefault(place_of(named.conninfo), number)) != number:
            wrong[number] = f"names the database of line {line}"
    return wrong


def _said(wrong: dict[int, str], title: str) -> Iterator[str]:
    yield f"{title} has {len(wrong)} line{'s' if len(wrong) > 1 else ''} that cannot be used:"
    for number in sorted(wrong):
        yield f"  line {number}: {wrong[number]}"


def _with_names(targets: Iterable[NamedTarget]) -> Iterator[NamedTarget]:
    """Call each that has no name by its place, and tell namesakes apart by a number."""
    targets = tuple(targets)
    taken = {named.name for named in targets if named.name}
    for named in targets:
        name = named.name or _free(_place_name(named.conninfo), taken)
        taken.add(name)
        yield NamedTarget(name, named.conninfo)


def _place_name(conninfo: Conninfo) -> str:
    get = conninfo.get
    host = get("host") or get("hostaddr") or get("service") or "localhost"
    port = f":{get('port')}" if get("port") else ""
    return f"{host}{port}/{get('dbname') or get('user')}"


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(other for number in range(2, len(taken) + 2) if (other := f"{name} ({number})") not in taken)
