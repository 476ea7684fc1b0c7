"""What is there and could not be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class BlindSpot:
    """Something that is there and could not be read.

    Attributes:
        object: Kind and qualified name, or a sort of object with its count, such as `3 publications`.
        reason: Why, in words; with the SQLSTATE where there is one.
        mend: The GRANT, or another way to make it readable; empty where none is known.
    """

    object: str
    reason: str
    mend: str
