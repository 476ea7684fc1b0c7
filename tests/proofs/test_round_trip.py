"""One walk through all migrations, on a real server: each defect is reported once, at its own step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from pgassay.catalog import rows, unread
from pgassay.catalog.incremental import plan, reader
from pgassay.contract.irreversible import Irreversible, declare
from pgassay.errors import ContractError
from pgassay.findings import Outcome
from pgassay.migrations.sources.native import load
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import Road, Walk, walk
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

GOOD = ("CREATE TABLE a (id int PRIMARY KEY);", "DROP TABLE a;")


@pytest.fixture
def walked(private_server: Server, tmp_path: Path) -> Callable[..., Walk]:
    def go(*steps: tuple[str, str], up: str = "", down: str = "") -> Walk:
        for number, (upward, downward) in enumerate(steps, start=1):
            text = f"-- migrate:up{up}\n{upward}\n-- migrate:down{down}\n{downward}\n"
            (tmp_path / f"{number:03}-step.sql").write_text(text)
        migrations, settings = load(tmp_path), Settings(root=tmp_path)
        return walk(
            migrations,
            build=lambda: scratch_road(nullcontext(private_server), Recipe(migrations=migrations), settings),
            compare=differences,
        )

    return go


def rules(walked: Walk) -> list[list[str]]:
    return [[finding.rule for finding in report.findings] for report in (*walked.steps.values(), walked.way_down)]


def test_good_steps_pass(walked: Callable[..., Walk]) -> None:
    seen = walked(
        GOOD,
        ("ALTER TABLE a ADD b text;", "ALTER TABLE a DROP b;"),
        ("CREATE VIEW v AS SELECT id FROM a;", "DROP VIEW v;"),
    )
    assert rules(seen) == [[], [], [], []]
    assert [report.outcome for report in seen.steps.values()] == [Outcome.PASS] * 3
    assert seen.way_down.outcome is Outcome.PASS


def test_a_step_that_goes_statement_by_statement(walked: Callable[..., Walk]) -> None:
    concurrently = (
        "CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY i ON a (id);",
        "DROP INDEX CONCURRENTLY i; DROP TABLE a;",
    )
    assert rules(walked(concurrently, up=" transaction:false", down=" transaction:false")) == [[], []]


def test_a_step_that_ends_all_other_sessions(walked: Callable[..., Walk]) -> None:
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ends = f"SELECT pg_terminate_backend(pid) {others};"
    seen = walked(
        GOOD, (f"{ends} CREATE TABLE b ();", f"{ends} DROP TABLE b;"), up=" superuser:true", down=" superuser:true"
    )
    assert rules(seen) == [[], [], []]


def test_a_down_that_fails_is_reported_once(walked: Callable[..., Walk]) -> None:
    seen = walked(GOOD, ("CREATE TABLE b (id int);", "DROP TABLE c;"), ("CREATE INDEX i ON b (id);", "DROP INDEX i;"))
    assert rules(seen) == [[], ["down-fails"], [], ["not-run"]]
    (finding,) = seen.steps[2].findings
    assert "002-step.sql" in finding.found
    assert "line 4" in finding.found
    assert "002-step" in seen.way_down.findings[0].found


def test_a_column_that_comes_back_last_has_no_mend(walked: Callable[..., Walk]) -> None:
    made = ("CREATE TABLE a (x int, y int);", "DROP TABLE a;")
    seen = walked(made, ("ALTER TABLE a DROP x;", "ALTER TABLE a ADD x int;"))
    (finding,) = seen.steps[2].findings
    assert finding.expected == "column order: x, y"
    assert finding.mend.startswith("no down can put a column back into its place")


@pytest.fixture
def _a_kind_that_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count sequences in use as if DDL made them so: something that no record tells."""
    used = sql.SQL("SELECT 0, 0::oid FROM pg_sequences WHERE last_value IS NOT NULL")
    monkeypatch.setattr(unread, "UNREAD", (*unread.UNREAD, ("used sequence", "used sequences", used, 14)))
    monkeypatch.setattr(plan.Changes, "may_be_unread", True)
    for module in (rows, reader):
        monkeypatch.setattr(module, "text_of_unread", lambda major: unread.statement(major).as_bytes(None))


