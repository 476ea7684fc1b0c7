"""What could not be read, for those who ask for an object: it is neither there nor absent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NoReturn

from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.record import Identity, quote_name
from pgassay.errors import BlindError

WORDS = {"function": ("function", "procedure", "window function")}
"""What labels call a kind, where that is not its name alone."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What of one kind of object could not be read.

    Attributes:
        kind: The kind.
        blind: The blind spots of the catalog.
        within: What stands before the names: the schema, or the schema and the relation.
    """

    kind: str
    blind: Collection[BlindSpot] = ()
    within: Identity = ()

    def require_any(self) -> None:
        """Raise BlindError where none could be read."""
        for spot in self.blind:
            if spot.object == f"every {self.kind}":
                _raise(spot)

    def require(self, identity: Identity) -> None:
        """Raise BlindError for an object that could not be read, by its qualified or its bare name."""
        name = _dotted((*self.within, *identity))
        for label, spot in self._spots():
            if label.endswith(f".{name}") or f".{name}(" in label:
                _raise(spot)

    def require_all(self) -> None:
        """Raise BlindError where any of those within could not be read."""
        for label, spot in self._spots():
            if label.startswith(f".{_dotted(self.within)}."):
                _raise(spot)

    def _spots(self) -> Iterator[tuple[str, BlindSpot]]:
        """Yield the names of single objects of the kind, as labels write them, after a dot."""
        for spot in self.blind:
            for word in WORDS.get(self.kind, (self.kind,)):
                if spot.object.startswith(f"{word} "):
                    yield f".{spot.object.removeprefix(f'{word} ')}", spot


def _raise(spot: BlindSpot) -> NoReturn:
    raise BlindError(f"{spot.object} could not be read: {spot.reason}", hint=spot.mend or None)


def _dotted(identity: Identity) -> str:
    return ".".join(map(quote_name, identity))
