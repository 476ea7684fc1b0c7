"""Functions of triggers that do nothing but set columns to the time: which columns, and when.

Known are bodies in plpgsql of `NEW.x := now();` and `RETURN NEW;`, any of PostgreSQL's clocks, in whatever time zone,
for every row that is written or, below `IF NEW IS DISTINCT FROM OLD`, for those that change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.triggers import Trigger

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_NOW = r"(?:pg_catalog\s*\.\s*)?(?:now|(?:clock|statement|transaction)_timestamp)\s*\(\s*\)"
_CLOCK = rf"(?:{_NOW}|current_timestamp|localtimestamp)"
_IN_ZONE = rf"(?:timezone\s*\(\s*'[^']+'\s*,\s*{_CLOCK}\s*\)|{_CLOCK}\s+at\s+time\s+zone\s+'[^']+')"
_VALUE = rf"\(?\s*(?:{_IN_ZONE}|{_CLOCK}(?:\s*::\s*timestamp(?:tz)?)?)\s*\)?"
_ASSIGNMENT = rf"new\s*\.\s*(?P<name>{_NAME})\s*:?=\s*{_VALUE}\s*;\s*"
_ONE = re.compile(_ASSIGNMENT, re.IGNORECASE)
_ALL = rf"(?:{_ASSIGNMENT.replace('?P<name>', '?:')})+"
_NEW, _OLD = (rf"(?:row\s*\(\s*{row}\s*\.\s*\*\s*\)|{row}(?:\s*\.\s*\*)?)" for row in ("new", "old"))
_FROM = r"\s+is\s+distinct\s+from\s+"
_CHANGES = rf"(?:{_NEW}{_FROM}{_OLD}|{_OLD}{_FROM}{_NEW})"
_GUARD = rf"if\s*\(?\s*(?:(?P<changes>{_CHANGES})|tg_op\s*=\s*(?-i:'UPDATE'))\s*\)?\s*then\s+"
_END_IF = r"end\s+if\s*;\s*"
_RETURNS = (
    rf"(?:{_END_IF}return\s+new\s*;|return\s+new\s*;\s*(?:else\s+return\s+old\s*;\s*)?{_END_IF}"
    r"(?:return\s+(?:new|old)\s*;)?)"
)
_BODY = re.compile(
    rf"\s*(?:<<\s*\w+\s*>>\s*)?(?:declare\s+)?begin\s+(?:(?P<always>{_ALL})return\s+new\s*;|"
    rf"{_GUARD}(?P<guarded>{_ALL}){_RETURNS})\s*end\s*\w*\s*;?\s*",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"\(*(?:{_CHANGES}|old\s*\.\s*(?P<old>{_NAME}){_FROM}new\s*\.\s*(?P<new>{_NAME}))\)*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Condition:
    """When a trigger fires: where a row changes, or where this column of it does."""

    column: str | None = None


def clocks_of(function: Function) -> tuple[tuple[str, ...], bool]:
    """Return the columns that a function sets to the time, and whether only in rows that change; none: it does more."""
    body = _BODY.fullmatch(_COMMENT.sub(" ", function.body)) if function.language == "plpgsql" else None
    if body is None:
        return (), False
    assignments = _ONE.finditer(body["always"] or body["guarded"])
    return tuple(_plain(match["name"]) for match in assignments), body["changes"] is not None


def condition_of(trigger: Trigger) -> Condition | None:
    """Return what a trigger's WHEN says, where it is of this shape; None: it is not."""
    match = _WHEN.fullmatch(trigger.when or "")
    if match is None or match["old"] != match["new"]:
        return None
    return Condition(None if match["old"] is None else _plain(match["old"]))


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
