"""Many ask, few are asked: no database here, only indicators that behave well or badly."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import pytest

from pgassay.errors import UsageError
from pgassay.runtime.health import Health, HealthResult, HealthStatus

pytestmark = pytest.mark.anyio


class Indicator:
    """Counts its runs, all and at the same time."""

    def __init__(self, look: Callable[[], Awaitable[Any]], name: str = "one") -> None:
        self.name = name
        self._look = look
        self.runs = self.now = self.most = 0

    async def check(self) -> HealthResult:
        self.runs, self.now = self.runs + 1, self.now + 1
        self.most = max(self.most, self.now)
        try:
            return await self._look()  # type: ignore[no-any-return]
        finally:
            self.now -= 1


async def up() -> HealthResult:
    await asyncio.sleep(0)
    return HealthResult.well(ping_ms=1.5)


async def down() -> HealthResult:
    return HealthResult.failed("it is tired", cause=ValueError("secret host"), since=3)


async def hang() -> HealthResult:
    await asyncio.Event().wait()
    raise AssertionError


def in_turn(*looks: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    left = iter(looks)

    async def look() -> Any:
        return await next(left)()

    return look


async def test_the_answer_has_the_shape_of_other_health_libraries() -> None:
    report = await Health([Indicator(up, "good"), Indicator(down, "bad")]).check()
    good, bad = {"status": "up", "ping_ms": 1.5}, {"status": "down", "message": "it is tired", "since": 3}
    assert report.as_dict() == {
        "status": "error",
        "info": {"good": good},
        "error": {"bad": bad},
        "details": {"good": good, "bad": bad},
    }


async def test_one_alone() -> None:
    health = Health([Indicator(up, "good"), Indicator(down, "bad")])
    assert (await health.check("good")).status is HealthStatus.OK
    assert list((await health.check("bad")).results) == ["bad"]
    with pytest.raises(UsageError, match='no health indicator "other"'):
        await health.check("other")


async def test_those_who_ask_together_share_one_run_and_the_next_ones_its_result() -> None:
    indicator = Indicator(up)
    health = Health([indicator], cache=60)
    reports = await asyncio.gather(*(health.check() for _ in range(100)), *(health.check("one") for _ in range(100)))
    assert {report.status for report in reports} == {HealthStatus.OK}
    await health.check()
    assert indicator.runs == 1


async def test_without_a_cache_each_one_asks() -> None:
    indicator = Indicator(up)
    health = Health([indicator], cache=0)
    for _ in range(3):
        await health.check()
    assert indicator.runs == 3


async def test_one_that_hangs_is_answered_for_in_time_and_never_runs_twice_at_once() -> None:
    hanging, good = Indicator(hang, "hanging"), Indicator(up, "good")
    health = Health([hanging, good], cache=0, timeout=0.05)
    began = monotonic()
    for _ in range(3):
        reports = await asyncio.gather(*(health.check() for _ in range(20)))
        entries = [report.as_dict()["details"] for report in reports]
        assert {entry["hanging"]["message"] for entry in entries} == {"no answer within 0.05 s"}
        assert {entry["good"]["status"] for entry in entries} == {"up"}
    assert monotonic() - began < 1
    assert hanging.most == 1


async def test_one_that_hung_is_asked_again_when_it_can_answer() -> None:
    health = Health([Indicator(in_turn(hang, up))], cache=0, timeout=0.05)
    assert (await health.check()).status is HealthStatus.ERROR
    assert (await health.check()).status is HealthStatus.OK


async def test_one_that_does_not_even_let_itself_be_cancelled_is_not_run_again() -> None:
    go = asyncio.Event()

    async def stubborn() -> HealthResult:
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue
        return HealthResult.well()

    indicator = Indicator(stubborn)
    health = Health([indicator], cache=0, timeout=0.05)
    for _ in range(3):
        assert (await health.check()).as_dict()["error"]["one"]["message"] == "no answer within 0.05 s"
    assert indicator.runs == 1
    go.set()
    while indicator.now:
        await asyncio.sleep(0)
    assert (await health.check()).status is HealthStatus.OK
    assert indicator.runs == 2


async def test_while_it_is_down_nobody_waits_for_the_next_run_to_fail() -> None:
    go = asyncio.Event()

    async def slow() -> HealthResult:
        await go.wait()
        return HealthResult.well()

    indicator = Indicator(in_turn(down, slow))
    health = Health([indicator], cache=0, timeout=5)
    began = monotonic()
    for _ in range(3):
        assert (await health.check()).as_dict()["error"]["one"]["message"] == "it is tired"
    assert monotonic() - began < 2
    go.set()
    assert (await health.check()).status is HealthStatus.OK
    assert indicator.runs == 2


async def test_a_bad_result_of_long_ago_is_told_to_nobody() -> None:
    async def slow() -> HealthResult:
        await asyncio.sleep(0.2)
        return HealthResult.well()

    health = Health([Indicator(in_turn(down, slow))], cache=0, timeout=0.3)
    await health.check()
    await asyncio.sleep(0.31)
    assert (await health.check()).status is HealthStatus.OK


async def test_who_goes_away_takes_nothing_from_those_who_wait() -> None:
    go = asyncio.Event()

    async def slow() -> HealthResult:
        await go.wait()
        return HealthResult.well()

    indicator = Indicator(slow)
    health = Health([indicator])
    leaving, staying = (asyncio.create_task(health.check()) for _ in range(2))
    while not indicator.now:
        await asyncio.sleep(0)
    leaving.cancel()
    go.set()
    assert (await staying).status is HealthStatus.OK
    assert indicator.runs == 1


async def nonsense() -> Any:
    return "fine"


async def unwritable() -> HealthResult:
    return HealthResult.well(what=object())


async def no_number() -> HealthResult:
    return HealthResult.well(lag=float("nan"))


async def cancelled() -> HealthResult:
    raise asyncio.CancelledError


async def raising() -> HealthResult:
    raise RuntimeError("postgresql://me:s3cret@host")


@pytest.mark.parametrize("look", [raising, nonsense, unwritable, no_number, cancelled])
async def test_what_an_indicator_does_wrong_is_a_public_reason(look: Callable[[], Awaitable[Any]]) -> None:
    report = await Health([Indicator(look)]).check()
    assert report.as_dict()["details"] == {"one": {"status": "down", "message": "the check failed"}}


async def test_the_error_goes_to_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    health = Health([Indicator(raising)], cache=0)
    for _ in range(3):
        await health.check()
    (record,) = caplog.records
    assert record.name == "pgassay.health"
    assert record.exc_info is not None
    assert record.levelno == logging.WARNING


async def test_the_log_tells_of_changes_and_of_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pgassay.health")
    health = Health([Indicator(in_turn(up, down, down, up, up))], cache=0)
    for _ in range(5):
        await health.check()
    assert [record.getMessage() for record in caplog.records] == ["one is down: secret host", "one is up again"]


async def test_details_do_not_hide_the_status() -> None:
    async def liar() -> HealthResult:
        return HealthResult(up=False, reason="no", details={"status": "up", "message": "yes"})

    report = await Health([Indicator(liar)]).check()
    assert report.as_dict()["error"] == {"one": {"status": "down", "message": "no"}}


async def test_shutting_down_asks_nobody() -> None:
    indicator = Indicator(up)
    health = Health([indicator])
    health.shut_down()
    assert (await health.check()).as_dict() == {"status": "shutting_down", "info": {}, "error": {}, "details": {}}
    assert indicator.runs == 0


@pytest.mark.parametrize(
    ("names", "said"),
    [([], "there is no health indicator"), (["a", "b", "a"], 'called "a"'), (["a/b"], '"a/b"'), ([""], '""')],
)
def test_wrong_indicators_are_an_error_at_the_start(names: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Health([Indicator(up, name) for name in names])


@pytest.mark.parametrize("times", [{"cache": -1.0}, {"timeout": 0.0}, {"cache": float("nan")}])
def test_times_that_mean_nothing(times: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="cache must be"):
        Health([Indicator(up)], **times)


def test_it_goes_on_in_another_event_loop() -> None:
    """Starlette's TestClient has one for each request."""
    health = Health([Indicator(up), Indicator(hang, "hanging")], cache=0, timeout=0.01)
    for _ in range(2):
        assert json.loads(json.dumps(asyncio.run(health.check()).as_dict()))["info"]
