"""Findings and reports as text."""

from __future__ import annotations

import json
from dataclasses import replace

from pgassay.findings import Finding, Outcome, Report
from pgassay.render.as_json import reports_json
from pgassay.render.text import finding_text, report_text, summary_text

DIFFERS = Finding(
    rule="index-differs",
    object="index public.users_email_key",
    expected="unique",
    found="not unique\nnot valid",
    mend="DROP INDEX public.users_email_key;",
)
UNSEEN = Finding(
    rule="not-readable",
    object="table pgassay.ledger",
    expected="to read it",
    found="permission denied [42501]",
    mend="GRANT SELECT ON pgassay.ledger TO auditor",
    outcome=Outcome.BLIND,
)


def test_a_finding() -> None:
    assert finding_text(DIFFERS) == (
        "index public.users_email_key: index-differs\n"
        "  expected  unique\n"
        "  found     not unique\n"
        "            not valid\n"
        "  mend      DROP INDEX public.users_email_key;"
    )


def test_a_blind_finding_says_why() -> None:
    assert "  because   permission denied [42501]" in finding_text(UNSEEN)


def test_a_report() -> None:
    report = Report(title="index_definitions", findings=(DIFFERS, UNSEEN), looked_at=12, notes=("a note",), seconds=0.5)
    head, *rest = report_text(report).splitlines()
    assert head == "FAIL  index_definitions (12 looked at, 1 failed, 1 blind, 0.50 s)"
    assert rest[0] == "  index public.users_email_key: index-differs"
    assert rest[-1] == "  note: a note"


def test_a_summary_counts_and_nothing_is_nothing() -> None:
    reports = [Report(title="a", looked_at=1), Report(title="b"), Report(title="c", findings=(DIFFERS,), looked_at=1)]
    assert summary_text(reports) == "1 failed, 1 blind, 1 passed"
    assert summary_text([]) == "nothing was checked"


def test_json() -> None:
    document = json.loads(reports_json([Report(title="a", findings=(DIFFERS, UNSEEN), looked_at=2)]))
    (report,) = document["reports"]
    assert (document["format"], report["outcome"]) == (1, "fail")
    assert [finding["key"] for finding in report["findings"]] == [DIFFERS.key, UNSEEN.key]


def test_a_long_mend_is_laid_out_and_advice_is_not() -> None:
    columns = ", ".join(f"column_{n} integer NOT NULL" for n in range(5))
    mend = f"CREATE TABLE t ({columns});\nGRANT SELECT ON t TO app;"
    text = finding_text(replace(DIFFERS, mend=mend))
    assert "  mend      CREATE TABLE t (\n                column_0 integer NOT NULL,\n" in text
    assert text.endswith("            );\n            GRANT SELECT ON t TO app;")
    advice = f"create table t ({columns}) is what is missing, or so it seems"
    assert advice in finding_text(replace(DIFFERS, mend=advice))
