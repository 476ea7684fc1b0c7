"""How a database is reached and its pool behaves, and where that was said."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from pgassay.conninfo import Conninfo, without_driver
from pgassay.errors import UsageError

DATABASE_URL = "DATABASE_URL"
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """How a database is reached and its pool behaves.

    Made with keywords, it reads nothing; `DatabaseSettings.load()` reads the environment and `.env`.

    Attributes:
        url: Where the database is; text is taken too. What it leaves out, libpq takes from PGHOST, PGUSER and so on.
        min_size: Connections that are kept open.
        max_size: Connections at most.
        max_idle: Seconds after which an unused connection above the minimum is closed.
        timeout: Seconds to wait for a connection of the pool.
        connect_timeout: Seconds to open one, where neither the URL nor PGCONNECT_TIMEOUT says otherwise.
        echo: Log each statement, and show the log where nothing else shows it. For development.
        slow: Seconds from which on a statement is logged as a warning; 0: never.
        show_parameters: Let errors and the log show parameters and what the server says about values.
    """

    url: Conninfo = Conninfo("")  # noqa: RUF009 - it is never changed
    min_size: int = 2
    max_size: int = 20
    max_idle: float = 30.0
    timeout: float = 2.0
    connect_timeout: int = 2
    echo: bool = False
    slow: float = 1.0
    show_parameters: bool = False

    def __post_init__(self) -> None:
        """Refuse what no pool could do.

        Raises:
            UsageError: A value means nothing.
        """
        if isinstance(self.url, str):
            object.__setattr__(self, "url", Conninfo(self.url))
        if not 0 <= self.min_size <= self.max_size or self.max_size < 1:
            raise UsageError(
                f"a pool of {self.min_size} to {self.max_size} connections cannot be",
                hint="min_size is 0 or more, max_size at least 1 and not less than min_size",
            )
        for name in ("max_idle", "timeout", "connect_timeout"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} must be more than 0 s, not {getattr(self, name)}")
        if not self.slow >= 0:
            raise UsageError(f"slow must be 0 s (never) or more, not {self.slow}")

    @classmethod
    def load(
        cls, *, environ: Mapping[str, str] | None = None, directory: Path | None = None, **said: Any
    ) -> DatabaseSettings:
        """Return the settings that hold: a keyword wins over the environment, that over `.env`, that over the default.

        Args:
            environ: The environment; default: this process's.
            directory: Where `.env` is looked for; default: the current directory. Its other lines are ignored.
            said: The attributes of this class.

        Raises:
            UsageError: A variable means nothing; the error names it.
        """
        environ = os.environ if environ is None else environ
        written = {**_dotenv(directory or Path.cwd()), **{name: value for name, value in environ.items() if value}}
        given = {name: value for name, value in said.items() if value is not None}
        for name, (variable, parse) in VARIABLES.items():
            if name not in given and written.get(variable):
                given[name] = _parsed(variable, parse, written[variable])
        url = given.get("url", "")
        given["url"] = _completed(Conninfo(url) if isinstance(url, str) else url, written, environ)
        return cls(**given)

    @property
    def conninfo(self) -> Conninfo:
        """The connection string, with the time that connecting may take."""
        said = self.url.get("connect_timeout") or os.environ.get("PGCONNECT_TIMEOUT", "")
        seconds = int(said) if said.isdecimal() and int(said) else self.connect_timeout
        if self.url.get("connect_timeout") == str(seconds):
            return self.url
        return self.url.with_(connect_timeout=seconds)

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some attributes replaced."""
        return replace(self, **changes)


def _number(text: str) -> float:
    return float(text.removesuffix("s").strip())


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.strip().lower()]


# Attribute -> the variable that says it, and what makes a value of its text.
VARIABLES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "url": (DATABASE_URL, lambda text: Conninfo(without_driver(text))),
    "min_size": ("PGASSAY_POOL_MIN", int),
    "max_size": ("PGASSAY_POOL_MAX", int),
    "max_idle": ("PGASSAY_POOL_IDLE", _number),
    "timeout": ("PGASSAY_TIMEOUT", _number),
    "echo": ("PGASSAY_ECHO", _boolean),
    "slow": ("PGASSAY_SLOW", _number),
    "show_parameters": ("PGASSAY_SHOW_PARAMETERS", _boolean),
}


def _parsed(variable: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except (KeyError, ValueError):
        kind = {int: "a whole number", _number: "a number of seconds", _boolean: "1 or 0"}[parse]
        raise UsageError(f'{variable} is "{text}"', hint=f"write {kind}") from None


def _dotenv(directory: Path) -> Mapping[str, str]:
    if not (directory / ".env").is_file():
        return {}
    from pgassay.settings.dotenv import read_dotenv

    return read_dotenv(directory / ".env")


def _completed(url: Conninfo, written: Mapping[str, str], environ: Mapping[str, str]) -> Conninfo:
    """Add what `.env` says in libpq's variables; those of the environment itself libpq reads."""
    only_written = {name: value for name, value in written.items() if name.startswith("PG") and not environ.get(name)}
    if not only_written:
        return url
    from psycopg import pq

    keywords = {o.envvar.decode(): o.keyword.decode() for o in pq.Conninfo.get_defaults() if o.envvar}
    said = {keywords[name]: value for name, value in only_written.items() if name in keywords}
    return url.with_(**{**said, **url.parameters}) if said else url
