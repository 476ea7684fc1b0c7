"""One small function per type of value: what a person wrote in, the value out.

Text that may hold a password is never repeated in an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from math import nan
from pathlib import Path
from typing import NoReturn

from pgassay.conninfo import Conninfo, hide_secrets, split_urls, without_driver
from pgassay.settings.relation import split_relation

MAJORS = (14, 15, 16, 17, 18)
SERVERS = ("auto", "local", "embedded", "docker")

# The raw value, and the directory that a relative path in it belongs to.
Parser = Callable[[object, Path], object]

_MOST_SECONDS = (2**31 - 1) // 1000
_EXAMPLE = "write postgresql://user@host:5432/database"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_URL_SCHEMES = ("postgresql://", "postgres://")
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class ValueRefusedError(ValueError):
    """Say what is wrong with one value; whoever knows where it stands makes a `UsageError` of it."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def text(raw: object, _base: Path) -> str | None:
    """Return a name; an empty one means that none is wanted."""
    return _string(raw).strip() or None


def relation(raw: object, base: Path) -> str | None:
    """Return the name of a relation, perhaps with its schema; an empty one means that none is wanted."""
    written = text(raw, base)
    if written is not None and split_relation(written) is None:
        _refuse(f'is "{written}", which is no name of a table', 'write name, schema.name or "schema"."name"')
    return written


def folder(raw: object, base: Path) -> Path:
    """Return an absolute path; an empty one would mean the whole project."""
    return path_or_none(raw, base) or _refuse("is empty", "name a folder")


def path_or_none(raw: object, base: Path) -> Path | None:
    """Return an absolute path; an empty text says that there is none."""
    if isinstance(raw, Path):
        return base / raw
    written = _string(raw).strip()
    return base / Path(written).expanduser() if written else None


def major(raw: object, _base: Path) -> int | None:
    """Return a PostgreSQL major version that is supported."""
    if raw == "":
        return None
    known = ", ".join(map(str, MAJORS))
    if isinstance(raw, bool) or not str(raw).strip().isdecimal():
        _refuse(f'is "{raw}", which is not a major version', f"write one of {known}")
    number = int(str(raw))
    return number if number in MAJORS else _refuse(f"is {number}, which is not supported", f"write one of {known}")


def positive(raw: object, _base: Path) -> int:
    """Return a whole number above zero."""
    if isinstance(raw, bool) or not str(raw).strip().isdecimal() or int(str(raw)) < 1:
        _refuse(f'is "{raw}"', "write a whole number, 1 or more")
    return int(str(raw))


def count(raw: object, _base: Path) -> int:
    """Return how many: 0 or more."""
    if isinstance(raw, bool) or not str(raw).strip().isdecimal():
        _refuse(f'is "{raw}", which is not a number of 0 or more', "write how many, such as 1; 0 is none")
    return int(str(raw))


def boolean(raw: object, _base: Path) -> bool:
    """Return a truth value, from TOML's own or from the words that pytest knows."""
    if isinstance(raw, bool):
        return raw
    word = _string(raw).strip().lower()
    return _BOOLEANS[word] if word in _BOOLEANS else _refuse(f'is "{raw}"', "write true or false")


def seconds(raw: object, _base: Path) -> float:
    """Return a duration in seconds; PostgreSQL keeps it as milliseconds in 31 bits."""
    try:
        number = float("" if isinstance(raw, bool) else str(raw))
    except ValueError:
        number = nan
    return number if 0 <= number <= _MOST_SECONDS else _refuse(f'is "{raw}"', "write seconds, such as 30 or 0.5")


def one_of(*choices: str) -> Callable[[object, Path], str]:
    """Return a parser that takes one of these words."""

    def parse(raw: object, _base: Path) -> str:
        word = _string(raw).strip()
        return word if word in choices else _refuse(f'is "{word}"', _one_of(word, choices))

    return parse


