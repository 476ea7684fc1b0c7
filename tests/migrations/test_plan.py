from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.ledger import LedgerRow, State
from pgassay.migrations.model import Migration, Script, Step
from pgassay.migrations.plan import find_notes, find_problems, plan_down, plan_up
from pgassay.migrations.status import read_status


def migration(
    version: int, *, up: str = "SELECT 1", down: str | None = "SELECT 2", why: str | None = None
) -> Migration:
    return Migration(
        version=version,
        name=f"m{version}",
        path=Path(f"{version:03}-m{version}.sql"),
        up=Script(sql=up),
        down=None if down is None else Script(sql=down),
        irreversible=why,
    )


def row(of: Migration, *, state: State = State.FINISHED, name: str | None = None) -> LedgerRow:
    return LedgerRow(
        version=of.version,
        name=name or of.name,
        up_checksum=of.up.checksum,
        down_checksum=of.down.checksum if of.down else None,
        state=state,
        applied_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        applied_by="owner",
        duration=timedelta(seconds=1.5),
    )


FILES = tuple(migration(version) for version in (1, 2, 5, 9))
ROWS = tuple(row(found) for found in FILES)


def versions(steps: tuple[Step, ...]) -> list[tuple[int, str]]:
    return [(step.migration.version, step.direction.value) for step in steps]


def test_up_takes_what_is_pending() -> None:
    assert versions(plan_up(FILES, ROWS[:2])) == [(5, "up"), (9, "up")]
    assert versions(plan_up(FILES, ROWS[:2], count=1)) == [(5, "up")]
    assert versions(plan_up(FILES, (), to=5)) == [(1, "up"), (2, "up"), (5, "up")]
    assert versions(plan_up(FILES, (), count=1, to=5)) == [(1, "up")]
    assert versions(plan_up(FILES, ROWS, count=3)) == []
    assert versions(plan_up(FILES, ROWS, to=2)) == []


def test_down_takes_the_newest_first() -> None:
    assert versions(plan_down(FILES, ROWS)) == [(9, "down")]
    assert versions(plan_down(FILES, ROWS, count=2)) == [(9, "down"), (5, "down")]
    assert versions(plan_down(FILES, ROWS, count=99)) == [(9, "down"), (5, "down"), (2, "down"), (1, "down")]
    assert versions(plan_down(FILES, ROWS, to=2)) == [(9, "down"), (5, "down")]
    assert versions(plan_down(FILES, ROWS[:2], to=0)) == [(2, "down"), (1, "down")]
    assert versions(plan_down(FILES, ())) == []


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_must_mean_something(count: int) -> None:
    with pytest.raises(UsageError, match="must be 1 or more"):
        plan_up(FILES, (), count=count)
    with pytest.raises(UsageError, match="must be 1 or more"):
        plan_down(FILES, ROWS, count=count)


def test_a_version_must_be_there() -> None:
    with pytest.raises(UsageError, match=r"there is no migration of version 3\nhint: the last ones are: 1, 2, 5, 9"):
        plan_up(FILES, (), to=3)
    with pytest.raises(UsageError, match="version 9 is not applied"):
        plan_down(FILES, ROWS[:2], to=9)


def test_an_edited_up_stops_the_way_up_and_not_the_way_down() -> None:
    edited = (FILES[0], migration(2, up="SELECT 3"), *FILES[2:])
    with pytest.raises(MigrationError, match=r'the up of "002-m2.sql" was edited after it was applied on 2026-01-02'):
        plan_up(edited, ROWS[:2])
    assert versions(plan_down(edited, ROWS[:2])) == [(2, "down")]


def test_a_deleted_file_stops_every_way_through_it() -> None:
    with pytest.raises(MigrationError, match='version 2 "m2" is applied, and its file is missing'):
        plan_up(FILES[:1] + FILES[2:], ROWS[:2])
    with pytest.raises(MigrationError, match='version 2 "m2" is applied, and its file is missing'):
        plan_down(FILES[:1] + FILES[2:], ROWS[:3], count=2)
    assert versions(plan_down(FILES[:1] + FILES[2:], ROWS[:3])) == [(5, "down")]


