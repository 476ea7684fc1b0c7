"""`[[constraint]]` and `[[function]]`."""

from __future__ import annotations

import re

import pytest

from pgassay.contract.behavior import ConstraintBehavior, FunctionBehavior, Gives, Rejects
from pgassay.errors import ContractError
from tests.contract.conftest import Load

CONSTRAINT = '[[constraint]]\nname = "n"\ntable = "t"\nconstraint = "c"\n'
FUNCTION = '[[function]]\nname = "n"\nfunction = "f(int)"\n'


def test_a_constraint_whole(load: Load) -> None:
    text = f'{CONSTRAINT}given = "SELECT 1; COMMIT"\naccepts = "SELECT 2"\nrejects = ["SELECT 3", "SELECT 4"]'
    assert load({"behavior.toml": text}).behavior.constraints == (
        ConstraintBehavior(
            name="n",
            table="t",
            constraint="c",
            given="SELECT 1; COMMIT",
            accepts=("SELECT 2",),
            rejects=("SELECT 3", "SELECT 4"),
        ),
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("arguments = []", {"arguments": ()}),
        ('arguments = [1, true, "x"]\nstrict = true', {"arguments": ("1", "true", "x"), "strict": True}),
        ('call = "SELECT 1"\ngives = 1', {"call": "SELECT 1", "expect": Gives(rows=("1",))}),
        ('arguments = []\ngives = ["a", 2]', {"arguments": (), "expect": Gives(rows=("a", "2"))}),
        ('arguments = []\nraises = "22023"', {"arguments": (), "expect": Rejects(sqlstate="22023")}),
        ("check = true", {"check": True}),
    ],
)
def test_functions(load: Load, said: str, meant: dict[str, object]) -> None:
    (entry,) = load({"behavior.toml": FUNCTION + said}).behavior.functions
    assert entry == FunctionBehavior(name="n", function="f(int)", **meant)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (CONSTRAINT, 'line 1: [[constraint]] number 1 "n": "accepts" or "rejects" must say what is tried'),
        (CONSTRAINT + 'reject = "x"', 'line 5: [[constraint]] number 1 "n": unknown key "reject"'),
        (CONSTRAINT + 'accepts = "COMMIT"', '"accepts", line 1: COMMIT in what runs as one transaction'),
        (CONSTRAINT + 'rejects = ["-- nothing"]', '"rejects" holds no statement'),
        (CONSTRAINT.replace('constraint = "c"', ""), '"constraint" is missing'),
        (f'{CONSTRAINT}accepts = "SELECT"\n{FUNCTION}check = true', 'line 6: [[function]] number 1 "n": another entry'),
        (FUNCTION, 'line 1: [[function]] number 1 "n": one of "arguments", "call" and "check" must be there'),
        (FUNCTION + 'arguments = []\ncall = "SELECT 1"', 'line 5: [[function]] number 1 "n": "arguments" and "call"'),
        (FUNCTION + 'arguments = []\ngives = 1\nraises = "22023"', '"gives" and "raises" exclude one another'),
        (FUNCTION + "check = true\ngives = 1", '"gives" needs "arguments" or "call"'),
        (FUNCTION + "arguments = []\nstrict = true", '"strict" needs "arguments", one of which can be null'),
        (FUNCTION + "arguments = 1", '"arguments" must be a list, not 1'),
        (FUNCTION + "arguments = [{}]", '"arguments" must be a text, a number, a truth value or a time, not {}'),
        (FUNCTION + 'call = "ROLLBACK"', '"call", line 1: ROLLBACK in what runs as one transaction'),
        (FUNCTION + 'arguments = []\nraises = { sqlstate = "22023", at = "commit" }', '"at" is said of a change'),
        (FUNCTION + "argument = []", 'did you mean "arguments"?'),
    ],
)
def test_what_means_nothing_is_refused(load: Load, text: str, problem: str) -> None:
    with pytest.raises(ContractError, match=re.escape(problem)):
        load({"behavior.toml": text})
