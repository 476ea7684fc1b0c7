"""Moments and times of day that a CHECK's text suggests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise

from pgassay.behaviors.rows.builtin import EPOCH, TIMES
from pgassay.behaviors.rows.candidate import Candidate, constant, fresh
from pgassay.behaviors.rows.text import strings

_STEPS = tuple(timedelta(seconds=sign * seconds) for seconds in (86_400, 1) for sign in (1, -1))
_NOW = re.compile(r"\b(?:now\(\)|CURRENT_DATE|CURRENT_TIMESTAMP|LOCALTIMESTAMP|\w+_timestamp\(\))")
_DAYS_FROM_NOW = re.compile(r"CURRENT_DATE [+-] (\d{1,5})\b")
# As PostgreSQL writes an interval: "1 year 2 mons 3 days 04:05:06".
_INTERVAL = re.compile(r"(?:(-?\d+) years?)? ?(?:(-?\d+) mons?)? ?(?:(-?\d+) days?)? ?(?:(\d+):(\d\d):(\d\d)[\d.]*)?")


def moments(text: str, type_: str) -> Iterator[Candidate]:
    """Yield moments that are named, and those before, behind and between them.

    Args:
        text: Conditions.
        type_: A type of `builtin.TIMES`.
    """
    form, spans = TIMES[type_], _spans(text)
    named = sorted({moment for moment in map(_moment, strings(text)) if moment is not None})
    yield from _around(named, form)
    yield from (fresh(partial(_day, form, span)) for span in _between(spans))
    if _NOW.search(text):
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        yield from map(constant, _since(now, [sign * span for span in spans for sign in (1, -1)], form))


def times_of_day(text: str) -> Iterator[Candidate]:
    """Yield the times of day that are named, and those a little before, behind and between them."""
    named = [_on_a_day(found) for found in map(_time, strings(text)) if found is not None]
    for moment in sorted({*named, *(low + (high - low) / 2 for low, high in pairwise(sorted(set(named))))}):
        for step in (timedelta(), timedelta(minutes=1), -timedelta(minutes=1), timedelta(seconds=1)):
            yield constant(str((moment + step).time()))


def _around(named: list[datetime], form: str) -> Iterator[Candidate]:
    yield from (constant(moment.strftime(form)) for moment in named)
    for moment in named:
        yield from (fresh(partial(_moved, moment, form, step)) for step in _STEPS)
    yield from (constant((low + (high - low) / 2).strftime(form)) for low, high in pairwise(named))
    yield from (constant(_moved(moment, form, step, 1)) for moment in named for step in _STEPS)


def _since(now: datetime, spans: Iterable[timedelta], form: str) -> Iterator[str]:
    """Yield what is so far from now, and between."""
    yield _moved(now, form, timedelta(), 0)
    for span in _between(sorted({timedelta(), *spans})):
        yield _moved(now, form, span, 1)


def _between(spans: list[timedelta]) -> list[timedelta]:
    return [*spans, *(low + (high - low) / 2 for low, high in pairwise(spans))]


def _spans(text: str) -> list[timedelta]:
    found = {span for span in map(_span, strings(text)) if span}
    return sorted(found | {timedelta(days=int(days)) for days in _DAYS_FROM_NOW.findall(text)})


def _span(text: str) -> timedelta | None:
    found = _INTERVAL.fullmatch(text)
    if found is None or not text:
        return None
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(365 * years + 30 * months + days, seconds, minutes=minutes, hours=hours)


def _day(form: str, span: timedelta, n: int) -> str:
    """Return so much behind the moment that a row of this number gets otherwise."""
    return _moved(EPOCH.replace(tzinfo=None) + timedelta(days=n % 10_000), form, span, 1)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if ":" in text else None
    except ValueError:
        return None


def _on_a_day(found: time) -> datetime:
    return datetime.combine(date(2001, 1, 1), found)


def _moved(moment: datetime, form: str, step: timedelta, n: int) -> str:
    try:
        return (moment + step * (n % 10_000)).strftime(form)
    except OverflowError:  # Python's time ends with the year 9999
        return moment.strftime(form)
