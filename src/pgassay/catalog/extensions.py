"""Extensions: version, schema and members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pgassay.catalog.record import Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(Record):
    """An installed extension.

    Attributes:
        members: What belongs to it, as `pg_identify_object` names it.
        comment: None where it is the one that the control file gives.
    """

    KIND: ClassVar[str] = "extension"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    version: str
    schema: str
    members: frozenset[str]
    owner: RoleName
    comment: str | None
