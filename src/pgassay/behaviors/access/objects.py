"""The objects that an entry names: as in SQL, with globs, a word for the kind before and columns or arguments after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from pgassay.behaviors.access.declared import RELATIONS, TYPES
from pgassay.behaviors.scene import MissingError
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.grantable import KINDS
from pgassay.catalog.record import Record, quote_name

_WORDS: Mapping[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in KINDS},
    "function": ("function", "aggregate"),
    "procedure": ("function",),
    "routine": ("function", "aggregate"),
    "type": TYPES,
    "parameter": ("parameter privileges",),
}
"""What may stand before a name -> the kinds that it may be of."""

_RELATIONS = (*sorted(RELATIONS), "sequence")
_HEAD = re.compile(rf"({'|'.join(sorted(_WORDS, key=len, reverse=True))})(?:\s+(?=\S)|\Z)", re.IGNORECASE)
_PART = re.compile(r'\s*("(?:[^"]|"")+"|[^".\s(]+)\s*(\.?)')
_GLOB = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one text of `on` says.

    Attributes:
        text: The text itself.
        kinds: The kinds that are meant.
        parts: A glob for each part of the name; empty: there is one object of the kind alone.
        inside: What stands in parentheses: columns, or a routine's arguments; None: nothing does.
    """

    text: str
    kinds: tuple[str, ...]
    parts: tuple[str, ...]
    inside: str | None

    @property
    def open(self) -> bool:
        """Whether it may stand for several objects."""
        return any(_GLOB.search(re.sub(r"\[.\]", "", part)) for part in self.parts)

    def matches(self, record: Record) -> bool:
        """Tell whether a record is meant."""
        arguments, name = getattr(record, "arguments", None), _name(record)
        if arguments is not None and self.inside is not None and _spaced(self.inside) != _spaced(arguments):
            return False
        tail = name[len(name) - len(self.parts) :] if self.parts else name
        return len(tail) == len(self.parts) and all(map(fnmatchcase, tail, self.parts))


def _name(record: Record) -> tuple[str, ...]:
    """Return the parts of a name, without a routine's arguments."""
    return record.identity[:-1] if hasattr(record, "arguments") else record.identity


def pattern_of(text: str) -> Pattern:
    """Take one text of `on` apart.

    Raises:
        MissingError: It is no name.
    """
    rest = text.strip()
    head = _HEAD.match(rest)
    alone = head is not None and head.end() == len(rest)
    kinds = _WORDS[head[1].lower()] if head and (not alone or head[1].lower() == "database") else _RELATIONS
    rest = rest[head.end() :] if head and kinds is not _RELATIONS else rest
    parts, end = _parts(rest)
    inside = rest[end:].strip()
    if (inside and not (inside.startswith("(") and inside.endswith(")"))) or (not parts and kinds != ("database",)):
        raise MissingError(f"an object {text}", 'that is no name: write it as in SQL, such as "public.users"')
    return Pattern(text, kinds, parts, inside[1:-1].strip() if inside else None)


def _parts(text: str) -> tuple[tuple[str, ...], int]:
    parts: list[str] = []
    end, more = 0, True
    while more and (match := _PART.match(text, end)):
        parts.append(_glob(match[1]))
        end, more = match.end(), bool(match[2])
    return tuple(parts), end


def _glob(part: str) -> str:
    """Return a part as fnmatch takes it: within quotes nothing stands for anything else."""
    if not part.startswith('"'):
        return part.lower().replace("[", "[[]")
    return re.sub(r"([*?[])", r"[\1]", part[1:-1].replace('""', '"'))


def _spaced(arguments: str) -> str:
    return " ".join(arguments.replace(",", ", ").split())


def find_objects(catalog: Catalog, texts: Sequence[str]) -> list[tuple[Record, tuple[str, ...]]]:
    """Find what an entry is on: each object, with the columns that are meant; none: the whole.

    Raises:
        MissingError: Nothing is called so, or several are where one is named; the nearest names are given.
    """
    return [found for text in texts for found in _find(catalog, pattern_of(text))]


def _find(catalog: Catalog, pattern: Pattern) -> Iterator[tuple[Record, tuple[str, ...]]]:
    known = [record for kind in pattern.kinds for record in catalog.records.get(kind, {}).values()]
    found = [record for record in known if pattern.matches(record)]
    if not found:
        raise MissingError(f"an object {pattern.text}", f"there is none{_near(pattern, known)}")
    if len(found) > 1 and not pattern.open:
        several = ", ".join(record.label for record in found)
        raise MissingError(f"one object {pattern.text}", f"there are several: {several}")
    for record in found:
        columns = _columns(catalog, record, pattern) if record.KIND in RELATIONS and pattern.inside is not None else ()
        yield record, columns


def _near(pattern: Pattern, known: Sequence[Record]) -> str:
    """Name what is called nearly so: with its schema, or bare where none is said."""
    wanted = ".".join(pattern.parts)
    names = {".".join(_name(record)[-len(pattern.parts) or None :]): record.label for record in known}
    near = [names[name] for name in get_close_matches(wanted, names, n=3)]
    return f"; near it: {', '.join(near)}" if near else ""


def _columns(catalog: Catalog, record: Record, pattern: Pattern) -> tuple[str, ...]:
    known = [identity[2] for identity in catalog.records.get("column", {}) if identity[:2] == record.identity]
    globs = [_glob(match[1]) for match in _COLUMN.finditer(pattern.inside or "")]
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in known):
            near = ", ".join(map(quote_name, get_close_matches(glob, known, n=3) or known))
            raise MissingError(f"a column {glob} of {record.label}", f"there is none; there are: {near}")
    return tuple(name for name in known if any(fnmatchcase(name, glob) for glob in globs))


_COLUMN = re.compile(r'\s*("(?:[^"]|"")+"|[^",\s]+)\s*,?')