def test_a_file_slipped_in_before_the_head_stops_the_way_up() -> None:
    with pytest.raises(MigrationError, match=r'"002-m2.sql" is not applied, and lies before version 5, which is'):
        plan_up(FILES, (ROWS[0], ROWS[2]))
    assert versions(plan_down(FILES, (ROWS[0], ROWS[2]), to=1)) == [(5, "down")]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.STARTED, "the up of version 1 .* was cut off, or is still running"),
        (State.FAILED, "the up of version 1 .* failed"),
        (State.REVERTING, "the down of version 1 .* was cut off, or is still running"),
        (State.REVERT_FAILED, "the down of version 1 .* failed"),
    ],
)
def test_what_was_left_half_way_stops_both(state: State, said: str) -> None:
    for plan in (plan_up, plan_down):
        with pytest.raises(MigrationError, match=said) as caught:
            plan(FILES, (row(FILES[0], state=state),))
        assert "DELETE FROM pgassay.ledger WHERE version = 1" in str(caught.value.hint)
        assert "UPDATE pgassay.ledger SET state = 'finished' WHERE version = 1" in str(caught.value.hint)


def test_every_problem_is_named_at_once() -> None:
    rows = (ROWS[0], row(FILES[2], state=State.FAILED), row(migration(7)))
    edited = (migration(1, up="SELECT 3"), *FILES[1:])
    found = find_problems(edited, rows)
    assert [(problem.version, problem.kind) for problem in found] == [
        (1, "edited"),
        (2, "out of order"),
        (5, "unfinished"),
        (7, "deleted"),
    ]
    with pytest.raises(MigrationError) as caught:
        plan_up(edited, rows)
    assert caught.value.message == "\n".join(problem.text for problem in found)


def test_a_long_list_of_problems_is_cut() -> None:
    rows = tuple(row(migration(version)) for version in range(1, 31))
    with pytest.raises(MigrationError, match="and 20 more"):
        plan_up((), rows)


def test_a_changed_down_or_name_is_a_note() -> None:
    changed = (migration(1, down="SELECT 3"), migration(2, down=None), FILES[2])
    rows = (ROWS[0], ROWS[1], row(FILES[2], name="before"))
    assert find_problems(changed, rows) == ()
    assert find_notes(changed, (*rows, ROWS[3])) == (
        'the down of "001-m1" has changed since it was applied',
        'the down of "002-m2" has changed since it was applied',
        '"005-m5" was called "before" when it was applied',
    )


def test_an_up_of_nothing_is_not_written_down() -> None:
    with pytest.raises(MigrationError, match=r'the up of "001-m1.sql" holds no statement'):
        plan_up((migration(1, up="-- to be done\n"),), ())


def test_what_has_no_way_back_is_refused_before_the_first_step() -> None:
    with pytest.raises(MigrationError, match=r'"001-m1.sql" is declared irreversible: it drops rows'):
        plan_down((migration(1, down=None, why="it drops rows"), FILES[1]), ROWS[:2], count=2)
    with pytest.raises(MigrationError, match=r'"001-m1.sql" has no down\nhint: write one, or declare'):
        plan_down((migration(1, down=None),), ROWS[:1])


def test_status_lists_files_and_rows() -> None:
    status = read_status(FILES[:3], (ROWS[0], row(FILES[1], state=State.STARTED), ROWS[3]))
    assert [(entry.version, entry.state, entry.seconds) for entry in status.entries] == [
        (1, "applied", 1.5),
        (2, "started", 1.5),
        (5, "pending", None),
        (9, "applied", 1.5),
    ]
    assert [entry.version for entry in status.pending] == [5]
    assert [problem.kind for problem in status.problems] == ["unfinished", "out of order", "deleted"]
