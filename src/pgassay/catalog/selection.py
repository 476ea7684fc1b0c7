"""Which objects are compared where not all are wanted: those of some schemas, kinds or names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pgassay.catalog.record import Record
from pgassay.catalog.serialize import RECORD_TYPES
from pgassay.errors import UsageError

PART = r'"(?:[^"]|"")+"|[a-z_][a-z0-9_]*'
QUALIFIED = re.compile(rf"(?:{PART})(?:\.(?:{PART}))*(?=\(|$)")
"""A qualified name as `quote_name` writes it, up to a function's arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is compared; what is empty narrows nothing.

    Attributes:
        schemas: Globs of schemas. What lives in none (roles, extensions, the database itself) is then left out.
        kinds: Kinds of object, such as `materialized view`; an unknown one raises UsageError.
        names: Globs of an object's own name (`users_pkey`), or of the qualified one as it is printed
            (`public.users.email`).
    """

    schemas: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in RECORD_TYPES]
        if unknown:
            raise UsageError(f'unknown kind "{unknown[0]}"', hint=f"known are {', '.join(RECORD_TYPES)}")

    def takes(self, record: Record) -> bool:
        """Tell whether a record is one of those that are compared."""
        return (
            (not self.kinds or record.KIND in self.kinds)
            and (not self.schemas or matches(schema_of(record) or "", self.schemas))
            and (not self.names or any(matches(name, self.names) for name in _names(record)))
        )

    def concerns(self, label: str) -> bool:
        """Tell whether something that could not be read may be one of those; where that cannot be told, it is.

        Args:
            label: Kind and qualified name, `every` and a kind, or a sort of object with its count.
        """
        if label[:1].isdigit():  # of a kind that is not read, hence none that anybody can select
            return not self.kinds
        kind = next((k for k in _LONGEST_FIRST if label == f"every {k}" or label.startswith(f"{k} ")), None)
        if kind is None:
            return True
        return (not self.kinds or kind in self.kinds) and self._may_be(
            RECORD_TYPES[kind], label.removeprefix(f"{kind} ")
        )

    def _may_be(self, record_type: type[Record], name: str) -> bool:
        """Tell whether a qualified name fits; `role of the contract` is none."""
        qualified = QUALIFIED.match(name)
        if qualified is None:
            return True
        identity = dict(zip(record_type.IDENTITY, _parts(qualified[0]), strict=False))
        schema, own = identity.get("schema"), identity.get("name")
        return (not self.schemas or schema is None or matches(schema, self.schemas)) and (
            not self.names or own is None or matches(own, self.names) or matches(name, self.names)
        )

    def sentences(self) -> Iterator[str]:
        """Yield what the output repeats of it."""
        if self.schemas:
            yield f"only schemas like {', '.join(self.schemas)}; what lives in no schema is left out"
        if self.kinds:
            yield f"only these kinds: {', '.join(self.kinds)}"
        if self.names:
            yield f"only names like {', '.join(self.names)}"


_LONGEST_FIRST = sorted(RECORD_TYPES, key=len, reverse=True)


def matches(name: str, globs: Iterable[str]) -> bool:
    """Tell whether a name matches one of several globs."""
    return any(fnmatchcase(name, glob) for glob in globs)


def schema_of(record: Record) -> str | None:
    """Return the schema that a record lives in, or that it is; None where it lives in none."""
    return record.identity[record.IDENTITY.index("schema")] if "schema" in record.IDENTITY else None


def _names(record: Record) -> tuple[str, str]:
    """Return the name of the object alone, and the qualified one as its label has it."""
    own = getattr(record, "name", "".join(record.identity[-1:]))
    return own, record.label.removeprefix(f"{record.KIND} ")


def _parts(name: str) -> list[str]:
    return [part[1:-1].replace('""', '"') if part[0] == '"' else part for part in re.findall(PART, name)]
