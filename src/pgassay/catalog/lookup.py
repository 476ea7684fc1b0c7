"""Looking up the objects of one kind: what all of a catalog's navigation stands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from pgassay.catalog.named import Named
from pgassay.catalog.record import Identity, Record
from pgassay.catalog.sight import Sight

if TYPE_CHECKING:
    from pgassay.catalog.catalog import BlindSpot

Found = TypeVar("Found")


class Lookup:
    """What a catalog gives to those that find their way in it; `_groups` holds what they have put together."""

    __slots__ = ()

    if TYPE_CHECKING:
        records: Mapping[str, Mapping[Identity, Record]]
        blind: tuple[BlindSpot, ...]
        _groups: dict[Any, Any]

    def of_kind(self, record: type[Found]) -> Named[Found]:
        """Return all objects of one kind, by identity.

        Raises:
            BlindError: None could be read, which is not that there is none.
        """
        kind = cast(type[Record], record)
        sight = Sight(kind.KIND, self.blind)
        sight.require_any()
        if (Named, kind) not in self._groups:
            found = cast(Mapping[Identity, Found], self.records.get(kind.KIND, {}))
            self._groups[Named, kind] = Named(kind.KIND, found, kind.name_part(), sight)
        return cast(Named[Found], self._groups[Named, kind])


class Parts(Protocol):
    """A catalog, as far as facades look into it."""

    @property
    def blind(self) -> tuple[BlindSpot, ...]:
        """What could not be read."""

    def parts(self, record: type[Found], relation: Identity) -> Mapping[Identity, Found]:
        """Return what hangs on one relation, by bare name."""
