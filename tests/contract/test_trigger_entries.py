"""What `[[trigger]]` may expect, beside what test_behavior.py covers."""

from __future__ import annotations

import re

import pytest

from pgassay.contract.behavior import AppendOnly, Counts, Fills, Keeps, Notifies, Rejects, SoftDeletes, Touches
from pgassay.errors import ContractError
from tests.contract.conftest import Load

ENTRY = '[[trigger]]\nname = "n"\ntable = "t"\ntrigger = "tr"\n'
CHANGE = 'change = "UPDATE t SET x = 1"\n'
COUNTS = 'counts = { table = "p", column = "c", where = "t.p = p.id" }\n'


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (f'{CHANGE}touches = "x"\nnot_on_noop = true', Touches(columns=("x",), noop=True)),
        (f'{CHANGE}keeps = ["x", "y"]', Keeps(columns=("x", "y"))),
        (f'{CHANGE}rejects = {{ constraint = "c", at = "commit" }}', Rejects(constraint="c", at="commit")),
        (f"{CHANGE}{COUNTS}", Counts(table="p", column="c", where="t.p = p.id")),
        (
            f'{CHANGE}{COUNTS.replace(" }", ", tries = [] }")}then = ["DELETE FROM t", "SELECT 1"]',
            Counts(table="p", column="c", where="t.p = p.id", then=("DELETE FROM t", "SELECT 1"), tries=()),
        ),
        (f'{CHANGE}notifies = "jobs"', Notifies(channel="jobs")),
        (f'{CHANGE}notifies = {{ channel = "j", payload = 1 }}', Notifies(channel="j", payload="1")),
        (
            f'{CHANGE}notifies = {{ channel = "j", json = {{ a = 1 }}, count = 2 }}',
            Notifies(channel="j", json={"a": 1}, count=2),
        ),
        (f'{CHANGE}fills = {{ a = 1, b = {{ sql = "x" }} }}', Fills(values={"a": "1"}, expressions={"b": "x"})),
        ("append_only = true", AppendOnly()),
        ('soft_deletes = "gone"', SoftDeletes(column="gone")),
    ],
)
def test_expectations(load: Load, said: str, meant: object) -> None:
    (entry,) = load({"behavior.toml": ENTRY + said}).behavior.triggers
    assert entry.expect == meant


def test_what_goes_with_each(load: Load) -> None:
    text = f'{ENTRY}{CHANGE}keeps = "x"\nafter = "a"\nreplica = "fires"'
    (entry,) = load({"behavior.toml": text}).behavior.triggers
    assert (entry.after, entry.replica) == (("a",), "fires")
    assert entry.where("replica").endswith('behavior.toml", line 8')


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (f"{CHANGE}keeps = []", 'line 6: [[trigger]] number 1 "n": "keeps" names no column'),
        (
            f'{CHANGE}keeps = "x"\nnot_on_noop = true',
            'line 7: [[trigger]] number 1 "n": "not_on_noop" belongs to "touches" alone',
        ),
        (f'{CHANGE}keeps = "x"\nthen = "SELECT 1"', '"then" belongs to "counts" alone'),
        (f'{CHANGE}touches = "x"\nnot_on_noop = 1', '"not_on_noop" must be true or false, not 1'),
        (f'{CHANGE}rejects = {{ constraint = "c", at = "end" }}', '"at" must be one of statement, commit, not "end"'),
        (f'{CHANGE}keeps = "x"\nreplica = "yes"', '"replica" must be one of fires, rests, not "yes"'),
        (f'{CHANGE}notifies = "j"\nreplica = "rests"', '"replica" cannot be told beside "notifies"'),
        (f'{CHANGE}notifies = {{ channel = "j", payload = "a", json = {{ a = 1 }} }}', "say the same thing twice"),
        (f"{CHANGE}notifies = {{ payload = 'a' }}", '[notifies]: "channel" is missing'),
        (f"{CHANGE}fills = {{}}", "[fills]: no column is named"),
        (f"{CHANGE}fills = {{ a = {{ sq = 'x' }} }}", 'unknown key "sq"\nhint: known keys: sql; did you mean "sql"?'),
        (f"{CHANGE}{COUNTS.replace('where', 'when')}", '"when"\nhint: known keys: table, column, where, tries'),
        (
            CHANGE + COUNTS.replace(" }", ', tries = ["insert"] }'),
            '"tries" may hold delete and truncate, not "insert"',
        ),
        (f'{CHANGE}{COUNTS}then = ["COMMIT"]', 'line 7: [[trigger]] number 1 "n": "then", line 1: COMMIT in what runs'),
        ("append_only = false", '"append_only" can only be true'),
        ('touches = "x"', '"change" is missing'),
    ],
)
def test_what_means_nothing_is_refused(load: Load, said: str, problem: str) -> None:
    with pytest.raises(ContractError, match=re.escape(problem)):
        load({"behavior.toml": ENTRY + said})


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (f'{CHANGE}keeps = "x"\nafter = "a"', '"after" is about one trigger, and "trigger" names none'),
        (f'{CHANGE}keeps = "x"\nreplica = "rests"', '"replica" is about one trigger, and "trigger" names none'),
        (f'{CHANGE}soft_deletes = "x"', 'which rows "change" deletes is told only by trying it without the "trigger"'),
    ],
)
def test_what_needs_a_trigger(load: Load, said: str, problem: str) -> None:
    with pytest.raises(ContractError, match=re.escape(problem)):
        load({"behavior.toml": ENTRY.replace('trigger = "tr"\n', "") + said})
