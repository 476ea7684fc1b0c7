"""What all records of the catalog have in common: a kind, an identity, and typed fields that generic code can read.

Comparison, snapshots, role mapping and the second opinion on text walk over a record's fields by their types alone, so
a new kind needs no code outside its own module. The types that carry meaning are `RoleName`, `Deparsed` and `Grant`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, ClassVar, NewType

from pgassay.catalog.keywords import KEYWORDS

PLAIN_NAME = re.compile("[a-z_][a-z0-9_]*")
BREAKS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
LONGEST = 160
"""Characters of a repr's summary; what is longer is cut."""

Identity = tuple[str, ...]

RoleName = NewType("RoleName", str)
"""The name of a role: mapped by `[roles]` wherever it occurs."""

PUBLIC = RoleName("PUBLIC")
"""Whom a grant to everybody is to."""

Deparsed = NewType("Deparsed", str)
"""Text that PostgreSQL wrote from a parse tree: not always canonical, so a difference gets a second opinion."""


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Grant:
    """One privilege that one role holds on one object.

    Attributes:
        grantee: A role, or `PUBLIC`.
        privilege: PostgreSQL's word, such as `SELECT`.
        grantable: Whether it was given WITH GRANT OPTION.
        grantor: The role that gave it; `owner` where that is the object's owner.
    """

    grantee: RoleName
    privilege: str
    grantable: bool
    grantor: RoleName

    def __str__(self) -> str:
        option = " with grant option" if self.grantable else ""
        by = "" if self.grantor == "owner" else f" (by {self.grantor})"
        return f"{self.privilege} to {self.grantee}{option}{by}"

    def __repr__(self) -> str:
        return one_line(f"<{self}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object of a database.

    Class attributes:
        KIND: The word for it, PostgreSQL's own: `table`, `index`, `default privileges`.
        IDENTITY: The names of the fields that make two records the same object.
        PARENT: The kinds that this one lives and dies with, and how many leading parts of the identity name it;
            a missing parent is reported alone.
        GENERATED_NAME: Whether PostgreSQL makes the name up when the user gives none, so that another name may be
            the same object.
    """

    KIND: ClassVar[str]
    IDENTITY: ClassVar[tuple[str, ...]]
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = None
    GENERATED_NAME: ClassVar[bool] = False

    @classmethod
    def name_part(cls) -> int:
        """Return which part of the identity is the bare name; what follows it tells namesakes apart."""
        return cls.IDENTITY.index("name") if "name" in cls.IDENTITY else max(len(cls.IDENTITY) - 1, 0)

    @property
    def identity(self) -> Identity:
        """The parts of the name, apart, so that any of them may hold a dot."""
        return identity_of(self.IDENTITY)(self)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Every compared field that is not part of the identity, in declaration order."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.compare and f.name not in self.IDENTITY}

    @property
    def label(self) -> str:
        """Kind and qualified name, such as `index public.users_email_key`."""
        name = ".".join(quote_name(part) for part in self.identity)
        return f"{self.KIND} {name}" if name else self.KIND

    @property
    def summary(self) -> str:
        """What matters most about it, in few words; empty where its name says enough."""
        return ""

    def __repr__(self) -> str:
        summary = " ".join(self.summary.split())  # whatever PostgreSQL's layout
        return one_line(f"<{self.label}: {shortened(summary)}>" if summary else f"<{self.label}>")


@cache
def identity_of(names: tuple[str, ...]) -> Callable[[Record], Identity]:
    """Return what takes these fields, which are text, of a record: done several times for each of many thousands."""
    return attrgetter(*names) if len(names) > 1 else lambda record: tuple(getattr(record, name) for name in names)


SORT_KEY: Callable[[Identity], str] = "\0".join
"""Identity -> a text that sorts as it does, for no name holds a NUL; texts are compared in a quarter of the time."""


@lru_cache(maxsize=4096)  # the same few stand in many a text
def quote_name(name: str) -> str:
    """Return a name as `quote_ident` would: bare where that is plain, else in double quotes."""
    if PLAIN_NAME.fullmatch(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def one_line(text: str) -> str:
    """Return a text with what would break its line, which a name may hold, as an escape."""
    return BREAKS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def shortened(text: str) -> str:
    """Return a text cut to what a reader takes in at a glance."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
