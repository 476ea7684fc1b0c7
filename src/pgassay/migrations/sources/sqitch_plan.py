"""The changes of a sqitch plan, in order, with the ids that sqitch gives them and the tags of those reworked later.

Source: github.com/sqitchers/sqitch, lib/App/Sqitch/Plan.pm, Plan/Depend.pm, Engine.pm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pgassay.migrations.sources.sqitch_ids import Dependency, change_id
from pgassay.migrations.sources.sqitch_lines import NAME, Line, Lines, read_lines

_DEPENDENCY = re.compile(rf"(!?)(?:({NAME}):)?([0-9a-f]{{40}}|{NAME}(?:@{NAME})?|@{NAME})")


@dataclass(frozen=True, slots=True)
class Change:
    """A change.

    Attributes:
        line: Its line in the plan.
        id: What sqitch calls it in its tables: SHA-1 of all that the plan says of it, and of the change before.
        tags: The tags that stand behind it.
        reworked: The tags by one of which its scripts are found, where a later change has its name, newest first.
        elsewhere: What it requires of other projects.
    """

    line: Line
    id: str
    tags: tuple[str, ...] = ()
    reworked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: the project's name, and its changes in order."""

    project: str
    changes: tuple[Change, ...]


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        MigrationError: sqitch could not read it, or would not deploy it.
    """
    lines = read_lines(path)
    return Plan(lines.project, tuple(_with_reworked(_Reader(lines).changes())))


class _Reader:
    """Goes through the lines and remembers what has been named."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._known: dict[str, int] = {}  # changes, and tags with their @: the offset of the first of that name
        self._since_tag: set[str] = set()
        self._changes: list[Change] = []
        self._conflicts: list[tuple[Line, Dependency]] = []

    def changes(self) -> list[Change]:
        for line in self._lines.found:
            if line.is_tag:
                self._tag(line)
            else:
                self._change(line)
        self._refuse_strangers()
        return self._changes

    def _refuse_strangers(self) -> None:
        """Refuse conflicts with what the plan does not have: sqitch looks it up, and fails."""
        for line, dependency in self._conflicts:
            name, _, tag = dependency.key.partition("@")
            if (name and name not in self._known) or (tag and f"@{tag}" not in self._known):
                raise self._lines.error(
                    line, f'"{line.name}" conflicts with "{dependency.key}", which is not in the plan'
                )

    def _tag(self, line: Line) -> None:
        self._refuse_tag(line)
        last = self._changes[-1]
        self._changes[-1] = replace(last, tags=(*last.tags, line.name))
        self._known[f"@{line.name}"] = line.at
        self._since_tag.clear()

    def _refuse_tag(self, line: Line) -> None:
        problems = {
            "no change stands before it": not self._changes,
            "there is a tag of this name already": f"@{line.name}" in self._known,
            "a tag requires nothing": bool(line.depends),
            "its name holds a /": "/" in line.name,
        }
        for problem in (problem for problem, holds in problems.items() if holds):
            raise self._lines.error(line, f'the tag "@{line.name}" cannot be: {problem}')

    def _change(self, line: Line) -> None:
        if line.name in self._since_tag:
            hint = f"`sqitch rework {line.name}` changes it again, behind a tag"
            raise self._lines.error(line, f'"{line.name}" stands twice, and no tag in between', hint)
        depends = [self._dependency(text, line) for text in line.depends]
        for dependency in depends:
            self._refuse(dependency, line)
        self._conflicts += [(line, one) for one in depends if one.conflicts and self._may_be_here(one)]
        parent = self._changes[-1].id if self._changes else ""
        self._known.setdefault(line.name, line.at)
        self._since_tag.add(line.name)
        project = self._lines.project
        elsewhere = tuple(d.written(project) for d in depends if not d.conflicts and not self._is_here(d))
        found = change_id(self._lines, line, parent=parent, depends=depends)
        self._changes.append(Change(line, found, elsewhere=elsewhere))

    def _dependency(self, text: str, line: Line) -> Dependency:
        match = _DEPENDENCY.fullmatch(text)
        if match is None or line.depends.count(text) > 1:
            what = "stands twice" if match else "names no change and no tag"
            raise self._lines.error(
                line, f'"{text}" in the brackets {what}', "write change, change@tag or project:change"
            )
        return Dependency(match[3], match[2] or self._lines.project, bool(match[1]))

    def _may_be_here(self, dependency: Dependency) -> bool:
        return dependency.project == self._lines.project and not _is_id(dependency.key)

    def _is_here(self, dependency: Dependency) -> bool:
        """Tell whether it is of this project; an id may be of any, and then it is when a change before has it."""
        if dependency.project != self._lines.project:
            return False
        return not _is_id(dependency.key) or any(change.id == dependency.key for change in self._changes)

    def _refuse(self, dependency: Dependency, line: Line) -> None:
        """Refuse what sqitch would not deploy: what is required and does not stand before, or conflicts and does."""
        if not self._is_here(dependency) or self._stands_before(dependency.key) is not dependency.conflicts:
            return
        if dependency.conflicts:
            raise self._lines.error(line, f'"{line.name}" conflicts with "{dependency.key}", which stands before it')
        raise self._lines.error(
            line,
            f'"{line.name}" requires "{dependency.key}", which does not stand before it',
            "move it behind what it requires, or take that out of the brackets",
        )

    def _stands_before(self, key: str) -> bool:
        change, at, tag = key.partition("@")
        if _is_id(key) or not (change and at):
            return _is_id(key) or key in self._known
        known = self._known
        return f"@{tag}" in known and change in known and known[change] < known[f"@{tag}"]


def _is_id(key: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}", key) is not None


def _with_reworked(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes; one that is changed again later with the tags that lie in between."""
    found = list(changes)
    following: dict[str, int] = {}
    for place in reversed(range(len(found))):
        change = found[place]
        until = following.get(change.line.name)
        if until is not None:
            tags = (tag for between in reversed(found[place:until]) for tag in between.tags)
            found[place] = replace(change, reworked=tuple(tags))
        following[change.line.name] = place
    return iter(found)
