"""The names that PostgreSQL makes up."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from pgassay.catalog.names import is_generated_name
from tests.catalog.conftest import Subject

NAMES = st.text(st.sampled_from("aé😀 1_"), min_size=1, max_size=40).filter(lambda name: len(name.encode()) <= 63)


@given(table=NAMES, column=NAMES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_check_is_called_as_we_think(subject: Subject, table: str, column: str) -> None:
    create = sql.SQL("CREATE TABLE {} ({} int CHECK ({} > 0), CHECK ({} > 1))")
    names = [sql.Identifier(name) for name in (table, column, column, column)]
    with subject.connection.transaction(force_rollback=True):
        subject.connection.execute(create.format(*names))
        rows = subject.connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid >= 16384")
        made = [name for (name,) in rows.fetchall()]

    assert len(made) == 2
    assert all(is_generated_name(name, table, column, "check") for name in made)


@pytest.mark.parametrize("name", ["mine", "t_b_not_null", "t_a_not_nullx", "t_a_not_null_1"])
def test_names_that_users_gave(name: str) -> None:
    assert not is_generated_name(name, "t", "a", "not_null")
