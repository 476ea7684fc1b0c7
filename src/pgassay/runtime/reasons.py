"""Why a database cannot be reached: libpq gives words only, and they name hosts; this names the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a connection was not made.

    Attributes:
        public: What may be shown to anybody: no host, no name.
        hint: What to do.
        sqlstate: The code that the server gave, and libpq keeps to itself; None: there was no server.
        passing: Whether it goes away by itself within seconds.
    """

    public: str
    hint: str
    sqlstate: str | None = None
    passing: bool = False


_REFUSED, _LOGIN_HINT = "the login was refused", "look at user and password"
# PostgreSQL's and libpq's own words, in English: a server with other lc_messages is told as "cannot connect".
_KNOWN: tuple[tuple[str, Reason], ...] = (
    (
        "starting up|not yet accepting connections|not accepting connections|in recovery mode",
        Reason("the server is starting up", "wait a moment", "57P03", passing=True),
    ),
    (
        "shutting down",
        Reason("the server is shutting down", "wait until it is back", "57P03"),
    ),
    (
        "too many clients|too many connections|connection slots are reserved",
        Reason("too many connections", "raise max_connections, lower max_size, or use a pooler", "53300"),
    ),
    ("password authentication failed|no password supplied", Reason(_REFUSED, _LOGIN_HINT, "28P01")),
    (r'role "[^\n]*" (?:does not exist|is not permitted to log in)', Reason(_REFUSED, _LOGIN_HINT, "28000")),
    (
        # It says so whether or not there is an entry for TLS.
        "no pg_hba.conf entry.*(?:no encryption|SSL off)",
        Reason(
            "the server lets nobody in from here without TLS",
            "add sslmode=require (better: verify-full) to the URL, or look at its pg_hba.conf",
            "28000",
        ),
    ),
    (
        "no pg_hba.conf entry",
        Reason("the server lets nobody in from here", "look at its pg_hba.conf", "28000"),
    ),
    (
        "does not support SSL",
        Reason("the server has no TLS", "the URL or PGSSLMODE demands it: let the server offer it"),
    ),
    (
        r'database "[^\n]*" does not exist',
        Reason("there is no such database", "look at the last part of the URL", "3D000"),
    ),
    (
        "timeout expired|timed out",
        Reason("no answer in time", "look whether the server runs, and whether it can be reached"),
    ),
    (
        "Connection refused|No such file or directory",
        Reason("nobody listens there", "look whether the server runs, and at host and port"),
    ),
    (
        "could not translate host name|resolve host|Name or service",
        Reason("the host is not known", "look at the host of the URL"),
    ),
)
UNKNOWN = Reason("cannot connect", "look at the URL, and whether the server runs")


def reason_of(said: str) -> Reason:
    """Return what libpq's words mean."""
    return next((reason for words, reason in _KNOWN if re.search(words, said, re.IGNORECASE)), UNKNOWN)
