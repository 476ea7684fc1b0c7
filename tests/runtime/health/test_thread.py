from __future__ import annotations

import asyncio
from threading import Event, current_thread

import pytest

from pgassay.runtime.health.thread import OneThread, StillRunningError
from tests.servers.support import eventually

pytestmark = pytest.mark.anyio


async def test_it_returns_and_raises_what_the_function_does() -> None:
    thread = OneThread("a name")
    assert await thread.call(lambda: current_thread().name) == "a name"
    assert await thread.call(lambda: current_thread().daemon)
    with pytest.raises(ZeroDivisionError):
        await thread.call(lambda: 1 // 0)


async def test_a_cancelled_call_goes_on_alone_and_no_second_one_begins() -> None:
    go, thread = Event(), OneThread("a name")
    call = asyncio.create_task(thread.call(go.wait))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    with pytest.raises(StillRunningError, match="a name has not returned yet"):
        await thread.call(go.wait)
    go.set()
    assert eventually(lambda: not thread._busy)
    assert await thread.call(lambda: 1) == 1


def test_a_loop_that_is_gone_is_told_nothing() -> None:
    go, thread = Event(), OneThread("a name")

    async def leave() -> None:
        call = asyncio.create_task(thread.call(go.wait))
        await asyncio.sleep(0)
        call.cancel()

    asyncio.run(leave())
    go.set()
    assert eventually(lambda: not thread._busy)
