"""What a user's test reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pgassay.behaviors import assert_access, assert_constraint, assert_function, assert_trigger
from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, ContractError
from pgassay.sandbox.database import ScratchDatabase
from pgassay.servers.server import Server

SCHEMA = """
CREATE TABLE t (id int PRIMARY KEY CONSTRAINT small CHECK (id < 9), at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
INSERT INTO t VALUES (1);
"""


@pytest.fixture
def db(server: Server, database: Conninfo) -> Iterator[ScratchDatabase]:
    with ScratchDatabase(server, database.get("dbname"), login=database) as scratch:
        with scratch.connect() as connection:
            connection.execute(SCHEMA.encode())
        yield scratch


def test_what_holds(db: ScratchDatabase) -> None:
    assert_trigger(db, table="t", trigger="tr", change="UPDATE t SET id = id", touches="at", replica="rests")
    assert_constraint(
        db, table="t", constraint="small", accepts="INSERT INTO t VALUES (2)", rejects="UPDATE t SET id = 9"
    )
    assert_function(db, function="one", arguments=[], gives=1)


def test_a_trigger_that_fails_says_what_the_check_says(db: ScratchDatabase) -> None:
    said = """behavior "asserted" of trigger tr on t: column-changes
  expected: the change fails, or leaves at as it is in each row of public.t
  found: it is another value in 1 row: (1); in (1) '{now}' in place of null
  mend: look at function public.touch, which trigger tr on public.t calls before update for each row"""
    with pytest.raises(AssertionError) as caught:
        assert_trigger(db, table="t", trigger="tr", change="UPDATE t SET at = '2020-01-01'", keeps="at")
    with db.connect() as connection:
        (now,) = connection.execute("SELECT at::text FROM t").fetchone() or ()
    assert str(caught.value) == said.format(now=now)


def test_a_constraint_and_a_function_that_fail(db: ScratchDatabase) -> None:
    with pytest.raises(AssertionError, match="invalid-row-accepted"):
        assert_constraint(db, table="t", constraint="small", rejects="INSERT INTO t VALUES (3)")
    with pytest.raises(AssertionError, match="function-gives-otherwise"):
        assert_function(db, function="one", arguments=[], gives=2)


def test_what_cannot_be_told_is_blind(db: ScratchDatabase) -> None:
    with pytest.raises(BlindError, match="plpgsql-not-checked"):
        assert_function(db, function="touch", check=True)


def test_a_key_that_means_nothing(db: ScratchDatabase) -> None:
    with pytest.raises(ContractError, match='the call: unknown key "touch"'):
        assert_trigger(db, table="t", change="SELECT 1", touch="at")


def test_access_that_holds_and_that_does_not(db: ScratchDatabase, role_name: Callable[[str], str]) -> None:
    role = role_name("app")
    with db.server.connect(db.name) as connection:
        connection.execute(f"CREATE ROLE {role}; GRANT SELECT ON t TO {role}".encode())
    assert_access(db, on="t", can={role: "SELECT"})
    assert_access(db, on="t", role=role, sees="true", may_not="DELETE FROM t")
    with pytest.raises(
        AssertionError, match=r"access-denied\n  expected: INSERT succeeds\n  found: INSERT: permission"
    ):
        assert_access(db, on="t", can={role: ["SELECT", "INSERT"]})
    with pytest.raises(AssertionError, match="row-seen\n  expected: it can see only rows where id = 2"):
        assert_access(db, on="t", role=role, given="INSERT INTO t VALUES (2)", sees="id = 2")
