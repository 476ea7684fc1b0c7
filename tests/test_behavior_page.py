"""What docs/behavior.md says of its schema holds, and names every key that there is."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import psycopg
import pytest

from pgassay.behaviors.entries import AnyEntry, try_entry
from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import Behavior, load_behavior
from pgassay.contract.behavior.constraints import CONSTRAINT_KEYS
from pgassay.contract.behavior.functions import FUNCTION_KEYS
from pgassay.contract.behavior.triggers import TRIGGER_KEYS
from pgassay.sandbox.database import ScratchDatabase
from pgassay.servers.server import Server

PAGE = (Path(__file__).parents[1] / "docs/behavior.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SCHEMA,) = (text for language, text in BLOCKS if language == "sql")
ENTRIES = "".join(text for language, text in BLOCKS if language == "toml")
NAMES = re.findall('^name = "(.*)"$', ENTRIES, re.MULTILINE)


@pytest.fixture
def behavior(tmp_path: Path) -> Behavior:
    path = tmp_path / "behavior.toml"
    path.write_text(ENTRIES, encoding="utf-8")
    return load_behavior(path)


@pytest.mark.parametrize("name", NAMES)
def test_each_entry_holds(any_database: Conninfo, behavior: Behavior, name: str) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    connect = partial(psycopg.connect, any_database.dsn)
    entries: list[AnyEntry] = [*behavior.triggers, *behavior.constraints, *behavior.functions]
    (entry,) = (entry for entry in entries if entry.name == name)
    assert try_entry(entry, connect, superuser=connect) == ()


def test_the_python_of_the_page(server: Server, database: Conninfo) -> None:
    (code,) = (text for language, text in BLOCKS if language == "python")
    said: dict[str, object] = {}
    exec(code, said)
    with ScratchDatabase(server, database.get("dbname"), login=database) as db:
        with db.connect() as connection:
            connection.execute(SCHEMA.encode())
        said["test_users"](db)  # type: ignore[operator]


@pytest.mark.parametrize("key", sorted({*TRIGGER_KEYS, *CONSTRAINT_KEYS, *FUNCTION_KEYS}))
def test_every_key_is_on_the_page(key: str) -> None:
    assert re.search(rf"`?\b{key}\b( =|`)", PAGE)
