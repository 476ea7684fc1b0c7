from __future__ import annotations

import re

import pytest

from pgassay.contract.accepted import Acceptance, apply, unused
from pgassay.errors import ContractError
from pgassay.findings import Finding, Outcome, Report
from tests.contract.conftest import Load

EXTRA = Finding(rule="index-extra", object="index public.old", expected="-", found="-", mend="-")
BLIND = Finding(rule="blind", object="ledger", expected="-", found="-", mend="-", outcome=Outcome.BLIND)
OLD = Acceptance(rule="index-extra", object="index public.old", reason="goes next week")
LEDGER = Acceptance(rule="blind", object="ledger", reason="not ours to see")

ENTRY = '[[accept]]\nrule = "index-extra"\nobject = "index public.old"\nreason = "goes next week"\n'


def test_loads(load: Load) -> None:
    assert load({}).accepted == ()
    assert load({"accepted.toml": ENTRY}).accepted == (OLD,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[accepted]]", 'unknown key "accepted"\nhint: known keys: accept; did you mean "accept"?'),
        (ENTRY + 'why = "x"', '[[accept]] number 1: unknown key "why"\nhint: known keys: rule, object, reason'),
        (ENTRY.replace("reason", "#"), '[[accept]] number 1: "reason" is missing'),
        (ENTRY.replace("goes next week", " "), '"reason" must be a text that is not blank'),
        (ENTRY * 2, '"index-extra index public.old" is accepted twice'),
    ],
)
def test_what_means_nothing_is_refused(load: Load, text: str, problem: str) -> None:
    with pytest.raises(ContractError, match=re.escape(problem)):
        load({"accepted.toml": text})


def test_accepted_findings_are_set_apart() -> None:
    report = Report(title="t", findings=(EXTRA, BLIND), looked_at=3, notes=("first",))
    accepted = apply(report, [OLD, LEDGER])
    assert accepted.outcome is Outcome.PASS
    assert accepted.notes == ("first",)
    assert accepted.accepted == (
        "index-extra of index public.old: goes next week",
        "blind of ledger (blind): not ours to see",
    )
    assert apply(report, [OLD]).outcome is Outcome.BLIND
    assert apply(report, []) is report


def test_a_check_that_sees_nothing_but_what_is_accepted_passes() -> None:
    unseen = Report(title="ledger", findings=(BLIND,))
    assert unseen.outcome is Outcome.BLIND
    assert apply(unseen, [LEDGER]).outcome is Outcome.PASS
    assert apply(Report(title="nothing"), [LEDGER]).outcome is Outcome.BLIND


def test_an_acceptance_that_matches_nothing_is_a_finding() -> None:
    (finding,) = unused([OLD, LEDGER], [BLIND.key])
    assert finding.key == "acceptance-unused acceptance of index-extra index public.old"
