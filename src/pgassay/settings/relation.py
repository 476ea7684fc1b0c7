"""The name of a relation as a person writes it: `history`, `tools.history`, `"My tools"."a.b"`."""

from __future__ import annotations

import re

_PART = r'"(?:[^"]|"")+"|[^".]+'
_NAME = re.compile(rf"(?:({_PART})\.)?({_PART})", re.DOTALL)


def split_relation(text: str) -> tuple[str, str] | None:
    """Return schema and name; the schema is empty where none is written. Case is kept, quotes keep dots.

    Args:
        text: The name, perhaps with a schema in front; each may stand in double quotes.

    Returns:
        Both, or None where the text is no name.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        return None
    schema, name = (_unquoted(part or "") for part in match.groups())
    return schema, name


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.strip()
