"""A crew: a few threads at a time, each result as it comes, and an end that waits for nobody for long."""

from __future__ import annotations

import threading
import time

import pytest

from pgassay.suite.crew import Crew


def test_every_result_by_no_more_threads_than_wanted() -> None:
    names: set[str] = set()

    def work(number: int) -> int:
        names.add(threading.current_thread().name)
        return number * number

    assert sorted(Crew(work, range(100), jobs=3)) == [number * number for number in range(100)]
    assert len(names) <= 3
    assert list(Crew(work, [], jobs=3)) == []


def test_what_the_work_raises_is_raised_to_whoever_waits() -> None:
    def work(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        list(Crew(work, [1, 0], jobs=1))


def test_who_stops_it_waits_for_what_was_begun_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.suite.crew.PATIENCE", 0.2)
    go_on, done = threading.Event(), []

    def work(number: int) -> int:
        done.append(number)
        if number:
            go_on.wait(10)
        return number

    crew = Crew(work, range(10), jobs=2)
    assert next(iter(crew)) == 0
    crew.stop()
    began = time.monotonic()
    crew.join()
    assert time.monotonic() - began < 5
    go_on.set()
    crew.join()
    assert len(done) < 10
