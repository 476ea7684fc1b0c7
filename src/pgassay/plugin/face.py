"""What a shipped check holds in its hand: a caller of checks by name, and the case that it is parametrized with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pgassay.errors import BlindError, PgassayError
from pgassay.plugin.outcome import OUT_OF_REACH, report_findings

if TYPE_CHECKING:
    from pgassay.findings import Report
    from pgassay.suite.context import Context


@dataclass(frozen=True, slots=True)
class MigrationCase:
    """One item of the round trip.

    Attributes:
        id: The migration's file without its ending, or what is wrong with the folder.
        version: The migration; None: the folder cannot be used, and `error` says why.
        error: Why.
    """

    id: str
    version: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class BaselineCase:
    """One baseline.

    Attributes:
        id: Its file, or what is wrong.
        name: What it is called; None: there is none, or they cannot be read, and `error` says why.
        error: Why.
    """

    id: str
    name: str | None = None
    error: str = ""


@contextmanager
def out_of_reach_is_skipped(context: Context) -> Iterator[None]:
    """Skip where one of several targets cannot be looked at and that is accepted (`assay_blind = skip`).

    A run that could look at nothing at all is never green: of one target alone, its being out of reach is no skip.
    """
    try:
        yield
    except BlindError as error:
        if context.ONE_OF_SEVERAL and context.settings.blind == "skip":
            pytest.skip(f"{OUT_OF_REACH}{error.message}")
        raise


@dataclass(frozen=True, slots=True)
class CheckFace:
    """Runs checks for one item, and turns their reports into its outcome."""

    context: Context
    item: pytest.Item
    subtests: pytest.Subtests

    def __call__(self, name: str) -> None:
        """Run the check of a name."""
        self._show(lambda: self.context.report(name))

    def round_trip(self, case: MigrationCase) -> None:
        """Report one migration's round trip."""
        from pgassay.suite.migrations import round_trip_of

        self._one(case, round_trip_of)

    def survival(self, case: MigrationCase) -> None:
        """Report what one migration survives."""
        from pgassay.suite.migrations import survival_of

        self._one(case, survival_of)

    def rows_kept(self, case: MigrationCase) -> None:
        """Report what one migration does to rows."""
        from pgassay.suite.migrations import rows_kept_of

        self._one(case, rows_kept_of)

    def two_runners(self, case: MigrationCase) -> None:
        """Report what comes of one migration that two runners take at once."""
        from pgassay.suite.migrations import two_runners_of

        self._one(case, two_runners_of)

    def baselines(self, case: BaselineCase) -> None:
        """Report where one baseline leads."""
        from pgassay.suite.migrations import baseline_of

        if case.name is None:
            pytest.fail(case.error, pytrace=False)
        name = case.name
        self._show(lambda: self.context.accepting(baseline_of(self.context, name)))

    def _one(self, case: MigrationCase, look: Callable[[Context, int], Report]) -> None:
        if case.version is None:
            pytest.fail(case.error, pytrace=False)
        version = case.version
        self._show(lambda: self.context.accepting(look(self.context, version)))

    def _show(self, look: Callable[[], Report]) -> None:
        """Our own errors say all that there is to say; a traceback through us would only hide it."""
        report: Report | str
        try:
            with out_of_reach_is_skipped(self.context):
                report = look()
        except BlindError:
            raise
        except PgassayError as error:
            report = str(error)
        if isinstance(report, str):  # failed outside of `except`, for pytest would print what the error came from
            pytest.fail(report, pytrace=False)
        report_findings(report, self.item, self.subtests, skip_blind=self.context.settings.blind == "skip")