def _one_of(word: str, choices: Sequence[str]) -> str:
    from difflib import get_close_matches  # only where something is wrong

    near = get_close_matches(word.lower(), choices, n=1)
    meant = f'did you mean "{near[0]}"? ' if near else ""
    return f"{meant}write one of {', '.join(choices)}"


def listen(raw: object, base: Path) -> str:
    """Return `socket` or `tcp`; on Windows always `tcp`, so that one file serves a mixed team."""
    return "tcp" if os.name == "nt" else one_of("socket", "tcp")(raw, base)


def words(raw: object, _base: Path) -> tuple[str, ...]:
    """Return names, from a list or from a text with commas, spaces or line breaks between them."""
    parts = [raw] if isinstance(raw, str) else _strings(raw)
    return tuple(word for part in parts for word in part.replace(",", " ").split())


def lines(raw: object, _base: Path) -> tuple[str, ...]:
    """Return texts that may hold spaces, from a list or from a text of lines."""
    parts = raw.splitlines() if isinstance(raw, str) else _strings(raw)
    return tuple(part.strip() for part in parts if part.strip())


def mapping(raw: object, _base: Path) -> Mapping[str, str]:
    """Return a table of names."""
    if not isinstance(raw, Mapping):
        _refuse(f"is {_kind(raw)}", 'write a table: app = "app_production"')
    return {str(key): _string(value) for key, value in raw.items()}


def database(raw: object, _base: Path) -> Conninfo:
    """Return a connection string, not looked at: DATABASE_URL may be there for SQLite, and for somebody else."""
    written = raw.text if isinstance(raw, Conninfo) else _string(raw).strip()
    return Conninfo(without_driver(written))


def postgresql(conninfo: Conninfo) -> Conninfo:
    """Refuse what cannot be a PostgreSQL connection string, as far as that can be told without the driver."""
    written = conninfo.text
    if not written:
        _refuse("is empty", _EXAMPLE)
    if not written.startswith(_URL_SCHEMES) and (_SCHEME.match(written) or "=" not in written):
        _refuse("is not a PostgreSQL URL", _EXAMPLE)
    return conninfo


def server(raw: object, base: Path) -> str | Conninfo | tuple[Conninfo, ...]:
    """Return one of the ways to a scratch server, or the URL of one, or the URLs of several."""
    written = raw.text if isinstance(raw, Conninfo) else _string(raw).strip()
    if written in SERVERS:
        return written
    urls = split_urls(written)
    if len(urls) == 1:
        return _server_url(written, base)
    if words := sorted({*SERVERS} & {*urls}):
        _refuse(f'names "{words[0]}" among several servers', "several can only be URLs of marked servers")
    if len({*urls}) < len(urls):
        _refuse("names one server twice", "name each server once")
    return tuple(_server_url(url, base) for url in urls)


def _server_url(written: str, base: Path) -> Conninfo:
    url = database(written, base)
    if "," in url.text:
        _refuse(
            "names more than one server",
            "name one, or several as postgresql://one,postgresql://other; a comma in a password is written %2C",
        )
    if url.text.startswith(_URL_SCHEMES) or "=" in url.text:
        return postgresql(url)
    # Something with a colon or an at sign may be a URL without its scheme, and hold a password.
    shown = "is not one of the choices" if {":", "@"} & set(url.text) else f'is "{url.text}"'
    return _refuse(shown, f"write one of {', '.join(SERVERS)}, or postgresql://user@host:5432/database")


def _string(raw: object) -> str:
    return raw if isinstance(raw, str) else _refuse(f"is {_kind(raw)}", "write a text")


def _strings(raw: object) -> list[str]:
    if not isinstance(raw, list | tuple):
        _refuse(f"is {_kind(raw)}", 'write a list: ["one", "two"]')
    return [_string(item) for item in raw]


def _kind(raw: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(raw), f"a {type(raw).__name__}")


def _refuse(reason: str, hint: str) -> NoReturn:
    raise ValueRefusedError(hide_secrets(reason, reason), hint)
