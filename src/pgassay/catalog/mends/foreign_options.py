"""Options of foreign data in statements; for a value that is hidden there is advice instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pgassay.catalog.hiding import HIDDEN
from pgassay.catalog.mends.context import Statements
from pgassay.catalog.sqltext import literal, quote_name, sentence


def given(options: Mapping[str, str]) -> str:
    """Return OPTIONS as CREATE wants them, with a space before; empty where no value is known."""
    return _options(f"{quote_name(name)} {literal(value)}" for name, value in _known(options))


def _known(options: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in sorted(options.items()) if value != HIDDEN]


def _options(words: Iterator[str]) -> str:
    text = ", ".join(words)
    return f" OPTIONS ({text})" if text else ""


def advice(start: str, options: Mapping[str, str]) -> Statements:
    """Say which options have to be given by hand.

    Args:
        start: What the statement begins with, such as `ALTER SERVER far`.
        options: Those that were asked for; the others have been given.
    """
    return [
        sentence(f"{start} OPTIONS (ADD {quote_name(name)} '...'): the value is not known here")
        for name, value in sorted(options.items())
        if value == HIDDEN
    ]


def change(start: str, *, missing: Mapping[str, str], extra: Mapping[str, str]) -> Statements:
    """Return the statement that brings options to what is expected.

    Args:
        start: What the statement begins with, such as `ALTER SERVER far`.
        missing: Expected options that are not there, or have another value.
        extra: Those that are there and not expected, or have another value.
    """
    hidden = {name for name, value in missing.items() if value == HIDDEN}
    dropped = sorted((extra.keys() - missing.keys()) | (extra.keys() & hidden))
    words = [f"DROP {quote_name(name)}" for name in dropped]
    words += [
        f"{'SET' if name in extra else 'ADD'} {quote_name(name)} {literal(value)}" for name, value in _known(missing)
    ]
    statement = _options(iter(words))
    return [*([f"{start}{statement};"] if statement else []), *advice(start, missing)]
