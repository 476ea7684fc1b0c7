r"""What psql reads otherwise than the server: variables such as `:name`, and the arguments of its commands.

Source: PostgreSQL, src/fe_utils/psqlscan.l, src/bin/psql/psqlscanslash.l, src/bin/psql/variables.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from pgassay.migrations.tokens import Place

_LETTER = r"[^\x00-/:-@\[-^`{-\x7f]"  # also digits, and whatever is not ASCII
VARIABLE = (
    rf""":(?P<name>{_LETTER}+)|:'(?P<literal>{_LETTER}+)'|:"(?P<identifier>{_LETTER}+)"|:\{{\?(?P<test>{_LETTER}+)\}}"""
)
NAME = re.compile(rf"{_LETTER}+")

_FORMS = ("name", "literal", "identifier", "test")
_WORD = re.compile(
    r"""(?P<blank>[ \t\f\v\r]+)|'(?P<quoted>(?:[^'\\\n]|''|\\.)*)'|(?P<kept>"[^"\n]*")|"""
    rf"""{VARIABLE}|(?P<plain>[^\s\\`'"])"""
)
_ESCAPE = re.compile(r"''|\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|(?P<char>.))")
_CONTROL = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Words:
    """The arguments of a command, and the offset behind them."""

    found: tuple[str, ...]
    end: int


def variable_of(match: re.Match[str]) -> str | None:
    """Return the variable that a match of `VARIABLE` names; None: it is of something else."""
    return next((match[form] for form in _FORMS if match[form] is not None), None)


def expanded(match: re.Match[str], variables: Mapping[str, str]) -> str | None:
    """Return what a match of `VARIABLE` stands for; None where the variable is not set."""
    if match["test"] is not None:
        return "TRUE" if match["test"] in variables else "FALSE"
    value = variables.get(variable_of(match) or "")
    if value is None or match["name"] is not None:
        return value
    return (sql.Identifier(value) if match["identifier"] is not None else sql.Literal(value)).as_string(None)


def read_words(text: str, at: int, variables: Mapping[str, str], place: Place) -> Words:
    r"""Read the arguments of a command: up to the end of the line, or to a backslash, which begins another one.

    Raises:
        MigrationError: A quote has no end, or a program of the shell is to be asked.
    """
    found, word = [], ""
    inside = False
    while at < len(text) and text[at] not in "\n\\":
        match = _WORD.match(text, at)
        if match is None:
            what = "runs a program of the shell" if text[at] == "`" else "begins a quote that has no end"
            raise place.error(f"{text[at]} {what}", text=text, at=at, hint="write the value itself")
        if match["blank"] is None:
            word, inside = word + _piece(match, variables), True
        elif inside:
            found.append(word)
            word, inside = "", False
        at = match.end()
    return Words((*found, word) if inside else tuple(found), at + 2 if text.startswith("\\\\", at) else at)


def _piece(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["quoted"] is not None:
        return _ESCAPE.sub(_unescaped, match["quoted"])
    if variable_of(match) is not None:
        value = expanded(match, variables)
        return match.group() if value is None else value
    return match.group()


def _unescaped(match: re.Match[str]) -> str:
    if match.group() == "''":
        return "'"
    if match["char"] is not None:
        return _CONTROL.get(match["char"], match["char"])
    return chr(int(match["octal"], 8) if match["octal"] else int(match["hex"], 16))
