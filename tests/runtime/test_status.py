from datetime import UTC, datetime

import pytest

from pgassay.conninfo import Conninfo
from pgassay.runtime import ConnectError, Database, DatabaseSettings, PoolFigures, State


def test_what_is_known_before_during_and_after(database: Conninfo) -> None:
    began = datetime.now(UTC)
    db = Database(DatabaseSettings(url=database, min_size=1, max_size=3))
    assert db.connection_status().state is State.UNUSED
    assert db.connection_status().pool == PoolFigures(minimum=1, maximum=3)
    with db:
        status = db.connection_status()
        assert (status.state, status.last_error) == (State.CONNECTED, None)
        assert began <= status.since <= datetime.now(UTC)
        with db.tx():
            assert db.connection_status().pool.in_use == 1
        db.query("SELECT 1")
        assert db.connection_status().since == status.since
        assert db.connection_status().pool == PoolFigures(minimum=1, maximum=3, open=1, in_use=0)
    assert db.connection_status().state is State.CLOSED


def test_why_it_cannot_be_reached_is_known_without_the_password() -> None:
    db = Database(DatabaseSettings(url=Conninfo("postgresql://me:s3cret@127.0.0.1:1/db"), timeout=0.5))
    with pytest.raises(ConnectError):
        db.open()
    status = db.connection_status()
    assert status.state is State.UNREACHABLE
    assert status.last_error is not None
    assert "refused" in status.last_error
    assert "s3cret" not in repr(status)
    assert status.last_error_at is not None
    assert not db.is_healthy(timeout=0.2)
    db.close()


def test_an_error_that_is_over_is_still_told(database: Conninfo) -> None:
    db = Database(DatabaseSettings(url=database.with_(user="nobody_at_all")))
    with pytest.raises(ConnectError, match='role "nobody_at_all" does not exist'):
        db.open()
    with Database(DatabaseSettings(url=database)) as other:
        assert other.is_healthy()
        ping = other.ping(timeout=1)
    assert 0 < ping.seconds < 1
    assert (ping.replica, ping.lag) == (False, None)


def test_a_figure_says_when_a_pool_is_saturated() -> None:
    assert PoolFigures(minimum=0, maximum=2, open=2, in_use=2, waiting=1).saturated
    assert not PoolFigures(minimum=0, maximum=2, open=2, in_use=2).saturated
    assert not PoolFigures(minimum=0, maximum=2, open=2, in_use=1, waiting=1).saturated