@pytest.mark.slow
@pytest.mark.usefixtures("_a_kind_that_is_not_read")
def test_what_cannot_be_read_is_blind_once_and_stops_nothing(walked: Callable[..., Walk]) -> None:
    """The step that makes it and the way down are blind; steps after it have nothing to do with it."""
    seen = walked(
        ("CREATE SEQUENCE s;", "DROP SEQUENCE s;"),
        ("SELECT nextval('s');", "ALTER SEQUENCE s RESTART;"),
        ("CREATE TABLE b (id int);", "DROP TABLE b;"),
        ("CREATE TABLE c (id int);", "SELECT 1;"),
    )
    assert rules(seen) == [[], ["not-readable"], [], ["down-leaves-a-trace"], ["not-run"]]
    assert seen.steps[2].outcome is Outcome.BLIND
    assert "004-step has a defect" in seen.way_down.findings[0].found
    seen = walked(
        ("CREATE SEQUENCE s; SELECT nextval('s');", "DROP SEQUENCE s;"),
        ("CREATE TABLE b (id int);", "DROP TABLE b;"),
        ("CREATE TABLE c (id int);", "DROP TABLE c;"),
        ("CREATE TABLE d (id int);", "DROP TABLE d;"),
    )
    assert rules(seen) == [["not-readable"], [], [], [], ["not-readable"]]
    assert seen.way_down.outcome is Outcome.BLIND


@pytest.mark.usefixtures("_a_kind_that_is_not_read")
def test_what_a_down_forgets_is_blind_too_where_it_cannot_be_read(walked: Callable[..., Walk]) -> None:
    seen = walked(
        ("CREATE SEQUENCE s; CREATE SEQUENCE t; SELECT nextval('s');", "DROP SEQUENCE s; DROP SEQUENCE t;"),
        ("SELECT nextval('t');", "SELECT 1;"),
    )
    assert seen.steps[2].findings[0].object == "migration 002-step: 2 used sequences"


def test_without_a_database_nothing_is_run_and_each_says_why(tmp_path: Path) -> None:
    """One answer for all: the walk is not begun anew by each item that asks."""
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n")

    def build() -> Road:
        raise ContractError('"01.sql" fails', hint="mend it", sqlstate="42601")

    seen = walk(load(tmp_path), build=build, compare=differences)
    assert rules(seen) == [["not-run"], ["not-run"]]
    (finding,) = seen.steps[1].findings
    assert (finding.found, finding.mend) == (
        'not run, for no database can be prepared: "01.sql" fails',
        "mend it",
    )


def test_an_up_that_fails_makes_the_rest_unreachable(walked: Callable[..., Walk]) -> None:
    seen = walked(GOOD, ("CREATE TABEL b ();", "SELECT 1;"), ("CREATE TABLE c (id int);", "DROP TABLE c;"))
    assert rules(seen) == [[], ["up-fails"], ["not-run"], ["not-run"]]
    assert seen.steps[3].outcome is Outcome.FAIL
    assert "002-step" in seen.steps[3].findings[0].found
    assert "statement, CREATE TABEL, line 2: CREATE TABEL b ()" in seen.steps[2].findings[0].found


def test_a_second_up_that_makes_something_else(walked: Callable[..., Walk]) -> None:
    up = """
        CREATE TABLE IF NOT EXISTS a (id int);
        DO $$ BEGIN IF obj_description('a'::regclass) IS NULL THEN COMMENT ON TABLE a IS 'first'; END IF; END $$;
    """
    seen = walked(("CREATE SEQUENCE s;", "DROP SEQUENCE s;"), (up, "DROP TABLE a; SELECT nextval('s');"))
    assert rules(seen) == [[], [], []]
    twice = "DO $$ BEGIN IF nextval('s') = 1 THEN CREATE TABLE b (x int); ELSE CREATE TABLE b (y int); END IF; END $$;"
    seen = walked(("CREATE SEQUENCE s;", "DROP SEQUENCE s;"), (twice, "DROP TABLE b;"))
    assert set(rules(seen)[1]) == {"second-up-differs"}


def test_no_down_and_no_declaration(walked: Callable[..., Walk]) -> None:
    seen = walked(GOOD, ("CREATE TABLE b (id int);", "-- nothing"))
    assert rules(seen) == [[], ["down-missing"], ["not-run"]]


def test_declared_irreversible_passes_and_is_said(walked: Callable[..., Walk]) -> None:
    seen = walked(
        ("CREATE TYPE mood AS ENUM ('glad');", ""), ("CREATE TABLE a ();", ""), down=" irreversible: labels stay"
    )
    assert rules(seen) == [[], [], []]
    assert seen.steps[1].notes == ("001-step is declared irreversible: labels stay",)
    assert seen.way_down.notes == ("the way down ends above 002-step, which is declared irreversible",)


def test_what_a_reader_should_know_of_a_step_is_said(private_server: Server, tmp_path: Path) -> None:
    (tmp_path / "001-step.sql").write_text("-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n")
    migrations = tuple(replace(migration, notes=("written in Go",)) for migration in load(tmp_path))
    road = scratch_road(nullcontext(private_server), Recipe(migrations=migrations), Settings(root=tmp_path))
    assert walk(migrations, build=lambda: road, compare=differences).steps[1].notes == ("written in Go",)


def test_the_way_down_ends_above_what_is_irreversible(walked: Callable[..., Walk], tmp_path: Path) -> None:
    (tmp_path / "900-more.sql").write_text("-- migrate:up\nCREATE TABLE b ();\n-- migrate:down\nDROP TABLE b;\n")
    seen = walked(("CREATE TYPE mood AS ENUM ('glad');", ""), down=" irreversible: labels stay")
    assert rules(seen) == [[], [], []]
    assert seen.way_down.outcome is Outcome.PASS


def test_only_the_way_down_shows_it(walked: Callable[..., Walk]) -> None:
    """Each step alone undoes itself; from the head, the first down finds what the second step made dependent."""
    seen = walked(
        GOOD,
        ("CREATE TABLE b (id int REFERENCES a); SELECT 1;", "CREATE TABLE IF NOT EXISTS b (); DROP TABLE b;"),
        ("COMMENT ON TABLE a IS 'once'", "COMMENT ON TABLE a IS NULL"),
    )
    assert rules(seen) == [[], [], [], []]
    counted = "DO $$ BEGIN PERFORM setval('s', 1 + (SELECT last_value FROM s)); END $$;"
    seen = walked(
        ("CREATE SEQUENCE s;", "DROP SEQUENCE s;"),
        (counted, "DO $$ BEGIN IF (SELECT last_value FROM s) > 2 THEN RAISE 'too often'; END IF; END $$;"),
        ("CREATE TABLE c ();", "DROP TABLE c;"),
    )
    assert rules(seen)[:3] == [[], [], []]
    assert rules(seen)[3] == ["way-down-fails"]


def test_a_role_left_behind_on_a_shared_server_stops_the_walk(
    walked: Callable[..., Walk], role_name: Callable[..., str]
) -> None:
    """Where each road shares the server, the rebuild behind the bad step meets the role again, and says so."""
    role = role_name("left")
    seen = walked((f"CREATE ROLE {role};", "SELECT 1;"), GOOD, up=" superuser:true")
    assert rules(seen) == [["down-leaves-a-trace", "rebuild-fails"], ["not-run"], ["not-run"]]


def test_a_finding_names_step_and_object(walked: Callable[..., Walk]) -> None:
    seen = walked(('CREATE TABLE "We.ird 😀" (id int);', "SELECT 1;"))
    (finding,) = seen.steps[1].findings
    assert finding.object == 'migration 001-step: table public."We.ird 😀"'
    assert finding.mend == '-- in the down:\n-- its rows are lost\nDROP TABLE public."We.ird 😀";'


@pytest.mark.thorough
def test_a_table_whose_column_numbers_are_used_up_is_made_anew(walked: Callable[..., Walk]) -> None:
    """Each way up and down takes as many numbers as the step adds columns: three times 600 are more than there are."""
    columns = [f"c{n}" for n in range(600)]
    adds, drops = (
        ", ".join(f"{verb} {name}" + kind for name in columns) for verb, kind in (("ADD", " int"), ("DROP", ""))
    )
    seen = walked(GOOD, (f"ALTER TABLE a {adds};", f"ALTER TABLE a {drops};"))
    assert rules(seen) == [[], [], []]


@pytest.mark.thorough
def test_a_down_that_uses_up_a_tables_column_numbers(walked: Callable[..., Walk]) -> None:
    """With the ups alone there are enough of them for each step, and for the way down."""
    adds, drops = (
        f"ALTER TABLE a {', '.join(f'{verb} c{n}{kind}' for n in range(280))};"
        for verb, kind in (("ADD", " int"), ("DROP", ""))
    )
    seen = walked(GOOD, (adds, drops), (drops, adds), (adds, drops), (drops, adds))
    assert rules(seen) == [[], [], [], [], [], []]


DOWN = ("CREATE TABLE b (id int);", "DROP TABLE b;")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("step", "found"),
    [
        (DOWN, ["reversible-after-all"]),
        ((DOWN[0], "SELECT 1/0;"), []),
        ((DOWN[0], "SELECT 1;"), []),
        (("SELECT 1/0;", "SELECT 1;"), ["up-fails"]),
    ],
)
def test_declared_irreversible_elsewhere(
    private_server: Server, tmp_path: Path, step: tuple[str, str], found: list[str]
) -> None:
    for number, (up, down) in enumerate((GOOD, step, ("CREATE VIEW v AS SELECT 1;", "DROP VIEW v;")), 1):
        (tmp_path / f"{number}-s.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")
    entries = (Irreversible(id="2-s", reason="rows are gone"),)
    migrations, settings = declare(load(tmp_path), entries, path=tmp_path / "x"), Settings(root=tmp_path)

    seen = walk(
        migrations,
        build=lambda: scratch_road(nullcontext(private_server), Recipe(migrations=migrations), settings),
        compare=differences,
    )

    goes_on = [] if found != ["up-fails"] else ["not-run"]
    assert rules(seen)[:3] == [[], found, goes_on]
    assert seen.steps[2].notes[:1] == ("2-s is declared irreversible: rows are gone",)


def bad(n: int) -> tuple[str, str]:
    """A step whose down leaves a table."""
    return f"CREATE TABLE b{n} ();", "SELECT 1;"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("steps", "builds"),
    [
        ([bad(1), bad(2), bad(3), bad(4)], 2),  # the first from nothing, then from a checkpoint behind it
        ([bad(1), bad(2), ("SELECT 1;", "SELECT 1/0;"), GOOD], 2),
        (
            [("CREATE TABLE b1 ();", ""), ("CREATE TABLE b2 ();", ""), GOOD],
            1,
        ),  # nothing was left, for nothing went down
    ],
)
def test_bad_steps_are_passed_by_copies(
    private_server: Server, tmp_path: Path, steps: list[tuple[str, str]], builds: int
) -> None:
    for number, (up, down) in enumerate(steps, 1):
        (tmp_path / f"{number}-s.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")
    migrations, settings, built = load(tmp_path), Settings(root=tmp_path), list[Road]()

    def build() -> Road:
        built.append(scratch_road(nullcontext(private_server), Recipe(migrations=migrations), settings))
        return built[-1]

    seen = walk(migrations, build=build, compare=differences)

    expected = {
        "SELECT 1;": ["down-leaves-a-trace"],
        "SELECT 1/0;": ["down-fails"],
        "": ["down-missing"],
        "DROP TABLE a;": [],
    }
    assert rules(seen)[:-1] == [expected[down] for _, down in steps]
    assert len(built) == builds
    with private_server.connect() as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname ~ 'walk'").fetchall()
    assert left == []
