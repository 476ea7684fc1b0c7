"""Connection strings: parse, combine, and never show a password.

psycopg is imported inside the functions: an option's value is wrapped in a `Conninfo` in every pytest run, and a run
that needs no database must not load the driver.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property
from urllib.parse import quote, urlencode

from pgassay.errors import UsageError

# Patterns are compiled when they are used, which in most runs of pytest they are not.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"  # at the beginning: a password may hold the like
_DRIVER = r"^postgres(ql)?\+\w+://"
_URL_SCHEMES = ("postgresql://", "postgres://")
_ANOTHER_URL = r"postgres(?:ql)?(?:\+\w+)?://"
_ANOTHER = rf",\s*{_ANOTHER_URL}"  # libpq takes a second URL for a part of the database's name
_BEFORE_ANOTHER = rf",\s*(?={_ANOTHER_URL})"
# What a person may have typed: user:password@host, with or without a scheme, and password=... among words.
_WRITTEN = r"(?i)(:)(?!//)\S*(@)|(password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&]+)()"
_SECRET_KEYS = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})

# Every parameter through which libpq's environment, or the service file that PGSERVICE names, could lead a connection
# to a server of ours astray, with the value that means "nothing". An explicit value wins over the environment, an
# absent one does not (psycopg 3.3, libpq 15 and 18).
NEUTRAL: Mapping[str, str] = {
    "hostaddr": "",
    "options": " ",
    "target_session_attrs": "any",
    "sslmode": "disable",
    "sslcertmode": "disable",
    "sslrootcert": "",  # "system" is refused without encryption
    "sslnegotiation": "postgres",  # so is "direct"
    "gssencmode": "disable",
    "channel_binding": "disable",
    "require_auth": "none,scram-sha-256",  # the two that our servers use; empty would be a requirement of its own
    "requirepeer": "",
    "passfile": "/nonexistent/pgpass",  # "" would mean the user's own, and /dev/null warns
    "client_encoding": "UTF8",
    "load_balance_hosts": "disable",
    "replication": "false",
    "min_protocol_version": "3.0",
    "max_protocol_version": "3.0",
}


@cache
def known_parameters() -> frozenset[str]:
    """Return the parameters that this libpq knows: it refuses the others, and Debian's may be years older."""
    from psycopg import pq

    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def neutral_parameters() -> Mapping[str, str]:
    """Return those of `NEUTRAL` that this libpq knows."""
    return {name: value for name, value in NEUTRAL.items() if name in known_parameters()}


def without_driver(url: str) -> str:
    """Return a URL without the driver that SQLAlchemy's URLs name: it is none of libpq's business.

    >>> without_driver("postgresql+asyncpg://host/db")
    'postgresql://host/db'
    """
    return re.sub(_DRIVER, "postgresql://", url)


def split_urls(text: str) -> list[str]:
    """Return the URLs of a text: what a comma separates, where another URL begins behind it.

    >>> split_urls("postgresql://a,b/x, postgres://c/y")
    ['postgresql://a,b/x', 'postgres://c/y']
    """
    return re.split(_BEFORE_ANOTHER, text)


def hide_secrets(said: str, *typed: str) -> str:
    """Return `said` without what looks like a password in the words that a person typed.

    A URL may stand where none belongs, or be no URL at all, and errors repeat the word that they are about.

    >>> hide_secrets("what is me:s3cret@host?", "me:s3cret@host")
    'what is me:***@host?'
    """
    for word in typed:
        for found in re.finditer(_WRITTEN, word):
            said = said.replace(found.group(), found.expand(r"\1\3***\2"))
    return said


