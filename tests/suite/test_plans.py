"""Plans of the worked example, and of schemas in which indexes are missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from pgassay.findings import Outcome, Report
from pgassay.settings import Settings
from pgassay.suite.check import Needs
from pgassay.suite.context import Context
from tests.suite.conftest import EXAMPLE, ROOT, Example

pytestmark = pytest.mark.thorough

Contexts = Callable[[Settings], Context]
PLAN = """
[[plan]]
name = "inbox"
query = "SELECT * FROM messages WHERE recipient_id = $1"
uses = "messages_recipient_id_idx"
"""
MEASURED = """
[[plan]]
name = "old users"
query = "SELECT * FROM users WHERE created_at < $1"
given = "INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', 'x')"
parameters = [2026-01-01]
buffers = 1
"""
COPY = """
[[statistics]]
table = "messages"
copy = true
"""


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Settings]:
    """The worked example with another behavior.toml."""

    def write(behavior: str) -> Settings:
        copytree(ROOT / "schema", tmp_path / "schema")
        (tmp_path / "schema/behavior.toml").write_text(behavior, encoding="utf-8")
        return replace(EXAMPLE, schema=tmp_path / "schema")

    return write


def test_the_worked_example(contexts: Contexts) -> None:
    context = contexts(EXAMPLE)
    report = context.report("plans")
    assert (report.outcome, report.looked_at) == (Outcome.PASS, 1)
    idle = "messages_search_idx, oauth_tokens_expires_at_idx, users_created_at_idx, users_last_login_at_idx, "
    unused = f"no [[plan]] uses these indexes: {idle}users_subscription_tier_idx"
    assert report.notes == (re.sub(r"\b(?=\w+_idx)", "public.", unused),)
    assert context.report("foreign_key_indexes") == Report(
        title="foreign_key_indexes", looked_at=3, seconds=context.report("foreign_key_indexes").seconds
    )


def test_statistics_that_decide_nothing(contexts: Contexts, settings: Callable[[str], Settings]) -> None:
    first, *_ = contexts(settings(MEASURED + COPY)).report("plans").notes
    assert first == "no [[plan]] is planned on the [[statistics]] of these tables: public.messages"


def test_what_the_next_one_gets_equals_the_template(contexts: Contexts, settings: Callable[[str], Settings]) -> None:
    """Files without anything in them are not in the write-ahead log: such a database must never be handed out."""
    context = contexts(replace(settings(PLAN + MEASURED), pool=1))
    state = "SELECT pg_relation_size('messages'), reltuples, relpages FROM pg_class WHERE oid = 'messages'::regclass"
    with context.sandbox.new() as database:
        before = database.one(state), database.catalog()
    assert context.report("plans").outcome is Outcome.PASS
    for _ in range(3):
        with context.sandbox.new() as database:
            assert (database.one(state), database.catalog()) == before


def test_a_foreign_key_without_an_index(
    contexts: Contexts, settings: Callable[[str], Settings], tmp_path: Path
) -> None:
    made = settings(PLAN)
    copytree(ROOT / "migrations", tmp_path / "migrations")
    path = tmp_path / "migrations/002-messages.sql"
    text = path.read_text(encoding="utf-8").replace(
        "messages_sender_id_idx ON messages (sender_id, ", "x ON messages ("
    )
    path.write_text(text.replace("DROP INDEX messages_sender_id_idx", "DROP INDEX x"), encoding="utf-8")
    report = contexts(replace(made, migrations=tmp_path / "migrations")).report("foreign_key_indexes")
    assert [(f.rule, f.object) for f in report.findings] == [
        ("foreign-key-without-index", "constraint public.messages.messages_sender_id_fkey")
    ]


def test_statistics_of_the_target(example: Example, contexts: Contexts, settings: Callable[[str], Settings]) -> None:
    there = replace(settings(PLAN + COPY), db_url=example.server.at(example.database.name))
    (empty,) = contexts(there).report("plans").findings
    assert empty.rule == "index-not-used"
    assert "Seq Scan on public.messages" in empty.found
    example.do("UPDATE pg_class SET reltuples = 1000000, relpages = 20000 WHERE oid = 'messages'::regclass")
    assert contexts(there).report("plans").outcome is Outcome.PASS


def test_without_a_target_there_is_nothing_to_copy(contexts: Contexts, settings: Callable[[str], Settings]) -> None:
    (finding,) = contexts(settings(PLAN + COPY)).report("plans").findings
    assert (finding.rule, finding.outcome) == ("plan-not-judged", Outcome.BLIND)
    assert finding.mend.endswith('/schema/behavior.toml", line 7')


def test_statistics_that_no_plan_asks_for(contexts: Contexts, settings: Callable[[str], Settings]) -> None:
    context = contexts(settings(COPY.replace("messages", "mesages").replace("copy = true", "rows = 7")))
    assert context.has(Needs.PLANS)
    (finding,) = context.report("plans").findings
    assert (finding.rule, finding.found) == (
        "behavior-object-missing",
        "there is none; near: messages, public.messages",
    )
