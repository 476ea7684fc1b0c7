"""The targets that were named: one database, or several that each have a name, `NAME=URL`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.settings.parse import ValueRefusedError, database, postgresql

# libpq's words, of every version: what begins with one of them is a connection string, on every machine alike.
_KEYWORDS = """
    application_name authtype channel_binding client_encoding connect_timeout dbname fallback_application_name
    gssdelegation gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval
    krbsrvname load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret
    oauth_issuer oauth_scope options passfile password port replication require_auth requirepeer requiressl
    scram_client_key scram_server_key service servicefile ssl_max_protocol_version ssl_min_protocol_version sslcert
    sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslpassword sslrootcert
    sslsni target_session_attrs tcp_user_timeout tty user
"""
KEYWORDS = frozenset(re.findall(r"\w+", _KEYWORDS))
_NAMED = re.compile(r"(?P<name>\w[\w.-]*)\s*=\s*(?P<rest>\S.*)", re.DOTALL)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WORD = re.compile(r"\w+\s*=")
_NAME_EACH = "give each a name of its own: eu=postgresql://user@host:5432/database"


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """A database that is looked at.

    Attributes:
        name: What it is called; empty where nobody has named it.
        conninfo: Where it is.
    """

    name: str
    conninfo: Conninfo

    def __str__(self) -> str:
        return f"{self.name} ({self.conninfo.redacted})" if self.name else self.conninfo.redacted


def parse_target(raw: object, base: Path) -> NamedTarget:
    """Return what `NAME=URL`, `NAME=host=... dbname=...` or a connection string alone says.

    A name is letters, digits, `_`, `-` and `.`, and none of libpq's words: `host=x` is a connection string.

    Raises:
        ValueRefusedError: It is none of them, as far as that can be told without the driver.
    """
    written = database(raw, base).text
    name, rest = _split_name(written)
    try:
        return NamedTarget(name, postgresql(database(rest, base)))
    except ValueRefusedError as error:
        raise (_about(name, error) if name else error) from None


def _split_name(written: str) -> tuple[str, str]:
    found = None if _URL.match(written) else _NAMED.fullmatch(written)
    if found is None:
        return "", written
    name, rest = found["name"], found["rest"]
    if name in KEYWORDS:
        _refuse_keyword(name, rest)
        return "", written
    return (name, rest) if _URL.match(rest) or _WORD.match(rest) else ("", written)


def _refuse_keyword(name: str, rest: str) -> None:
    if re.match(r"postgres(ql)?(\+\w+)?://", rest):
        raise ValueRefusedError(f'names a database "{name}", which is one of libpq\'s words', "give it another name")


def _about(name: str, error: ValueRefusedError) -> ValueRefusedError:
    return ValueRefusedError(f'of "{name}" {error.reason}', error.hint)


def target(raw: object, base: Path) -> Conninfo | tuple[NamedTarget, ...]:
    """Return the one target that was given without a name, or those that have names."""
    given = [parse_target(one, base) for one in (raw if isinstance(raw, list | tuple) else [raw])]
    if [one.name for one in given] == [""]:
        return given[0].conninfo
    if not given or not all(one.name for one in given):
        raise ValueRefusedError(f"is given {len(given)} times, and not each has a name", _NAME_EACH)
    for reason in clashes(given):
        raise ValueRefusedError(reason, _NAME_EACH)
    return tuple(given)


def clashes(targets: Iterable[NamedTarget]) -> Iterator[str]:
    """Yield what is wrong with several targets: one name for two, or two names for one database."""
    names: set[str] = set()
    places: dict[tuple[str, ...], str] = {}
    for one in targets:
        if one.name in names:
            yield f'names two databases "{one.name}"'
        names.add(one.name)
        earlier = places.setdefault(_place(one), one.name)
        if earlier != one.name:
            yield f'names one database twice, "{earlier}" and "{one.name}"'


def _place(named: NamedTarget) -> tuple[str, ...]:
    try:
        return place_of(named.conninfo)
    except UsageError as error:
        raise ValueRefusedError(f'of "{named.name}": {error.message}', error.hint) from None


def place_of(conninfo: Conninfo) -> tuple[str, ...]:
    """Return what makes two connection strings lead to one database, whoever looks at it.

    Raises:
        UsageError: It cannot be parsed.
    """
    get = conninfo.get
    return (
        *(get(name).lower() for name in ("host", "hostaddr")),
        *(get("port") or "5432", get("dbname") or get("user"), get("service")),
    )
