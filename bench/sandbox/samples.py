"""What the recorder wrote in the runs of pytest, and the medians of it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

Test = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What one run gave.

    Attributes:
        tests: In the order in which they ended: the seconds of each phase, and when it began and ended.
        to_first: Seconds from the start of the process to the body of the first test.
        modules: What was imported at the end.
    """

    tests: list[Test]
    to_first: float
    modules: list[str]

    @property
    def inner(self) -> list[Test]:
        """All but the first and the last test, which carry what the session sets up and tears down."""
        return self.tests[1:-1]

    @property
    def waits(self) -> list[float]:
        """Seconds of set-up and tear-down of each test."""
        return [test["setup"] + test["teardown"] for test in self.inner]

    @property
    def per_test(self) -> float:
        """Seconds from the end of one test to the end of the next, pytest's own part included."""
        seconds: float = self.tests[-2]["ended"] - self.tests[0]["ended"]
        return seconds / len(self.inner)

    @property
    def throughput(self) -> float:
        """Tests a second, while every worker has had its first test and still has one to come."""
        workers = {test["worker"] for test in self.tests}
        ends = [[test["ended"] for test in self.tests if test["worker"] == worker] for worker in workers]
        began, ended = max(times[0] for times in ends), min(times[-2] for times in ends)
        seconds: float = ended - began
        return sum(began < test["ended"] <= ended for test in self.tests) / seconds


@dataclass(frozen=True)
class Sample:
    """The records of one kind of session, one for each block."""

    records: list[Record] = field(default_factory=list)

    @property
    def waits(self) -> list[float]:
        return [wait for record in self.records for wait in record.waits]

    @property
    def wait(self) -> float:
        return statistics.median(self.waits)

    @property
    def slow_wait(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.waits, n=20)[-1]

    @property
    def first(self) -> float:
        return statistics.median(test["first"] for record in self.records for test in record.inner)

    @property
    def per_test(self) -> float:
        return statistics.median(record.per_test for record in self.records)

    @property
    def throughput(self) -> float:
        return statistics.median(record.throughput for record in self.records)

    @property
    def to_first(self) -> float:
        return statistics.median(record.to_first for record in self.records)
