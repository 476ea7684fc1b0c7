"""What is read of triggers, and how it changes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgassay.catalog.trigger_text import take_apart
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE t (a int, b text);
        CREATE TABLE other (a int);
        CREATE VIEW v AS SELECT a FROM t;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TRIGGER moved BEFORE UPDATE OF b, a OR INSERT ON t FOR EACH ROW
            WHEN (new.b <> ' WHEN (') EXECUTE FUNCTION f('x', 'it''s', 'back\\slash "q" (', 'é');
        CREATE TRIGGER counted AFTER DELETE ON t REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION f();
        CREATE TRIGGER emptied AFTER TRUNCATE ON t EXECUTE FUNCTION f();
        CREATE TRIGGER instead INSTEAD OF UPDATE ON v FOR EACH ROW EXECUTE FUNCTION f();
        CREATE CONSTRAINT TRIGGER guard AFTER INSERT ON t FROM other
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f();
    """)


def test_every_attribute(subject: Subject) -> None:
    trigger = subject.read().table("t").trigger("moved")

    assert trigger.attributes == {
        "timing": "before",
        "events": frozenset({"update", "insert"}),
        "update_columns": ("b", "a"),
        "level": "row",
        "when": "(new.b <> ' WHEN ('::text)",
        "function": "public.f",
        "arguments": ("x", "it's", 'back\\slash "q" (', "é"),
        "enabled": "origin",
        "constraint": False,
        "deferrable": False,
        "deferred": False,
        "references": None,
        "old_table": None,
        "new_table": None,
        "parent": None,
        "comment": None,
    }
    assert trigger.definition.startswith("CREATE TRIGGER moved BEFORE INSERT OR UPDATE OF b, a ON public.t")


def test_the_other_sorts(subject: Subject) -> None:
    catalog = subject.read()
    triggers = catalog.table("t").triggers

    counted, guard = triggers["counted"], triggers["guard"]
    assert (counted.timing, counted.level, counted.old_table) == ("after", "statement", "gone")
    assert triggers["emptied"].events == {"truncate"}
    assert catalog.view("v").trigger("instead").timing == "instead of"
    assert (guard.constraint, guard.deferrable, guard.deferred, guard.references) == (True, True, True, "public.other")


@pytest.mark.parametrize("word", ["disabled", "replica", "always"])
def test_the_enabled_state(subject: Subject, word: str) -> None:
    action = {"disabled": "DISABLE TRIGGER", "replica": "ENABLE REPLICA TRIGGER", "always": "ENABLE ALWAYS TRIGGER"}
    changes = subject.changes(f"ALTER TABLE t {action[word]} moved")
    subject.run("ALTER TABLE t ENABLE TRIGGER moved")

    assert changes == {"trigger public.t.moved": {"enabled": ("origin", word)}}


def test_comment_and_event(subject: Subject) -> None:
    changes = subject.changes("""
        COMMENT ON TRIGGER emptied ON t IS 'why';
        DROP TRIGGER counted ON t;
        CREATE TRIGGER counted AFTER INSERT ON t REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION f();
    """)

    assert changes == {
        "trigger public.t.emptied": {"comment": (None, "why")},
        "trigger public.t.counted": {
            "events": (frozenset({"delete"}), frozenset({"insert"})),
            "old_table": ("gone", None),
            "new_table": (None, "gone"),
        },
    }


def test_clones_on_partitions_have_a_parent_and_a_state_of_their_own(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE TABLE whole (a int) PARTITION BY RANGE (a);
        CREATE TABLE part PARTITION OF whole FOR VALUES FROM (1) TO (2);
        CREATE TRIGGER cloned AFTER INSERT ON whole FOR EACH ROW EXECUTE FUNCTION f();
        CREATE CONSTRAINT TRIGGER watched AFTER INSERT ON whole FOR EACH ROW EXECUTE FUNCTION f();
        ALTER TABLE part DISABLE TRIGGER cloned;
    """)

    clones = catalog.table("part").triggers
    assert {name: (clone.parent, clone.enabled) for name, clone in clones.items()} == {
        "cloned": ("public.whole.cloned", "disabled"),
        "watched": ("public.whole.watched", "origin"),
    }


def test_triggers_of_foreign_keys_are_not_the_users(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE TABLE keyed (a int PRIMARY KEY) PARTITION BY RANGE (a);
        CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES FROM (1) TO (2);
        CREATE TABLE pointing (a int REFERENCES keyed) PARTITION BY RANGE (a);
        CREATE TABLE pointing_1 PARTITION OF pointing FOR VALUES FROM (1) TO (2);
    """)

    assert [list(catalog.table(name).triggers) for name in ("keyed", "keyed_1", "pointing", "pointing_1")] == [[]] * 4


ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(condition=ANY_TEXT, arguments=st.lists(ANY_TEXT, max_size=3), name=ANY_TEXT.filter(bool))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_in_condition_arguments_and_name(
    subject: Subject, condition: str, arguments: list[str], name: str
) -> None:
    def literal(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    quoted = '"' + name.replace('"', '""') + '"'
    with subject.connection.transaction(force_rollback=True):
        subject.run(
            f"CREATE TRIGGER {quoted} BEFORE INSERT ON t FOR EACH ROW WHEN (new.b = {literal(condition)})"
            f" EXECUTE FUNCTION f({', '.join(map(literal, arguments))})"
        )
        row = subject.connection.execute("SELECT pg_get_triggerdef(max(oid)) FROM pg_trigger").fetchone()
    assert row is not None
    when, found = take_apart(row[0])

    assert found == tuple(arguments)
    assert when is not None
    assert when.startswith("(new.b = ")
    assert when.endswith("::text)")
