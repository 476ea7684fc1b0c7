"""What is said of many databases: alike ones together, long lists cut unless all is asked for."""

from __future__ import annotations

import json

from pgassay.conninfo import Conninfo
from pgassay.errors import TargetError
from pgassay.findings import Finding, Outcome, Report
from pgassay.render.fleet import fleet_blocks, fleet_json, fleet_notes, fleet_summary
from pgassay.settings.targets import NamedTarget
from pgassay.suite.fleet import Verdict, reason_of
from pgassay.suite.groups import grouped


def finding(name: str, outcome: Outcome = Outcome.FAIL) -> Finding:
    return Finding(
        rule="index-missing", object=f"index {name}", expected="x", found="missing", mend="", outcome=outcome
    )


def verdict(name: str, *findings: Finding, note: str = "", accepted: tuple[str, ...] = ()) -> Verdict:
    report = Report(
        title="index_definitions", findings=findings, looked_at=1, notes=(note,) if note else (), accepted=accepted
    )
    return Verdict(target=NamedTarget(name, Conninfo("postgresql://me:s3cret@host/db")), reports=(report,))


def texts(*verdicts: Verdict, verbose: bool = False) -> list[str]:
    return [text for _, text in fleet_blocks(grouped(verdicts), verbose=verbose)]


def test_groups_come_in_an_order_that_reads_well() -> None:
    verdicts = [
        *(verdict("z", finding("a"), finding("b")), verdict("y", finding("a")), verdict("x", finding("a"))),
        *(verdict("w", finding("a", Outcome.BLIND)), verdict("v"), verdict("u", accepted=("known",))),
    ]
    heads = [text.splitlines()[0] for text in texts(*verdicts)]
    assert heads == [
        "PASS  1 database as the contract says",
        "PASS  1 database as the contract says",
        "FAIL  2 databases: y, x",
        "FAIL  1 database: z",
        "BLIND 1 database: w",
    ]
    assert "PASS  1 database as the contract says\n  accepted: known" in texts(*verdicts)
    assert fleet_summary(grouped(verdicts)) == (
        "6 databases: 2 as the contract says, 3 with findings, 1 not looked at, or not all of it"
    )


def test_thousands_of_groups_are_told_by_what_most_have() -> None:
    verdicts = [verdict(f"db{number}", finding("common"), finding(f"own_{number}")) for number in range(2_000)]
    *_, rest = shown = texts(*verdicts)
    assert len(shown) == 21
    assert rest.splitlines()[:2] == [
        "FAIL  1,980 databases in 1,980 more groups; -v and --json have all of them:",
        "  index-missing index common (1,980 databases)",
    ]
    assert rest.splitlines()[-1] == "  and 1,971 more findings"
    assert len(texts(*verdicts, verbose=True)) == 2_000


def test_names_findings_and_notes_are_cut() -> None:
    many = [finding(f"i{number}") for number in range(30)]
    verdicts = [verdict(f"db{number}", *many, note=f"note {number}") for number in range(10)]
    (text,) = texts(*verdicts)
    assert text.splitlines()[0] == "FAIL  10 databases: db0, db1, db2, db3, db4, db5, db6, db7 and 2 more"
    assert text.splitlines()[-1] == "  and 5 more findings; -v and --json have all of them"
    groups = grouped(verdicts)
    assert list(fleet_notes(groups, verbose=False))[-1] == "and 5 more notes; -v and --json have all of them"
    assert len(list(fleet_notes(groups, verbose=True))) == 10


def test_a_name_stays_on_its_line() -> None:
    assert texts(verdict("host/a\nb", finding("i")))[0].splitlines()[0] == "FAIL  1 database: host/a\\nb"


def test_json() -> None:
    text = fleet_json(grouped([verdict("eu", finding("i"))]), left_out={"it is so": ["round_trip"]}, unseen=3)
    said = json.loads(text)
    assert (said["databases"], said["interrupted_before"], said["left_out"]) == (1, 3, {"it is so": ["round_trip"]})
    assert said["groups"][0]["databases"] == [{"name": "eu", "database": "me@host/db"}]
    assert "s3cret" not in text


def test_reasons_without_the_databases_own_names() -> None:
    target = NamedTarget("eu", Conninfo("postgresql://me@host/db"))
    reasons = {
        'cannot open the target me@host/db: connection to server at "host", port 5432 failed: FATAL:  database "db" '
        "does not exist": 'database "..." does not exist',
        "cannot read the target me@host/db: terminating connection\nmore": "terminating connection",
        'cannot open the target me@host/db: connection failed: connection to server at "1.2.3.4", port 1 failed: '
        "Connection refused\n\tIs the server running?": "Connection refused",
        "PostgreSQL 19 is none": "PostgreSQL 19 is none",
    }
    assert {text: reason_of(TargetError(text), target) for text in reasons} == reasons
