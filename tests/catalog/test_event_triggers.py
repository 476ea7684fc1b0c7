"""What is read of event triggers, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject

NAME = '"Watch. ""it"" 🐘"'
LABEL = f"event trigger {NAME}"
OF_TWO = f"CREATE EVENT TRIGGER {NAME} ON ddl_command_end WHEN TAG IN ('DROP TABLE', 'CREATE TABLE')"


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE SCHEMA "S x";
        CREATE FUNCTION "S x".on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE FUNCTION other() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        {OF_TWO} EXECUTE FUNCTION "S x".on_ddl();
    """)


def test_every_attribute(subject: Subject) -> None:
    trigger = subject.read().event_trigger('Watch. "it" 🐘')

    assert trigger.attributes == {
        "event": "ddl_command_end",
        "tags": frozenset({"CREATE TABLE", "DROP TABLE"}),
        "function": '"S x".on_ddl',
        "enabled": "origin",
        "owner": "postgres",
        "comment": None,
    }
    assert trigger.summary == (
        'on ddl_command_end when tag in CREATE TABLE, DROP TABLE calls "S x".on_ddl, origin'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "word"), [("DISABLE", "disabled"), ("ENABLE REPLICA", "replica"), ("ENABLE ALWAYS", "always")]
)
def test_the_enabled_state(subject: Subject, action: str, word: str) -> None:
    changes = subject.there_and_back(f"ALTER {LABEL} {action}", f"ALTER {LABEL} ENABLE")

    assert changes == {LABEL: {"enabled": ("origin", word)}}


def test_logins(subject: Subject) -> None:
    if subject.major < 17:
        pytest.skip("PostgreSQL 17 has login triggers")
    catalog = subject.read("CREATE EVENT TRIGGER seen ON login EXECUTE FUNCTION other()")
    subject.run("DROP EVENT TRIGGER seen")

    assert catalog.event_trigger("seen").event == "login"
