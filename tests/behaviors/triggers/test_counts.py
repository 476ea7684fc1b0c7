from __future__ import annotations

import pytest

from pgassay.contract.behavior import Counts
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.conftest import Try

TABLES = """
CREATE TABLE posts (id int PRIMARY KEY, comments int NOT NULL DEFAULT 0);
CREATE TABLE t (id int PRIMARY KEY, post int REFERENCES posts ON DELETE CASCADE);
"""
COUNT = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ({minus}) THEN UPDATE posts SET comments = comments - 1 WHERE id = OLD.post; END IF;
    IF TG_OP IN ({plus}) THEN UPDATE posts SET comments = comments + 1 WHERE id = NEW.post; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tr AFTER {events} ON t FOR EACH ROW EXECUTE FUNCTION f();
"""
ZERO = """
CREATE FUNCTION z() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE posts SET comments = 0; RETURN NULL; END $$;
CREATE TRIGGER zero AFTER TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION z();
"""
WHERE = "t.post = posts.id -- of the post"
THEN = ("INSERT INTO t VALUES (3, 2), (4, 2)", "UPDATE t SET post = 2 WHERE id = 1", "DELETE FROM t WHERE id = 4")
ALL = Counts(table="posts", column="comments", where=WHERE, then=THEN)
GIVEN = "INSERT INTO posts VALUES (1), (2)"
FIRST = "INSERT INTO t VALUES (1, 1), (2, 1)"


def counting(
    *, minus: str = "'DELETE', 'UPDATE'", plus: str = "'INSERT', 'UPDATE'", events: str = "", more: str = ZERO
) -> str:
    return TABLES + COUNT.format(minus=minus, plus=plus, events=events or "INSERT OR UPDATE OR DELETE") + more


def test_a_counter_that_agrees(try_on: Try) -> None:
    assert try_on(counting(), ALL, given=GIVEN, change=FIRST) == ()


def test_a_counter_that_nobody_moves(try_on: Try) -> None:
    (finding,) = try_on(counting(minus="''", plus="''"), ALL, given=GIVEN, change=FIRST)
    assert finding == Finding(
        rule="counter-disagrees",
        object='behavior "it" of trigger tr on t',
        expected="comments of posts counts the rows of public.t",
        found="after INSERT INTO t VALUES (1, 1), (2, 1): (1) says 0 of 2 rows",
        mend="look at function public.f, which trigger tr on public.t calls after delete or insert or update for "
        "each row",
    )


BROKEN = {
    "update is forgotten": (
        counting(events="INSERT OR DELETE"),
        "after UPDATE t SET post = 2 WHERE id = 1: (1) says 2 of 1 row, (2) says 2 of 3 rows",
    ),
    "the old row is forgotten": (
        counting(minus="'DELETE'"),
        "after UPDATE t SET post = 2 WHERE id = 1: (1) says 2 of 1 row",
    ),
    "delete is forgotten": (counting(minus="'UPDATE'"), "after DELETE FROM t WHERE id = 4: (2) says 3 of 2 rows"),
    "truncate is forgotten": (counting(more=""), "after TRUNCATE public.t: (1) says 1 of 0 rows, (2) says 2 of 0 rows"),
    "disabled": (
        counting(more="ALTER TABLE t DISABLE TRIGGER tr"),
        "after INSERT INTO t VALUES (1, 1), (2, 1): (1) says 0 of 2 rows",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_count(try_on: Try, how: str) -> None:
    schema, found = BROKEN[how]
    assert [f.found for f in try_on(schema, ALL, given=GIVEN, change=FIRST)] == [found]


def test_a_truncate_that_is_refused_or_not_asked_for(try_on: Try) -> None:
    only = Counts(table="posts", column="comments", where=WHERE, tries=("delete",))
    assert try_on(counting(more=""), only, given=GIVEN, change=FIRST) == ()
    referenced = "CREATE TABLE likes (t int REFERENCES t)"
    assert (
        try_on(
            "DROP TABLE posts CASCADE; DROP TABLE t; DROP FUNCTION f;" + counting(more=referenced),
            ALL,
            given=GIVEN,
            change=FIRST,
        )
        == ()
    )


def test_a_counter_that_is_wrong_at_first(try_on: Try) -> None:
    (finding,) = try_on(counting(), ALL, given="INSERT INTO posts VALUES (1, 7)", change=FIRST)
    assert finding.found == 'after "given": (1) says 7 of 0 rows'


def test_a_change_that_counts_nothing_proves_nothing(try_on: Try) -> None:
    (finding,) = try_on(counting(), ALL, given=GIVEN, change="INSERT INTO t VALUES (1, NULL)")
    assert finding.rule == "behavior-proves-nothing"


def test_a_condition_that_means_nothing(try_on: Try) -> None:
    wrong = Counts(table="posts", column="comments", where="comment.post = 1")
    with pytest.raises(ContractError, match='"counts": missing FROM-clause entry for table "comment"'):
        try_on(counting(), wrong, given=GIVEN, change=FIRST)
