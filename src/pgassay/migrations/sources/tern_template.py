"""Fill tern's templates in: values, and files of sub-folders; what more Go's templates can do is refused.

Source: github.com/jackc/tern, migrate/migrate.go (`LoadMigrations`) and migrate/code.go; text/template of Go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pgassay.migrations.sources.support import Missing
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

_ACTION = re.compile(
    r"""\{\{ (?P<trim_before>-(?=\s))? \s*
        (?: (?P<comment>/\*.*?\*/) | (?P<body>(?:"(?:\\.|[^"\\\n])*"|`[^`]*`|[^"`}])*?) )
        \s* (?P<trim_after>(?<=\s)-)? \}\}""",
    re.VERBOSE | re.DOTALL,
)
_FIELD = re.compile(r"\$?\.([^\W\d]\w*)")
_CONSTANT = re.compile(r'"([^"\\]*)"|`([^`]*)`')
_FILE = re.compile(r'template\s+"([^"\\]+)"(?:\s+[.$])?')
_SNAPSHOT = re.compile(r'install_snapshot\s+"([^"\\]+)"')
_BLANKS = " \t\r\n"  # what a trim marker takes away
_HINT = 'what is known is {{.name}}, {{ template "folder/file.sql" . }}, {{ install_snapshot "name" }} and constants'


@dataclass(slots=True)
class Templates:
    """The templates of a folder; names without a value are gathered, so that all are told at once."""

    folder: Path
    values: Mapping[str, str]
    missing: Missing = field(default_factory=Missing)

    def fill(self, text: str, place: Place) -> str:
        """Return a text with its actions replaced.

        Raises:
            MigrationError: An action is not known here, or a file that one names cannot be read.
        """
        return self._fill(text, place, self.folder, ())

    def _fill(self, text: str, place: Place, root: Path, within: tuple[Path, ...]) -> str:
        """Fill in a text whose templates lie below a root, within others that led to it."""
        parts: list[str] = []
        at, trim = 0, ""
        while (start := text.find("{{", at)) >= 0:
            action = _ACTION.match(text, start)
            if action is None:
                raise place.error("a template's action begins here and has no end", text=text, at=start, hint=_HINT)
            plain = text[at:start].lstrip(trim) if trim else text[at:start]
            parts.append(plain.rstrip(_BLANKS) if action["trim_before"] else plain)
            if not action["comment"]:
                parts.append(self._result(action, text, place, root, within))
            at, trim = action.end(), _BLANKS if action["trim_after"] else ""
        return "".join((*parts, text[at:].lstrip(trim) if trim else text[at:]))

    def _result(self, action: re.Match[str], text: str, place: Place, root: Path, within: tuple[Path, ...]) -> str:
        """Return what an action puts in its place."""
        body = action["body"]
        if match := _FIELD.fullmatch(body):
            if match[1] not in self.values:
                self.missing.note(match[1], place, text, action.start())
            return self.values.get(match[1], "")
        if match := _CONSTANT.fullmatch(body):
            return match[1] or match[2] or ""
        if match := _FILE.fullmatch(body):
            path = root / match[1]
        elif match := _SNAPSHOT.fullmatch(body):
            root = self.folder / "snapshots" / match[1]
            path = root / "install.sql"
        else:
            raise place.error(f'the action "{body[:60]}" is not known here', text=text, at=action.start(), hint=_HINT)
        if not _below(match[1]) or path.suffix != ".sql" or not path.is_file():
            raise place.error(f'there is no template "{match[1]}"', text=text, at=action.start())
        if path in within:
            raise place.error(f'"{path}" includes itself', text=text, at=action.start())
        return self._fill(read_text(path), Place(path), root, (*within, path))


def _below(name: str) -> bool:
    """Tell whether a name leads nowhere but down."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts
