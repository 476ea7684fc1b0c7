"""behavior.toml as the shipped checks try it: as the owner, each entry on a database of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.findings import Finding, Outcome
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.context import Context

SCHEMA = """
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, CONSTRAINT small CHECK (id < 9));
CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
"""
GOOD = """
[[trigger]]
name = "moves"
table = "t"
trigger = "tr"
given = "INSERT INTO t VALUES (1)"
change = "UPDATE t SET id = id"
touches = "at"
replica = "rests"

[[constraint]]
name = "small"
table = "t"
constraint = "small"
given = "INSERT INTO t VALUES (1)"
accepts = "INSERT INTO t VALUES (2)"
rejects = "INSERT INTO t VALUES (9)"

[[function]]
name = "one"
function = "one"
arguments = []
gives = 1
"""
CHECKS = ("trigger_behavior", "constraint_behavior", "function_behavior")


@pytest.fixture
def context(contexts: Callable[[Settings], Context], tmp_path: Path) -> Callable[[str], Context]:
    def make(behavior: str) -> Context:
        (tmp_path / "schema").mkdir()
        (tmp_path / "schema" / "shop.sql").write_text(SCHEMA)
        (tmp_path / "schema" / "behavior.toml").write_text(behavior)
        return contexts(Settings(root=tmp_path, schema=tmp_path / "schema", migrations=None))

    return make


def test_all_that_holds(context: Callable[[str], Context]) -> None:
    """Each entry gives the same row: nothing that one has written is there for the next."""
    made = context(GOOD + GOOD.replace('name = "', 'name = "once more: '))
    for check in CHECKS:
        report = made.report(check)
        assert report.findings == ()
        assert report.looked_at == 2
    assert made.report("function_behavior").notes == ("functions in plpgsql that plpgsql_check was not asked of: 1",)


def test_what_is_not_there_is_named_with_file_and_line(context: Callable[[str], Context], tmp_path: Path) -> None:
    made = context(GOOD.replace('"tr"', '"tri"').replace('= "small"\ng', '= "smal"\ng'))
    file = tmp_path / "schema/behavior.toml"
    assert made.report("trigger_behavior").findings == (
        Finding(
            rule="behavior-object-missing",
            object='behavior "moves" of trigger tri on t',
            expected="a trigger tri on public.t",
            found="there are: tr",
            mend=f'make it, or correct the entry: "{file}", line 2',
        ),
    )
    (finding,) = made.report("constraint_behavior").findings
    assert (finding.found, finding.mend[-7:]) == ("there are: small", "line 11")


def test_what_can_never_be_tried_is_named_with_the_line_of_its_key(
    context: Callable[[str], Context], tmp_path: Path
) -> None:
    made = context(GOOD.replace("touches", "keeps").replace('replica = "rests"\n', ""))
    (finding,) = made.report("trigger_behavior").findings
    assert (finding.rule, finding.found) == (
        "behavior-untried",
        'behavior "moves", "keeps": the change does not write at',
    )
    assert finding.mend == f'change its value in a row that is there: "{tmp_path}/schema/behavior.toml", line 8'


def test_sql_that_names_what_is_not_there_is_named_with_line_and_near_names(
    context: Callable[[str], Context], tmp_path: Path
) -> None:
    made = context(GOOD.replace("UPDATE t SET", "UPDATE tt SET"))
    (finding,) = made.report("trigger_behavior").findings
    assert (finding.rule, finding.found) == (
        "behavior-untried",
        'behavior "moves", "change": fails: relation "tt" does not exist [42P01]',
    )
    assert finding.mend == f'near: t: "{tmp_path}/schema/behavior.toml", line 7'


def test_what_could_not_be_looked_at_is_blind(context: Callable[[str], Context]) -> None:
    made = context(GOOD.replace('"one"\narguments = []\ngives = 1', '"touch"\ncheck = true'))
    report = made.report("function_behavior")
    assert (report.outcome, report.notes) == (Outcome.BLIND, ())


LOST = """
CREATE FUNCTION lost() RETURNS int LANGUAGE plpgsql AS 'DECLARE unused int; BEGIN RETURN (SELECT x FROM gone); END';
CREATE FUNCTION nowhere() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN gone; END';
"""


def test_all_functions_are_checked_where_the_extension_is_there(
    context: Callable[[str], Context], tmp_path: Path, server: Server
) -> None:
    with server.connect() as connection:
        if not connection.execute("SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'").fetchall():
            pytest.skip("the newest PostgreSQL of this machine has no plpgsql_check")
    made = context(GOOD)
    (tmp_path / "schema/init").mkdir()
    (tmp_path / "schema/init/01.sql").write_text("CREATE EXTENSION plpgsql_check")
    (tmp_path / "schema/shop_lost.sql").write_text(LOST)
    report = made.report("function_behavior")
    (finding,) = report.findings
    assert (finding.rule, finding.object, finding.outcome) == ("plpgsql-check", "function public.lost()", Outcome.FAIL)
    assert finding.found.splitlines()[0] == 'error:42P01:1:RETURN:relation "gone" does not exist'
    assert "unused" not in finding.found
    assert report.notes == ("functions in plpgsql that plpgsql_check was not asked of: 1",)


MORE = """
CREATE TABLE u (id int CONSTRAINT positive CHECK (id > 0), code text, CONSTRAINT same CHECK (code = code));
CREATE UNIQUE INDEX u_code ON u (code);
"""


def test_constraints_without_an_entry(context: Callable[[str], Context], tmp_path: Path) -> None:
    made = context(GOOD)
    (tmp_path / "schema" / "more.sql").write_text(MORE)
    report = made.report("constraints_at_work")
    assert (report.outcome, report.looked_at, report.findings) == (Outcome.PASS, 3, ())
    entries, untried = report.notes
    assert entries == "constraints that have entries of their own, tried by constraint_behavior: 1"
    assert untried.startswith("constraints that could not be tried: 1; a [[constraint]] entry tries one, [rows] helps")
    assert "constraint public.u.same (a row of public.u could not be made: no values were found" in untried


def test_where_nothing_could_be_tried_nothing_passes(context: Callable[[str], Context], tmp_path: Path) -> None:
    made = context("")
    (tmp_path / "schema" / "shop.sql").write_text("CREATE TABLE t (id int NOT NULL CHECK (id > id))")
    assert made.report("constraints_at_work").outcome is Outcome.BLIND


def test_no_constraint_is_no_constraint_that_fails(context: Callable[[str], Context], tmp_path: Path) -> None:
    made = context("")
    (tmp_path / "schema" / "shop.sql").write_text("CREATE TABLE t (id int)")
    report = made.report("constraints_at_work")
    assert (report.outcome, report.looked_at, report.notes) == (Outcome.PASS, 1, ())


def test_a_foreign_key_that_is_switched_off_fails(context: Callable[[str], Context], tmp_path: Path) -> None:
    made = context("")
    (tmp_path / "schema" / "shop_1.sql").write_text("CREATE TABLE c (t int CONSTRAINT to_t REFERENCES t)")
    off = "-- contract superuser:true\nALTER TABLE c DISABLE TRIGGER ALL"
    (tmp_path / "schema" / "shop_2.sql").write_text(off)
    (finding,) = made.report("constraints_at_work").findings
    assert (finding.object, finding.mend) == (
        "constraint public.c.to_t",
        "ALTER TABLE public.c ENABLE TRIGGER ALL;",
    )
