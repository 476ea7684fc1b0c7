from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.constraints import try_constraint
from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import ConstraintBehavior
from pgassay.errors import ContractError
from pgassay.findings import Finding

Try = Callable[..., tuple[Finding, ...]]

USERS = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, deleted_at date, age int);"
INDEX = "CREATE UNIQUE INDEX users_email_key ON users (email) {};"
LIVING = "WHERE deleted_at IS NULL"
GIVEN = "INSERT INTO users VALUES (1, 'ada', NULL), (2, 'bob', '2026-01-01')"
FREE_AGAIN = (
    "INSERT INTO users VALUES (3, 'bob')",
    "UPDATE users SET deleted_at = now(); INSERT INTO users VALUES (3, 'ada')",
)
TAKEN = "INSERT INTO users VALUES (3, 'ada')"


@pytest.fixture
def try_on(any_database: Conninfo) -> Try:
    """Make a schema, and try an entry on it: by default one that says which e-mails are taken."""

    def run(schema: str, **said: Any) -> tuple[Finding, ...]:
        with psycopg.connect(any_database.dsn, autocommit=True) as connection:
            connection.execute(schema.encode())
        usual = {"table": "users", "constraint": "users_email_key", "given": GIVEN}
        entry = ConstraintBehavior(name="it", **{**usual, **said})
        return try_constraint(entry, lambda: psycopg.connect(any_database.dsn))

    return run


def facts(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.found) for finding in findings]


def test_a_soft_deleted_email_may_be_used_again_and_a_living_one_may_not(try_on: Try) -> None:
    assert try_on(USERS + INDEX.format(LIVING), accepts=FREE_AGAIN, rejects=(TAKEN,)) == ()


def test_an_index_over_everybody(try_on: Try) -> None:
    (finding, _) = try_on(USERS + INDEX.format(""), accepts=FREE_AGAIN, rejects=(TAKEN,))
    assert finding == Finding(
        rule="valid-row-rejected",
        object='behavior "it" of constraint users_email_key on users',
        expected="INSERT INTO users VALUES (3, 'bob') succeeds",
        found='duplicate key value violates unique constraint "users_email_key" (constraint "users_email_key") [23505]',
        mend="look at index public.users_email_key: (email)",
    )


LOOK = "look at index public.users_email_key: "
CORRECT = "correct the text, so that nothing else is wrong with it"
BROKEN = {
    "not unique": (
        INDEX.replace("UNIQUE ", "").format(LIVING),
        ("behavior-object-missing", "there are: users_pkey", "make it, or correct the entry: the call"),
    ),
    "over the deleted": (
        INDEX.format("WHERE deleted_at IS NOT NULL"),
        ("invalid-row-accepted", "it succeeds", f"{LOOK}(email) where (deleted_at IS NOT NULL)"),
    ),
    "over too much": (
        INDEX.format("").replace("(email)", "(email, id)"),
        ("invalid-row-accepted", "it succeeds", f"{LOOK}(email, id)"),
    ),
    "another is in the way": (
        INDEX.format(LIVING) + "ALTER TABLE users ADD CONSTRAINT small CHECK (id < 3)",
        (
            "row-rejected-otherwise",
            'new row for relation "users" violates check constraint "small" (constraint "small") [23514]',
            CORRECT,
        ),
    ),
    "swallowed": (
        INDEX.format(LIVING) + "CREATE RULE r AS ON INSERT TO users WHERE NEW.id = 3 DO INSTEAD NOTHING",
        (
            "nothing-written",
            "it succeeds, and writes nothing, which no constraint looks at",
            "correct the text, or look at the triggers and rules of users",
        ),
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_reject(try_on: Try, how: str) -> None:
    schema, fact = BROKEN[how]
    (finding,) = try_on(USERS + schema, rejects=(TAKEN,))
    assert (finding.rule, finding.found, finding.mend) == fact


KINDS = {
    "CHECK (age > 0)": ("INSERT INTO users VALUES (3, 'c', NULL, 1)", "INSERT INTO users VALUES (3, 'c', NULL, 0)"),
    "UNIQUE (age) DEFERRABLE INITIALLY DEFERRED": (
        "INSERT INTO users VALUES (3, 'c', NULL, 1), (4, 'd', NULL, 1); UPDATE users SET age = 2 WHERE id = 4",
        "INSERT INTO users VALUES (3, 'c', NULL, 1), (4, 'd', NULL, 1)",
    ),
    "EXCLUDE USING gist (daterange(deleted_at, deleted_at, '[]') WITH &&) WHERE (deleted_at IS NOT NULL)": (
        "INSERT INTO users VALUES (3, 'c', '2026-01-02')",
        "INSERT INTO users VALUES (3, 'c', '2026-01-01')",
    ),
    "FOREIGN KEY (age) REFERENCES users DEFERRABLE INITIALLY DEFERRED": (
        "INSERT INTO users VALUES (3, 'c', NULL, 4); INSERT INTO users VALUES (4, 'd')",
        "INSERT INTO users VALUES (3, 'c', NULL, 9)",
    ),
}


@pytest.mark.parametrize("definition", KINDS)
def test_every_kind_of_constraint(try_on: Try, definition: str) -> None:
    accepts, rejects = KINDS[definition]
    schema = f'{USERS} ALTER TABLE users ADD CONSTRAINT "The %s" {definition}'
    said = {"constraint": "The %s", "accepts": (accepts,), "rejects": (rejects,)}
    assert try_on(schema, **said) == ()
    (finding,) = try_on("SELECT", **{**said, "given": "", "rejects": (accepts,)})
    assert (finding.rule, finding.expected) == (
        "invalid-row-accepted",
        f'{accepts} fails on constraint public.users."The %s"',
    )


def test_a_foreign_key_that_is_switched_off_says_how_it_is_switched_on(try_on: Try) -> None:
    schema = (
        USERS
        + "ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (age) REFERENCES users;"
        + "ALTER TABLE users DISABLE TRIGGER ALL"
    )
    (finding,) = try_on(schema, constraint="fk", rejects=("INSERT INTO users VALUES (3, 'c', NULL, 9)",))
    assert (finding.rule, finding.mend) == ("invalid-row-accepted", "ALTER TABLE public.users ENABLE TRIGGER ALL;")


def test_a_foreign_key_that_is_switched_off_on_the_other_side(try_on: Try) -> None:
    schema = """
    CREATE TABLE pets (owner int CONSTRAINT fk REFERENCES users); INSERT INTO users VALUES (1, 'a');
    INSERT INTO pets VALUES (1); ALTER TABLE users DISABLE TRIGGER ALL
    """
    said = {"table": "pets", "constraint": "fk", "given": "", "rejects": ("DELETE FROM users",)}
    (finding,) = try_on(USERS + schema, **said)
    both = "ALTER TABLE public.pets ENABLE TRIGGER ALL; ALTER TABLE public.users ENABLE TRIGGER ALL;"
    assert (finding.rule, finding.mend) == ("invalid-row-accepted", both)


SWALLOWS = {
    "a trigger": """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER tr BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()""",
    "a rule": "CREATE RULE r AS ON INSERT TO users DO INSTEAD NOTHING",
}


@pytest.mark.parametrize("how", SWALLOWS)
def test_a_row_that_is_swallowed_shows_nothing(try_on: Try, how: str) -> None:
    schema = USERS + INDEX.format("") + SWALLOWS[how]
    findings = try_on(schema, given="", accepts=(TAKEN,), rejects=(TAKEN,))
    assert {(finding.rule, finding.found, finding.mend) for finding in findings} == {
        (
            "nothing-written",
            "it succeeds, and writes nothing, which no constraint looks at",
            "correct the text, or look at the triggers and rules of users",
        )
    }


def test_an_index_of_the_same_name_elsewhere_rejects_nothing_here(try_on: Try) -> None:
    schema = """
    CREATE TABLE other (x int CONSTRAINT small CHECK (x < 3)); ALTER TABLE users ADD CONSTRAINT small CHECK (id < 9)
    """
    (finding,) = try_on(USERS + schema, constraint="small", rejects=("INSERT INTO other VALUES (3)",))
    assert finding.rule == "row-rejected-otherwise"


def test_a_partition_rejects_for_the_whole(try_on: Try) -> None:
    schema = """
    CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2);
    ALTER TABLE p ADD CONSTRAINT c CHECK (x < 2), ADD CONSTRAINT u UNIQUE (x)
    """
    for name, made, rejects in (("c", schema, "VALUES (2)"), ("u", "SELECT", "VALUES (1), (1)")):
        said = {"accepts": ("INSERT INTO p VALUES (1)",), "rejects": (f"INSERT INTO p {rejects}",)}
        assert try_on(made, table="p", constraint=name, given="", **said) == ()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"rejects": ("INSERT INTO user VALUES (1)",)}, '"rejects": syntax error at or near "user"'),
        ({"accepts": ("INSERT INTO users (emial) VALUES (1)",)}, '"emial" of relation "users" .*\nhint: near: email'),
        ({"rejects": ("INSERT INTO usrs VALUES (1)",)}, 'relation "usrs" does not exist .*\nhint: near: users'),
        ({"accepts": ("SELECT",), "given": "INSERT INTO usrs VALUES (1)"}, '"given": fails: .*\nhint: near: users'),
        ({"accepts": ("SELECT",), "given": "SELECT 1/0"}, '"given": fails: division by zero'),
    ],
)
def test_what_can_never_be_tried(try_on: Try, said: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContractError, match=problem):
        try_on(USERS + INDEX.format(""), **said)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"table": "user"}, "there is none; near: users"),
        ({"constraint": "users_mail_key"}, "there are: users_email_key, users_pkey"),
    ],
)
def test_what_is_not_there(try_on: Try, said: dict[str, Any], found: str) -> None:
    assert facts(try_on(USERS + INDEX.format(""), **said)) == [("behavior-object-missing", found)]
