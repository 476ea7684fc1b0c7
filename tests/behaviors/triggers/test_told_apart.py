"""For each kind of behaviour: one that does its job, and those that do not, by the messages that a user reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.behaviors.conftest import Try
from tests.behaviors.triggers.broken import KINDS, Kind

pytestmark = pytest.mark.thorough
MESSAGES = json.loads(Path(__file__).with_name("messages.json").read_text(encoding="utf-8"))
"""Kind -> what is wrong -> what is read."""

BROKEN = [(kind, how) for kind, made in KINDS.items() for how in made.broken]


def read(try_on: Try, kind: Kind, schema: str) -> list[str]:
    findings = try_on(schema, kind.expect, **kind.entry)
    return [f"{f.rule}: expected {f.expected}; found {f.found}; mend: {f.mend}" for f in findings]


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_does_its_job(try_on: Try, kind: str) -> None:
    assert read(try_on, KINDS[kind], KINDS[kind].good) == []


@pytest.mark.parametrize(("kind", "how"), BROKEN)
def test_one_that_does_not(try_on: Try, kind: str, how: str) -> None:
    assert read(try_on, KINDS[kind], KINDS[kind].broken[how]) == MESSAGES[kind][how]


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_are_told_alike(kind: str) -> None:
    told = {how: tuple(lines) for how, lines in MESSAGES[kind].items()}
    assert set(told) == set(KINDS[kind].broken)
    assert len(set(told.values())) == len(told) >= 4
