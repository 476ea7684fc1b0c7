"""A server, or a network, that accepts everything and never answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pgassay.runtime import ConnectError, ConnectionLostError, State
from tests.runtime.faults.network import Proxy, silence
from tests.runtime.faults.support import Make, until

pytestmark = pytest.mark.thorough

SLACK = 0.5  # seconds that a busy machine may take on top of a timeout
NO_ANSWER = "look whether the server runs, and whether it can be reached"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert seconds - 0.05 < time.monotonic() - began < seconds + SLACK


def test_a_server_that_never_answers_is_unhealthy_in_time(make: Make) -> None:
    with silence() as url:
        db = make(url)
        with within(0.2):
            assert not db.is_healthy(timeout=0.2)
        with within(0.2), pytest.raises(ConnectError) as caught:
            db.ping(timeout=0.2)
        assert str(caught.value) == (
            f"cannot connect to {url.with_(connect_timeout=2).redacted}: no answer within 0.2 s (timeout expired)\n"
            f"hint: {NO_ANSWER}"
        )


@pytest.mark.slow
def test_opening_it_fails_in_time(make: Make) -> None:
    """Two seconds are the least that libpq takes for connecting."""
    with silence() as url:
        db = make(url)
        with within(2.0), pytest.raises(ConnectError, match="timeout expired") as caught:
            db.open()
        assert caught.value.hint == NO_ANSWER
        assert db.connection_status().state is State.UNREACHABLE


def test_a_network_that_stalls_makes_a_ping_fail_in_time(proxy: Proxy, make: Make) -> None:
    db = make(proxy.url, min_size=1, max_size=1)
    db.open()
    assert db.is_healthy()
    proxy.stall()
    with within(0.2), pytest.raises(ConnectionLostError) as caught:
        db.ping(timeout=0.2)
    assert "server closed the connection unexpectedly" in caught.value.message
    with within(0.2):
        assert not db.is_healthy(timeout=0.2)
    assert db.connection_status().pool.in_use == 0
    proxy.resume()  # or closing would wait for what connects


def test_it_heals_when_the_network_flows_again(proxy: Proxy, make: Make) -> None:
    db = make(proxy.url, min_size=1, max_size=2)
    db.open()
    proxy.stall()
    assert not db.is_healthy(timeout=0.1)
    proxy.resume()
    until(db.is_healthy, patience=5)
