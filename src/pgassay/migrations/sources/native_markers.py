"""The lines that cut a file of our own format: `-- migrate:up` and `-- migrate:down`, with options behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction
from pgassay.migrations.split import split
from pgassay.migrations.tokens import Kind, Place, tokens

OPTIONS = ("transaction:false", "superuser:true", "irreversible: the reason")

_MARKER = re.compile(r"--[ \t]*migrate:(up|down)(?:[ \t]+(.*?))?[ \t]*")
_ALMOST_MARKER = re.compile(r"--[ \t]*migrate[ \t]*:", re.IGNORECASE)
_LINE = re.compile(r"^--[ \t]*migrate:[^\n\r]*", re.MULTILINE)
_BLANK = re.compile(r"(?>(?:[ \t\n\r\f\v]++|--[^\n\r]*+)*)")
_OPTION = re.compile(r"([a-z_]+):[ \t]*(\S+)[ \t]*")
_IRREVERSIBLE = re.compile(r"irreversible:[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker line: where it stands, which part of the file it opens, what is written behind it."""

    direction: Direction
    options: Mapping[str, str]
    start: int
    end: int


def find_markers(text: str, place: Place) -> list[Marker]:
    """Find the markers: comments at the very beginning of a line, never words within a string or another comment.

    Args:
        text: The file's text.
        place: The file.

    Returns:
        An up, and perhaps a down.

    Raises:
        MigrationError: A line is almost a marker, or the markers are in disorder; something else stands before them.
    """
    try:
        markers = _apparent(text, place)
    except MigrationError:
        markers = []
    markers = markers or _certain(text, place)
    _refuse_order(markers, text, place)
    return markers


def sections(text: str, markers: Sequence[Marker], place: Place) -> list[tuple[str, int]]:
    """Return the text between each marker's line and the next marker, with the line on which it begins."""
    ends = [*(marker.start for marker in markers[1:]), len(text)]
    begins = [min(marker.end + 1, end) for marker, end in zip(markers, ends, strict=True)]  # behind the line's end
    return [(text[a:b], place.line + text.count("\n", 0, a)) for a, b in zip(begins, ends, strict=True)]


def _apparent(text: str, place: Place) -> list[Marker]:
    """Take lines that look like markers for such; nothing, or an error, where it takes a look at all tokens to tell.

    What is between them is split in any case. If that can be done, no token but one reaches over a marker: a string
    E'...' may go on behind a comment.
    """
    lines = list(_LINE.finditer(text))
    if not lines or len(lines) != len(_ALMOST_MARKER.findall(text)) or not _BLANK.fullmatch(text, 0, lines[0].start()):
        return []
    markers = [_read_marker(text, *line.span(), place) for line in lines]
    parts = sections(text, markers, place)
    for sql, line in parts:
        split(sql, place=Place(place.path, line))
    return [] if any(sql.rstrip().endswith("'") for sql, _ in parts[:-1]) else markers


def _certain(text: str, place: Place) -> list[Marker]:
    """Look at all tokens."""
    try:
        markers, early = _scan(text, place)
    except MigrationError:
        split(text, place=place)  # the data lines of a COPY are no SQL: better named as such than by what follows
        raise
    if markers and early is not None:
        problem = "text other than comments stands before the first marker"
        raise place.error(problem, text=text, at=early, hint="write -- migrate:up above it")
    return markers


def _scan(text: str, place: Place) -> tuple[list[Marker], int | None]:
    """Return the markers, and where the first other text stands that has no marker before it."""
    markers: list[Marker] = []
    early: int | None = None
    for token in tokens(text, place=place, coarse=True):
        if token.kind is Kind.LINE_COMMENT and _ALMOST_MARKER.match(text, token.start, token.end):
            markers.append(_read_marker(text, token.start, token.end, place))
        elif early is None and not token.blank and not markers:
            early = token.start
    return markers, early


def _read_marker(text: str, start: int, end: int, place: Place) -> Marker:
    match = _MARKER.fullmatch(text, start, end)
    if match is None or (start > 0 and text[start - 1] not in "\n\r"):
        raise place.error(
            f'"{text[start:end].strip()[:80]}" is almost a marker, but not quite',
            text=text,
            at=start,
            hint="write -- migrate:up or -- migrate:down at the very beginning of a line, options behind a space",
        )
    return Marker(Direction(match[1]), _read_options(match[2] or "", text, start, place), start, end)


def _read_options(options: str, text: str, at: int, place: Place) -> dict[str, str]:
    """Read what stands behind a marker; `irreversible:` takes the rest of the line."""
    read: dict[str, str] = {}
    rest = options
    while rest:
        reason = _IRREVERSIBLE.fullmatch(rest)
        match = reason or _OPTION.match(rest)
        key, value, end = ("irreversible", reason[1], len(rest)) if reason else _plain(match)
        if not _known(key, value) or key in read:
            problem = f'"{rest}" is given twice' if key in read else f'unknown option "{rest}" behind the marker'
            raise place.error(problem, text=text, at=at, hint=f"the options are: {', '.join(OPTIONS)}")
        read[key] = value
        rest = rest[end:]
    return read


def _plain(match: re.Match[str] | None) -> tuple[str, str, int]:
    return (match[1], match[2], match.end()) if match else ("", "", 0)


def _known(key: str, value: str) -> bool:
    return bool(value) if key == "irreversible" else key in {"transaction", "superuser"} and value in {"true", "false"}


def _refuse_order(markers: list[Marker], text: str, place: Place) -> None:
    """One up, then at most one down."""
    if not markers:
        raise place.error(
            "there is no marker in this file", text=text, at=0, hint="write -- migrate:up above the statements"
        )
    if markers[0].direction is Direction.DOWN:
        raise place.error("the down stands before the up", text=text, at=markers[0].start)
    for number, marker in enumerate(markers[1:]):
        if marker.direction is Direction.UP or number:
            raise place.error(
                f"a second -- migrate:{marker.direction}", text=text, at=marker.start, hint="one file is one step"
            )
