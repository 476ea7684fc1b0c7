"""JSON documents that a condition suggests: its strings are keys, paths and words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from json import dumps, loads
from typing import Any

from pgassay.behaviors.rows.candidate import Candidate, constant, fresh
from pgassay.behaviors.rows.oracle import Oracle, Stage
from pgassay.behaviors.rows.text import strings

_KINDS = frozenset({"object", "array", "string", "number", "boolean", "null"})
_STEP = re.compile(r'\."((?:[^"\\]|\\.)*)"')
_LONGEST = 100  # elements
# What casts of a member's text take: words and booleans, numbers, times, intervals.
_UUID = "00000000-0000-4000-8000-000000000000"
_VALUES: tuple[Any, ...] = ("x", True, 1, "2001-01-01T00:00:00Z", "PT1S", _UUID, [], {})
_AT_ONCE = 10  # documents that are asked about in one query


def documents(text: str, lengths: Iterable[int]) -> Iterator[Candidate]:
    """Yield documents with the members that a condition names, and arrays of the lengths that it names."""
    words = [value for value in strings(text) if value not in _KINDS]
    yield from (constant(value) for value in words if value[:1] in {"{", "[", '"'} and _is_json(value))
    paths = [value[1:-1].split(",") for value in words if value.startswith("{") and value.endswith("}")]
    keys = [[value] for value in words if not value.startswith("{")]
    paths += [[key for (key,) in keys]] if len(keys) > 1 else []  # one member inside the other
    paths += [path for path in map(_steps, words) if path]
    for value in (*_VALUES, *words):
        yield from (constant(dumps(_nested(path, value))) for path in [*keys, *paths])
        yield constant(dumps(_merged([_nested(path, value) for path in keys])))
    for size in [size for size in lengths if size <= _LONGEST]:
        yield from (constant(dumps([element] * size)) for element in _VALUES[:3])
    yield from (constant(dumps([value])) for value in words)
    yield from (fresh(partial(_numbered, [*keys, *paths], form)) for form in ("{}", "x{}") if keys or paths)


def _steps(jsonpath: str) -> list[str]:
    """Return the members that a path goes through, as the type `jsonpath` writes them."""
    return _STEP.findall(jsonpath) if jsonpath.startswith("$.") else []


def _numbered(paths: Sequence[Sequence[str]], form: str, n: int) -> str:
    """Return a document that is another one for each number, in each of these members."""
    return dumps(_merged([_nested(path, form.format(n)) for path in paths]))


def united(oracle: Oracle, column: str, type_: str, conditions: Sequence[str]) -> Iterator[Candidate]:
    """Yield the document that has what each of several conditions on one column asks for.

    Args:
        oracle: Says which document satisfies which condition.
        column: The column's name.
        type_: Its type.
        conditions: Those that are about it alone.
    """
    found = [_first(oracle, Stage(name="value", types={column: type_}, generated={}), c) for c in conditions]
    members = [document for document in map(loads, found) if isinstance(document, dict)]
    if members:
        yield constant(dumps(_merged(members)))


def _first(oracle: Oracle, stage: Stage, condition: str) -> str:
    """Return the first document that satisfies a condition; an empty one where there is none."""
    texts = ["{}", *(candidate.make(1) or "" for candidate in documents(condition, ()))]
    for start in range(0, len(texts), _AT_ONCE):
        part = texts[start : start + _AT_ONCE]
        verdicts = oracle.judge(stage, [(text,) for text in part], [condition])
        for text, verdict in zip(part, verdicts, strict=True):
            if verdict == (True,):
                return text
    return "{}"


def _nested(path: Sequence[str], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return dict(value)


def _merged(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for document in found:
        for key, value in document.items():
            both = isinstance(value, dict) and isinstance(whole.get(key), dict)
            whole[key] = _merged([whole[key], value]) if both else value
    return whole


def _is_json(text: str) -> bool:
    try:
        loads(text)
    except ValueError:
        return False
    return True
