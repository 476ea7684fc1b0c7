"""What `.gmrc` says of migrations: placeholders, settings of the session, and actions around them.

Source: github.com/graphile/migrate, src/settings.ts, src/commands/_common.ts and src/commands/init.ts. A `.gmrc.js` is
a program, which is not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

_LEVELS = 4  # how far above the folder it may lie
_ENVIRONMENT = "!ENV"
_ACTIONS = ("beforeAllMigrations", "afterAllMigrations", "afterReset")
_COMMENT = re.compile(r'("(?>(?:[^"\\]|\\.)*)")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?>(?:[^"\\]|\\.)*)")|,(?=\s*[}\]])')


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is known of a project.

    Attributes:
        placeholders: Their values by name, without the colon; None: it comes from the environment.
        session: Settings that are made in each session.
        notes: What of the file is not followed.
    """

    placeholders: Mapping[str, str | None] = field(default_factory=dict)
    session: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def settings_above(folder: Path) -> Settings:
    """Read the file in a folder or above it, the nearest one."""
    for above in islice((folder, *folder.resolve().parents), _LEVELS):
        if (above / ".gmrc").is_file():
            return _read(above / ".gmrc")
        for name in (".gmrc.js", ".gmrc.cjs"):
            if (above / name).is_file():
                return Settings(notes=(f"{name} is not run: it is a program",))
    return Settings()


def _read(path: Path) -> Settings:
    try:
        text = _COMMENT.sub(r"\1", path.read_text(encoding="utf-8", errors="replace"))
        found = json.loads(_LAST_COMMA.sub(r"\1", text))
    except (OSError, ValueError):
        return Settings(notes=(f"{path.name} is not followed: it is no JSON with comments",))
    return _settings(found) if isinstance(found, dict) else Settings()


def _settings(found: Mapping[str, Any]) -> Settings:
    placeholders = {key.removeprefix(":"): str(value) for key, value in (found.get("placeholders") or {}).items()}
    return Settings(
        placeholders={key: None if value == _ENVIRONMENT else value for key, value in placeholders.items()},
        session={key: str(value) for key, value in (found.get("pgSettings") or {}).items()},
        notes=tuple(f"{name} of .gmrc is not run" for name in _ACTIONS if found.get(name)),
    )
