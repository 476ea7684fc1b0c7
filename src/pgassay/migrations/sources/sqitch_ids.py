"""The ids of sqitch's changes: SHA-1 of what the plan says of each, which names the change before it.

Source: github.com/sqitchers/sqitch, lib/App/Sqitch/Plan/Change.pm (`info`, `id`), Plan/Depend.pm (`as_string`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pgassay.migrations.sources.sqitch_lines import Line, Lines

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a change requires, or conflicts with: `change`, `change@tag`, `@tag` or an id, of which project."""

    key: str
    project: str
    conflicts: bool

    def written(self, project: str) -> str:
        """Return how sqitch writes it within a project, whose own name it leaves out."""
        return self.key if self.project == project else f"{self.project}:{self.key}"


def change_id(lines: Lines, line: Line, *, parent: str, depends: Sequence[Dependency]) -> str:
    """Return the id of a change.

    Args:
        lines: The plan.
        line: The change.
        parent: The id of the change before it; empty: it is the first.
        depends: What it requires, and what it conflicts with.
    """
    info = "\n".join(
        [
            f"project {lines.project}",
            *([f"uri {_canonical(lines.uri)}"] if lines.uri else []),
            f"change {line.name}",
            *([f"parent {parent}"] if parent else []),
            f"planner {line.planner}",
            f"date {line.date}",
            *_listed("requires", "+", [d.written(lines.project) for d in depends if not d.conflicts]),
            *_listed("conflicts", "-", [d.written(lines.project) for d in depends if d.conflicts]),
            *(["", line.note] if line.note else []),
        ]
    ).encode()
    return hashlib.sha1(b"change %d\0%s" % (len(info), info), usedforsecurity=False).hexdigest()


def _listed(title: str, mark: str, names: Sequence[str]) -> list[str]:
    return [title, *(f"  {mark} {name}" for name in names)] if names else []


def _canonical(uri: str) -> str:
    """Return a URI as Perl's module URI writes it: scheme and host in lower case, no usual port, a path."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:  # what is none to Python stays as it is
        return uri
    if parts.scheme not in _PORTS or not parts.hostname:
        return uri
    user, at, _ = parts.netloc.rpartition("@")
    shown = "" if port in {None, _PORTS[parts.scheme]} else f":{port}"
    path = parts.path or ("" if parts.query else "/")
    return parts._replace(netloc=f"{user}{at}{parts.hostname}{shown}", path=path).geturl()
