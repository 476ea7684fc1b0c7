"""A type as `format_type` writes it, taken apart: `public.vector(3)[]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MODIFIERS = re.compile(r"\(([^()\"]*)\)")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type's parts.

    Attributes:
        name: Without modifiers and brackets, as SQL writes it: `timestamp without time zone`, `public."T"`.
        modifiers: What stood in parentheses: `("10", "2")`.
        element: The element's type where it is an array, else None.
    """

    name: str
    modifiers: tuple[str, ...] = ()
    element: str | None = None

    @property
    def bare(self) -> str:
        """The last part of the name, unquoted: how an extension's type is known, in whatever schema it is."""
        quoted, plain = _QUOTED.findall(self.name)[-1]
        return str(quoted).replace('""', '"') or str(plain)

    @property
    def length(self) -> int | None:
        """The first modifier, where it is a number."""
        return int(self.modifiers[0]) if self.modifiers and self.modifiers[0].lstrip("-").isdigit() else None


def take_apart(type_: str) -> TypeName:
    """Return the parts of a type."""
    if type_.endswith("[]"):
        return TypeName(type_, element=type_.removesuffix("[]"))
    found = None if type_.endswith('"') else _MODIFIERS.search(type_)
    if found is None:
        return TypeName(type_)
    modifiers = tuple(part.strip() for part in found[1].split(","))
    return TypeName(type_[: found.start()] + type_[found.end() :], modifiers)
