from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.conninfo import Conninfo
from pgassay.servers.server import Server
from tests.runtime.health.stalling import StallingProxy


@pytest.fixture
def proxy(server: Server) -> Iterator[StallingProxy]:
    """A way to the shared server that can be made to swallow everything."""
    with StallingProxy(server) as proxy:
        yield proxy


@pytest.fixture
def proxied(proxy: StallingProxy, database: Conninfo) -> Conninfo:
    """A fresh database, by way of the proxy."""
    return proxy.to(database)
