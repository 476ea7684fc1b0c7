"""What pg_dump says of a database, cut into statements that can be compared."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from pgassay.conninfo import Conninfo
from pgassay.migrations.split import split
from pgassay.migrations.tokens import Kind, tokens
from pgassay.servers.binaries import Binaries
from pgassay.servers.environment import without_libpq
from tests.conftest import LOCAL

Statements = Counter[str]

# Said once, and in force for what follows: each statement that they are about carries them here.
_STATE = re.compile(r"SET (SESSION AUTHORIZATION|default_tablespace|default_table_access_method)\b(.*);", re.DOTALL)
_TAKES = {
    "SESSION AUTHORIZATION": ("GRANT", "REVOKE"),
    "default_tablespace": (
        "CREATE TABLE",
        "CREATE UNLOGGED TABLE",
        "CREATE MATERIALIZED",
        "CREATE INDEX",
        "ALTER TABLE",
    ),
    "default_table_access_method": ("CREATE TABLE", "CREATE UNLOGGED TABLE", "CREATE MATERIALIZED"),
}
_OPENS_A_LIST = frozenset({"with", "set", "options"})


def programs(major: int, *, restore: bool = False) -> Binaries:
    """The machine's own installation that dumps a server of this major; without one, a skip says so.

    Args:
        major: The server's.
        restore: Whether it has to be of that very major: what a newer one writes an older server may not understand.
    """
    for binaries in LOCAL.values():
        fits = binaries.major == major or (binaries.major > major and not restore)
        if fits and binaries.program("pg_dump").is_file() and binaries.program("psql").is_file():
            return binaries
    newer, there = "" if restore else " or newer", ", ".join(map(str, LOCAL)) or "none"
    pytest.skip(f"no pg_dump of PostgreSQL {major}{newer} (this machine's own installations: {there})")


def dump(binaries: Binaries, database: Conninfo) -> str:
    """Return what `pg_dump --schema-only` writes."""
    return _run(binaries, "pg_dump", database, "--schema-only")


def restore(binaries: Binaries, text: str, database: Conninfo) -> list[str]:
    """Execute a dump with psql, and return the errors."""
    said = _run(binaries, "psql", database, "--no-psqlrc", "--quiet", "--output=/dev/null", text=text)
    return [line for line in said.splitlines() if line.startswith("ERROR")]


def _run(binaries: Binaries, program: str, database: Conninfo, *arguments: str, text: str = "") -> str:
    where = {f"PG{name.upper()}": database.get(name) for name in ("host", "port", "user")}
    done = subprocess.run(
        [str(binaries.program(program)), *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        env=without_libpq(PGDATABASE=database.get("dbname"), PGCLIENTENCODING="UTF8", **where),
        timeout=120,
        check=True,
    )
    return done.stderr if program == "psql" else done.stdout


def statements(text: str) -> Statements:
    """Cut a dump into statements, without comments, in an order of no account, each in one manner of writing."""
    return Counter(map(_in_one_manner, _with_state(s.sql for s in split(text, restrict=True))))


def _with_state(found: Iterable[str]) -> Iterator[str]:
    state: dict[str, str] = {}
    for statement in found:
        if match := _STATE.fullmatch(statement):
            state[match[1]] = match[2]
        elif statement.startswith("RESET SESSION AUTHORIZATION"):
            state.pop("SESSION AUTHORIZATION", None)
        else:
            held = (f"{name}{value}: " for name, value in state.items() if statement.startswith(_TAKES[name]))
            yield "".join(held) + statement


def _in_one_manner(statement: str) -> str:
    """Sort what is a set: options between parentheses, and the settings of a function."""
    if statement.startswith(("CREATE FUNCTION", "CREATE PROCEDURE")):
        return _with_sorted_settings(statement)
    pieces = [statement[token.start : token.end] for token in tokens(statement) if token.kind is not Kind.SPACE]
    return " ".join(_with_sorted_lists(pieces, all_lists=pieces[:3] == ["CREATE", "TEXT", "SEARCH"]))


def _with_sorted_settings(statement: str) -> str:
    lines = statement.split("\n")
    places = [n for n, line in enumerate(lines) if line.startswith("    SET ")]
    for n, line in zip(places, sorted(lines[n] for n in places), strict=True):
        lines[n] = line
    return "\n".join(lines)


def _with_sorted_lists(pieces: list[str], *, all_lists: bool) -> Iterator[str]:
    at = 0
    while at < len(pieces):
        yield pieces[at]
        opens = at + 1 < len(pieces) and pieces[at + 1] == "("
        at += 1
        if opens and (all_lists or pieces[at - 1].lower() in _OPENS_A_LIST):
            end = _closing(pieces, at)
            yield f"({', '.join(sorted(_items(pieces[at + 1 : end])))})"
            at = end + 1


def _closing(pieces: list[str], at: int) -> int:
    depth = 0
    for end in range(at, len(pieces)):
        depth += {"(": 1, ")": -1}.get(pieces[end], 0)
        if depth == 0:
            return end
    raise AssertionError(f"a list is never closed: {pieces}")


def _items(pieces: list[str]) -> list[str]:
    """Cut at the commas; the tokenizer keeps a comma with the digits before it."""
    return [item.strip() for item in re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", " ".join(pieces))]
