"""Every column of every table in pg_catalog is read, or excused with a reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files

from pgassay.catalog.kinds import KINDS
from pgassay.servers.server import Server
from tests.conftest import MAJORS

COLUMNS = """
    SELECT c.relname, a.attname
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""


def excuses() -> Mapping[str, str]:
    text = files("pgassay.catalog").joinpath("completeness.toml").read_text()
    sections = tomllib.loads(text).values()
    return {name: reason for section in sections for name, reason in section.items()}


def words(major: int) -> frozenset[str]:
    """Every word in the queries of all kinds: names of columns are unique over the catalogs, but for a few like oid."""
    statements = [kind.statement(major).as_string(None) for kind in KINDS]
    statements += [kind.deparse.query.as_string(None) for kind in KINDS if kind.deparse]
    return frozenset(re.findall(r"\w+", " ".join(statements)))


def columns(server: Server) -> set[tuple[str, str]]:
    with server.connect() as connection:
        return set(connection.execute(COLUMNS).fetchall())


def test_every_column_is_read_or_excused(any_server: Server) -> None:
    read, excused = words(any_server.major), excuses()
    missing = {
        f"{table}.{column}"
        for table, column in columns(any_server)
        if not (table in read and column in read) and not {table, f"{table}.{column}"} & excused.keys()
    }

    assert missing == set()


def test_no_excuse_is_stale(servers: Callable[[int], Server]) -> None:
    """Judged for what the tested majors have; with all of them (`tox -e nightly`) each excuse is about something."""
    there, unread = set[str](), set[str]()
    for major in MAJORS:
        read = words(major)
        for table, column in columns(servers(major)):
            there |= {table, f"{table}.{column}"}
            if table not in read:
                unread.add(table)
            elif column not in read:
                unread.add(f"{table}.{column}")
    assert (excuses().keys() & there) - unread == set()
    assert len(MAJORS) < 5 or excuses().keys() <= there


def test_every_excuse_has_a_reason() -> None:
    assert all(excuses().values())


def test_no_query_holds_a_comment() -> None:
    """`permissions.needed` looks for catalogs in it, and takes what stands between two quotes for a constant."""
    statements = [kind.statement(major).as_string(None) for kind in KINDS for major in (14, 18)]
    statements += [kind.deparse.query.as_string(None) for kind in KINDS if kind.deparse]

    assert [text for text in statements if "--" in text or "/*" in text] == []
