"""What is read of row security policies, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE t (a int);
        CREATE TABLE members (id int, name text);
        CREATE POLICY own ON t AS RESTRICTIVE FOR UPDATE USING (a > 1) WITH CHECK (a > 2);
        CREATE POLICY few ON t USING (EXISTS (SELECT FROM members WHERE id = a));
    """)


def test_every_attribute(subject: Subject) -> None:
    assert subject.read().table("t").policy("own").attributes == {
        "permissive": False,
        "command": "update",
        "roles": frozenset({"PUBLIC"}),
        "using": "(a > 1)",
        "check": "(a > 2)",
        "comment": None,
    }


def test_a_query_in_a_policy(subject: Subject) -> None:
    using = subject.read().table("t").policy("few").using

    assert using is not None
    assert using.split() == ["(EXISTS", "(", "SELECT", "FROM", "public.members", "WHERE", "(members.id", "=", "t.a)))"]


def test_it_changes(subject: Subject) -> None:
    role = subject.role("member")
    changes = subject.changes(f"ALTER POLICY few ON t TO {role} USING (a > 5); COMMENT ON POLICY few ON t IS 'why'")
    subject.run("DROP POLICY few ON t")

    found = changes["policy public.t.few"]
    assert (found["roles"], found["comment"]) == ((frozenset({"PUBLIC"}), frozenset({role})), (None, "why"))
    assert found["using"][1] == "(a > 5)"
