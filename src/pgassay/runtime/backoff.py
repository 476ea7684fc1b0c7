"""How long to wait before a transaction is tried again."""

from __future__ import annotations

import random
from collections.abc import Iterator

_FIRST = 0.02  # seconds at most before the second attempt
_LONGEST = 1.0


def delays(retries: int) -> Iterator[float | None]:
    """Yield, for each attempt, the seconds to wait when it fails; None: it was the last one.

    A random part of a bound that doubles, so that those who met do not meet again ("full jitter", Marc Brooker, AWS
    Architecture Blog, 2015).
    """
    for attempt in range(retries):
        yield random.uniform(0, min(_LONGEST, _FIRST * 2**attempt))  # noqa: S311 - it keeps no secret
    yield None
