"""The lines of a sqitch plan: pragmas such as `%project=flipr`, a blank line, then changes and tags.

Source: github.com/sqitchers/sqitch, lib/App/Sqitch/Plan.pm and Plan/Line.pm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_PUNCTUATION = r"""\-!"#$%&'()*+,./:;<=>?@\[\\\]^`{|}~"""
# No punctuation at either end, and no digits behind a sign of those by which sqitch counts changes (`HEAD~2`).
NAME = rf"(?![{_PUNCTUATION}])(?:(?![~/=%^\[\]][0-9]+(?:$|[ \t]))[^ \t:@#\\])+(?<![{_PUNCTUATION}])\b"

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_BLANK = re.compile(r"[ \t]*(?:#(?P<note>.+))?")
_PRAGMA = re.compile(
    rf"[ \t]*%[ \t]*(?P<name>[^{_PUNCTUATION}](?:[^ \t=]*?[^ \t{_PUNCTUATION}])?)(?:[ \t]*=[ \t]*(?P<value>.+))?"
)
_ENTRY = re.compile(
    rf"""
    [ \t]*(?:(?P<tag>@)|[ \t]*[+-][ \t]*)?
    (?P<name>{NAME})(?:[ \t]+)?
    (?:\[(?P<depends>[^\]]+)\][ \t]*)?
    (?:(?P<date>{_DATE})[ \t]*)?
    (?P<planner>[^<]+[ \t]+<[^>]+>)?
    """,
    re.VERBOSE,
)
_PLANNER = re.compile(r"([^<]+)[ \t]+(<.*)")
_ESCAPED = re.compile(r"\\([\\nr])")
_UNESCAPED = {"\\": "\\", "n": "\n", "r": "\r"}
_RESERVED = frozenset({"ROOT", "HEAD"})
_LIKE_AN_ID = re.compile(r"[0-9a-f]{40}")
_NO_NAME = "this does not begin with the name of a change or a tag"
_HINT = "write: NAME [REQUIRED ...] 2024-01-31T12:00:00Z Planner <email> # note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A change or a tag.

    Attributes:
        name: Its name, of a tag without the `@`.
        is_tag: Which of the two it is.
        depends: What stands in its brackets.
        date: When it was planned, as it is written.
        planner: Name and email of who planned it.
        note: What stands behind the `#`, escaped line ends being line ends.
        at: Its offset in the plan.
    """

    name: str
    is_tag: bool
    depends: tuple[str, ...]
    date: str
    planner: str
    note: str
    at: int


@dataclass(frozen=True, slots=True)
class Lines:
    """A plan as it is written."""

    place: Place
    text: str
    project: str
    uri: str
    found: tuple[Line, ...]

    def error(self, line: Line, problem: str, hint: str | None = None) -> MigrationError:
        """Make the error about a line."""
        return self.place.error(problem, text=self.text, at=line.at, hint=hint)


def read_lines(path: Path) -> Lines:
    """Read a plan.

    Raises:
        MigrationError: It cannot be read, names no project, or sqitch could not read a line of it.
    """
    text, place = read_text(path), Place(path)
    rows = _rows(text)
    pragmas = dict(_pragmas(rows, text, place))
    project = pragmas.get("project", "")
    if not re.fullmatch(NAME, project):
        problem = f'"{project}" cannot be the name of a project' if project else "the pragma %project is missing"
        raise place.error(problem, text=text, at=0, hint="write %project=NAME above a blank line")
    found = tuple(_line(row, at, text, place) for at, row in rows if not _BLANK.fullmatch(row))
    return Lines(place, text, project, pragmas.get("uri", ""), found)


def _rows(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for row in text.split("\n"):
        yield at, row
        at += len(row) + 1


def _pragmas(rows: Iterator[tuple[int, str]], text: str, place: Place) -> Iterator[tuple[str, str]]:
    """Take the rows up to the first blank one."""
    for at, row in rows:
        if blank := _BLANK.fullmatch(row):
            if not (blank["note"] or "").strip():
                return
            continue
        match = _PRAGMA.fullmatch(row.partition("#")[0].rstrip(" \t"))
        if match is None:
            hint = "write %name=value; a blank line stands between these and the changes"
            raise place.error("this is no pragma", text=text, at=at, hint=hint)
        yield match["name"], match["value"] or ""


def _line(row: str, at: int, text: str, place: Place) -> Line:
    content, _, note = row.partition("#")
    match = _ENTRY.fullmatch(content.rstrip(" \t"))
    if match is None or (problem := _problem(match)):
        what = _NO_NAME if match is None else problem
        raise place.error(what, text=text, at=at, hint=_HINT)
    name, email = _planner(match["planner"])
    return Line(
        name=match["name"],
        is_tag=match["tag"] is not None,
        depends=tuple((match["depends"] or "").split()),
        date=match["date"],
        planner=f"{name} {email}",
        note=_ESCAPED.sub(lambda found: _UNESCAPED[found[1]], note.strip()),
        at=at,
    )


def _planner(text: str) -> tuple[str, str]:
    match = _PLANNER.fullmatch(text)
    assert match is not None  # `_ENTRY` has matched it
    return match[1], match[2]


def _problem(match: re.Match[str]) -> str:
    """Return what sqitch would say against a line; an empty text: nothing."""
    if not match["date"]:
        misread = re.search(_DATE, match.group())
        return _NO_NAME if misread else "the time at which it was planned is missing"
    if not match["planner"]:
        return "name and email of the planner are missing"
    if not _is_time(match["date"]):
        return f"there is no such time as {match['date']}"
    if match["name"] in _RESERVED or _LIKE_AN_ID.match(match["name"]):
        return f'"{match["name"]}" means something else to sqitch'
    return ""


def _is_time(date: str) -> bool:
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return False
    return True
