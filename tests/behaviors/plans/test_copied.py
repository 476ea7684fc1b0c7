from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from pgassay.behaviors.plans.columns import give_spreads
from pgassay.behaviors.plans.copied import copy_statistics
from pgassay.behaviors.scene import Relation
from pgassay.errors import BlindError
from pgassay.sandbox.database import ScratchDatabase

pytestmark = pytest.mark.thorough

TABLE = Relation("public", "users")
FILL = """
INSERT INTO users SELECT n, 'u' || n, CASE WHEN n % 4 = 0 THEN 'pro' ELSE 'free' END FROM generate_series(1, 1000) AS n
"""


@pytest.fixture
def target(scratch: ScratchDatabase) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A session in a database with users."""
    with scratch.connect() as connection:
        connection.execute(FILL.encode())
        yield connection


def test_what_the_planner_knows(target: psycopg.Connection[tuple[object, ...]]) -> None:
    target.execute("ANALYZE users")
    found = copy_statistics(target, TABLE)
    assert (found.rows, found.pages) == (1000, 6)
    assert (found.columns["email"].distinct, found.columns["deleted_at"].nulls) == (-1, 1)
    assert (found.columns["tier"].common, found.columns["tier"].shares) == ("{free,pro}", [0.75, 0.25])


def test_a_table_that_was_never_analyzed(target: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(BlindError, match=r"public\.users cannot be copied: it was never analyzed\nhint: ANALYZE"):
        copy_statistics(target, TABLE)


def test_a_table_that_is_not_there(target: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(BlindError, match="the target has no such table"):
        copy_statistics(target, Relation("public", "nobody's"))


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("GRANT SELECT (id, email, deleted_at) ON users TO {}", "of tier they may not be read"),
        ("GRANT SELECT ON users TO {}; ALTER TABLE users ENABLE ROW LEVEL SECURITY", "row security hides them"),
    ],
)
def test_what_the_role_may_not_see(target: psycopg.Connection[tuple[object, ...]], secret: str, why: str) -> None:
    with target.transaction(force_rollback=True):
        target.execute(f"ANALYZE users; CREATE ROLE looker_of_plans; {secret.format('looker_of_plans')}".encode())
        target.execute("SET LOCAL ROLE looker_of_plans")
        with pytest.raises(BlindError, match=why):
            copy_statistics(target, TABLE)


def test_what_is_copied_is_given_again(target: psycopg.Connection[tuple[object, ...]]) -> None:
    """All of it on 18; before, what holds for any value."""
    whole = target.info.server_version >= 180000
    stats = "null_frac, avg_width, n_distinct" + (
        ", most_common_vals::text, most_common_freqs, histogram_bounds::text, correlation" if whole else ""
    )
    seen = f"SELECT attname, {stats} FROM pg_stats WHERE tablename = 'users' ORDER BY attname".encode()
    target.execute("ANALYZE users")
    before = target.execute(seen).fetchall()
    give_spreads(target, TABLE, copy_statistics(target, TABLE).columns)
    assert target.execute(seen).fetchall() == before
    give_spreads(target, TABLE, {})
    assert target.execute(seen).fetchall() == []