class Conninfo:
    """A connection string whose `repr` and `str` hide the password.

    Args:
        text: A URL (`postgresql://user@host/db`) or libpq's `key=value` words.

    It is parsed on first use, by libpq's own parser.
    """

    def __init__(self, text: str) -> None:
        self._text: str | None = text

    @classmethod
    def of(cls, **parameters: str | int | None) -> Conninfo:
        """Make one from libpq parameters; those that are None are left out."""
        made = cls("")
        # Its text is made when somebody asks for it, which takes libpq longer than all the rest.
        made._text = None
        made.parameters = {k: str(v) for k, v in parameters.items() if v is not None}
        return made

    @property
    def text(self) -> str:
        """The text as it was written, secrets included: for connecting, never for showing."""
        return self.dsn if self._text is None else self._text

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The libpq parameters, secrets included: for connecting, never for showing.

        Raises:
            UsageError: The text is not a connection string. The text itself is not repeated.
        """
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        scheme = re.match(_SCHEME, self.text)
        if scheme and not self.text.startswith(_URL_SCHEMES):
            raise UsageError(
                f'"{scheme.group()}" is not a PostgreSQL URL',
                hint="write postgresql://user@host:5432/database",
            )
        if scheme and re.search(_ANOTHER, self.text):
            raise UsageError(
                "more than one connection string is given",
                hint="give one; a comma in a password is written %2C",
            )
        try:
            return {k: str(v) for k, v in conninfo_to_dict(self.text).items() if v is not None}
        except (ProgrammingError, ValueError):  # ValueError: bytes of the command line that are no text
            # libpq's message may repeat the text, and with it a password; so nothing of it is shown or chained.
            raise UsageError(
                "the connection string cannot be parsed",
                hint="write postgresql://user@host:5432/database; "
                "percent-encode special characters in names and passwords",
            ) from None

    def get(self, name: str, default: str = "") -> str:
        """Return one libpq parameter, such as `host`."""
        return self.parameters.get(name, default)

    def with_(self, **parameters: str | int | None) -> Conninfo:
        """Return a copy with some parameters replaced; None takes one out."""
        merged: dict[str, str | int | None] = {**self.parameters, **parameters}
        return Conninfo.of(**merged)

    @cached_property
    def dsn(self) -> str:
        """The `key=value` form, secrets included: for connecting, never for showing."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo("", **self.parameters)

    @property
    def url(self) -> str:
        """The URL form `postgresql://user@host:port/db` (`?host=/dir` for a socket), secrets included.

        psycopg, asyncpg and SQLAlchemy all read the form that names a socket's directory in the query part.
        """
        rest = dict(self.parameters)
        host, port = rest.pop("host", ""), rest.pop("port", "")
        user, password = rest.pop("user", ""), rest.pop("password", "")
        dbname = rest.pop("dbname", "")
        if host.startswith(("/", "@")) or "," in host:
            rest = {"host": host, **({"port": port} if port else {}), **rest}
            host = port = ""
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        place = (f"[{host}]" if ":" in host else quote(host, safe="")) + (f":{port}" if port else "")
        query = f"?{urlencode(rest, safe='/', quote_via=quote)}" if rest else ""
        return f"postgresql://{login}{'@' if login else ''}{place}/{quote(dbname, safe='')}{query}"

    @property
    def portable(self) -> Conninfo:
        """Only what other drivers know: without the timeout, and without what stands there to say nothing.

        asyncpg hands a parameter that it does not know to the server, which refuses it.
        """
        neutral = {"connect_timeout": self.get("connect_timeout"), **NEUTRAL}
        return Conninfo.of(**{k: v for k, v in self.parameters.items() if neutral.get(k) != v})

    @property
    def redacted(self) -> str:
        """The part that may be shown: `user@host:port/database`."""
        try:
            get = self.get
            user = f"{get('user')}@" if get("user") else ""
            port = f":{get('port')}" if get("port") else ""
            return f"{user}{get('host') or get('hostaddr') or 'localhost'}{port}/{get('dbname')}"
        except UsageError:
            return "(unreadable connection string)"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no text of ours may contain."""
        return tuple(v for k, v in self.parameters.items() if k in _SECRET_KEYS and v)

    def without_secrets(self) -> Conninfo:
        """Return a copy without passwords, which may be shown and kept in a file."""
        return self.with_(**dict.fromkeys(_SECRET_KEYS))

    def redact(self, text: str) -> str:
        """Return `text` with every secret of this connection string replaced by ***."""
        for secret in self.secrets:
            text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return text

    def __str__(self) -> str:
        return self.redacted

    def __repr__(self) -> str:
        return f"<Conninfo {self.redacted}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Conninfo):
            return False
        same_text = self._text is not None and self._text == other._text
        return same_text or self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash(frozenset(self.parameters.items()))
