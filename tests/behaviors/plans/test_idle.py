from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from pgassay.behaviors.plans.idle import idle_indexes
from pgassay.catalog.read import read_catalog
from pgassay.sandbox.database import ScratchDatabase

pytestmark = pytest.mark.thorough

Idle = Callable[..., list[str]]
LOG = """
CREATE TABLE log (at date, who int, "w.H ""o" int REFERENCES users) PARTITION BY RANGE (at);
CREATE TABLE log1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX log_who ON log (who); CREATE INDEX served ON log ("w.H ""o", at);
"""


@pytest.fixture
def idle(scratch: ScratchDatabase) -> Idle:
    """Change a schema, and name the indexes without a use."""

    def run(change: str, used: Iterable[str] = ()) -> list[str]:
        with scratch.connect() as connection:
            connection.execute(change.encode())
            catalog = read_catalog(connection)
        return sorted(index.name for index in idle_indexes(catalog, {("public", name) for name in used}))

    return run


def test_what_keeps_rows_unique_or_serves_a_foreign_key_has_a_use(idle: Idle) -> None:
    """The index of messages begins with the owner, whose key refers to users."""
    assert idle("SELECT") == []
    assert idle("CREATE INDEX a ON messages (at); CREATE INDEX e ON users (lower(email))") == ["a", "e"]
    assert idle("SELECT", used=["a"]) == ["e"]


def test_an_index_of_a_partitioned_table_is_used_by_its_partitions(idle: Idle) -> None:
    assert idle(LOG) == ["log_who"]
    assert idle("SELECT", used=["log1_who_idx"]) == []
