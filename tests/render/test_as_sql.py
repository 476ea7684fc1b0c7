"""A drift as a script."""

from __future__ import annotations

from pgassay.findings import Finding, Outcome, Report
from pgassay.render.as_sql import drift_sql
from pgassay.suite.drift import Drift
from pgassay.suite.mends import Mend

EVIL = "a\nDROP TABLE users;\r\n-- "
FINDING = Finding(rule="table-missing", object=f'table "{EVIL}"', expected=EVIL, found=EVIL, mend="")
UNSEEN = Finding(
    rule="not-readable", object="view v", expected="", found=f"locked {EVIL}", mend="", outcome=Outcome.BLIND
)


def script(*statements: str, notes: tuple[str, ...] = ()) -> str:
    mends = (Mend(FINDING, statements),) if statements else ()
    findings = (*(mend.finding for mend in mends), UNSEEN)
    report = Report(title="", findings=findings, looked_at=1, notes=notes)
    return drift_sql(Drift(expected="contract:", found="me@host/shop", report=report, mends=mends))


def test_it_says_what_it_is_and_what_narrowed_it() -> None:
    lines = script("DROP TABLE t;", notes=("only these kinds: table",)).splitlines()
    assert lines[:2] == [
        '-- Brings "me@host/shop" to what "contract:" is.',
        "-- Written by pgassay diff, and not run. Read it before you run it: it may drop what holds data.",
    ]
    assert "-- note: only these kinds: table" in lines
    assert "-- could not look at view v: locked a" in lines


def test_statements_stand_below_their_difference() -> None:
    *_, settings, part = script("-- its rows are lost", "DROP TABLE t;\n-- no advice").split("\n\n")
    assert settings.endswith("SET check_function_bodies = off;")
    assert part.splitlines()[-3:] == ["-- its rows are lost", "DROP TABLE t;", "-- no advice"]


def test_advice_alone_needs_no_settings() -> None:
    assert "\nSET " not in script("-- drop it, or name it")


def test_no_name_ends_a_comment() -> None:
    text = script(f"-- ask {EVIL}", notes=(EVIL,))
    assert [line for line in text.splitlines() if line and not line.startswith("--")] == []


def test_no_difference() -> None:
    assert script().endswith("\n\n-- no difference")
