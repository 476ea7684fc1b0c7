"""What is told: the table of figures, for people or for a README, and the machine that they come from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pgassay.servers.binaries import Binaries

HEAD = ("", "pgassay", "beside it", "limit", "")
PARTS = ("pgassay", "pytest", "pytest-postgresql", "pytest-xdist", "psycopg")


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        name: What was measured.
        ours: pgassay's figure.
        peer: What it is compared with.
        limit: What ours must be.
        ok: Whether it is; None: it is only reported.
    """

    name: str
    ours: str
    peer: str
    limit: str
    ok: bool | None = None


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def machine(binaries: Binaries, folder: Path) -> str:
    """Say what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = ", ".join(f"{name} {version(name)}" for name in PARTS)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {_system()}, {_medium(folder)}, Python {platform.python_version()}, "
        f"PostgreSQL {binaries.version} ({binaries.source}), {parts}"
    )


def show(figures: Sequence[Figure], where: str) -> None:
    table = Table(*HEAD, title=where, title_justify="left")
    for figure in figures:
        table.add_row(*_row(figure))
    Console(width=None if Console().is_terminal else 180).print(table)


def show_markdown(figures: Sequence[Figure], where: str) -> None:
    print(f"{where}.\n")
    for row in (HEAD, ("---",) * len(HEAD), *map(_row, figures)):
        print(f"| {' | '.join(row)} |")


def _row(figure: Figure) -> tuple[str, ...]:
    *words, ok = astuple(figure)
    return (*words, "" if ok is None else "pass" if ok else "FAIL")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):  # not Linux
        return platform.platform(terse=True)


def _medium(folder: Path) -> str:
    """Say where pytest-postgresql's data directory is by default: a temporary directory may well be in memory."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:  # not Linux
        return "temporary files wherever they are"
    _, kind = max((mount for mount in mounts if folder.is_relative_to(mount[0])), key=lambda mount: len(mount[0]))
    return f"temporary files on {kind}"
