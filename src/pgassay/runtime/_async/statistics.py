"""What pg_stat_statements has gathered about statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.runtime.costs import (
    FIND,
    StatementCost,
    compose_top,
    presentable,
    require_order,
    require_readable,
    unreadable,
)
from pgassay.runtime.errors import StatementError

if TYPE_CHECKING:
    from pgassay.runtime._async.database import AsyncDatabase


class AsyncStatistics:
    """What pg_stat_statements has gathered about the statements of one database.

    Args:
        database: The database.
    """

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def top(self, n: int = 10, *, by: str = "total_time") -> list[StatementCost]:
        """Return the costliest statements.

        Args:
            n: How many.
            by: What they are ordered by, from the most: `total_time`, `mean_time`, `max_time` (milliseconds), `calls`,
                `rows`, `reads` (blocks of 8 kB that were not in shared buffers).

        Raises:
            UsageError: There is no such order.
            BlindError: The extension is not there, not preloaded, too old, or not readable; with what would mend it.
        """
        order = require_order(by)
        found = await self._database.one(FIND)
        place = require_readable(found)
        try:
            rows = await self._database.query(compose_top(place, order), [n], into=StatementCost)
        except StatementError as error:
            raise unreadable(error) from None
        return presentable(rows)
