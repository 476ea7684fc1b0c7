"""What experiments with the migrations have shown: each is made once a run, for all processes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pgassay.findings import Report
from pgassay.proofs.init_twice import Twice
from pgassay.proofs.round_trip import Walk
from pgassay.suite.proofs import (
    arrive,
    init_twice,
    keep_all_rows,
    race_them_all,
    reorder_newest,
    survive_all,
    walk_all,
)

if TYPE_CHECKING:
    from pgassay.suite.context import Context

T = TypeVar("T")


class Proved:
    """The experiments of a context.

    Args:
        context: Has the migrations and the servers.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def _once(self, name: str, make: Callable[[Context], T]) -> T:
        return self._context.run.once(name, lambda: make(self._context))

    @cached_property
    def walk(self) -> Walk:
        """The round trip of all migrations: one walk a run."""
        return self._once("round trip", walk_all)

    @cached_property
    def survival(self) -> dict[int, Report]:
        """What each migration survives: one walk a run."""
        return self._once("survival", survive_all)

    @cached_property
    def rows_kept(self) -> dict[int, Report]:
        """What each migration does to rows: one walk a run."""
        return self._once("rows kept", keep_all_rows)

    @cached_property
    def two_runners(self) -> dict[int, Report]:
        """What comes of each migration that two runners take at once: one walk a run."""
        return self._once("two runners", race_them_all)

    @cached_property
    def merge_order(self) -> Report:
        """Where the newest migrations lead in another order: tried once a run."""
        return self._once("merge order", reorder_newest)

    @cached_property
    def arrivals(self) -> dict[str, Report]:
        """Where each other way to the head leads: tried once a run."""
        return self._once("baselines", arrive)

    @cached_property
    def init_twice(self) -> Twice:
        """What two runs of init make."""
        return self._once("init twice", init_twice)
