"""What is wrong with constraints of each kind, each told apart: the message that a user reads, without an entry."""

from __future__ import annotations

import pytest

from tests.behaviors.constraints.conftest import Try

pytestmark = pytest.mark.thorough

OFF = "ALTER TABLE t DISABLE TRIGGER ALL"
LEFT = "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'c'::regclass"
REPLICA = """
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$
"""
PARENT = "CREATE TABLE p (id int PRIMARY KEY);"
TRIGGER = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER tr BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()
"""
SWITCHED_OFF = "the triggers that do its work are switched off"
DANGLES = "the row that it refers to is deleted, and the row that refers to it is left: "
MEAN = "say in c what is meant, or drop it"
NONE_EVER = "none ever is: its predicate is true of no row, or its key is always NULL"
PREDICATE = "correct its predicate: deleted_at = NULL, or IS NULL of a column that is NOT NULL, is never true"
BREAKS = "it is NOT VALID, and cannot become valid: "
VALIDATE = "correct the rows, then ALTER TABLE public.t VALIDATE CONSTRAINT c;"

CHECK = {
    "OR for AND": (
        "CREATE TABLE t (x int CONSTRAINT c CHECK (x > 0 OR x < 100))",
        "check-never-fails",
        "none can: its condition is true, whatever a row holds",
        MEAN,
    ),
    "a function that says yes to all": (
        (
            "CREATE FUNCTION ok(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true OR $1 > 0';"
            "CREATE TABLE t (x int, y int NOT NULL CONSTRAINT c CHECK (ok(y) AND true))"
        ),
        "check-never-fails",
        "none can: its condition is true, whatever a row holds",
        MEAN,
    ),
    "a list with NULL": (
        "CREATE TABLE t (tier text CONSTRAINT c CHECK (tier IN ('free', NULL)))",
        "check-never-fails",
        "none can: its condition is NULL, which passes, where tier = 'tier-9973'",
        "a comparison with NULL is NULL: say IS NULL, or take NULL out of the list",
    ),
    "what no row can be": (
        "CREATE TABLE t (x int CONSTRAINT c CHECK (x BETWEEN 9 AND 1))",
        "valid-row-rejected",
        "none can be: its condition contradicts itself, or what else the table asks",
        MEAN,
    ),
    "a function that has lost its table": (
        (
            "CREATE TABLE h (x int); CREATE FUNCTION ok(int) RETURNS bool LANGUAGE plpgsql AS "
            "'BEGIN RETURN EXISTS (SELECT FROM h WHERE x = $1); END';"
            "CREATE TABLE t (x int CONSTRAINT c CHECK (ok(x))); DROP TABLE h"
        ),
        "check-cannot-be-evaluated",
        'its condition fails: relation "h" does not exist [42P01]',
        "correct the function that it calls, or grant what the owner lacks",
    ),
    "rows from before": (
        "CREATE TABLE t (x int); INSERT INTO t VALUES (-1); ALTER TABLE t ADD CONSTRAINT c CHECK (x > 0) NOT VALID",
        "stored-row-breaks-it",
        BREAKS + 'check constraint "c" of relation "t" is violated by some row (constraint "c") [23514]',
        VALIDATE,
    ),
    "18: not enforced": (
        "CREATE TABLE t (x int CONSTRAINT c CHECK (x > 0) NOT ENFORCED)",
        "invalid-row-accepted",
        "a row with x = '0' is stored: it is NOT ENFORCED",
        "ALTER TABLE public.t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK ((x > 0));",
    ),
}
UNIQUE = {
    "switched off": (
        f"CREATE TABLE t (x int CONSTRAINT c UNIQUE DEFERRABLE INITIALLY DEFERRED); {OFF}",
        "invalid-row-accepted",
        f"a row with x = '1' is stored: {SWITCHED_OFF}",
        "ALTER TABLE public.t ENABLE TRIGGER ALL;",
    ),
    "a replica": (
        f"CREATE TABLE t (x int CONSTRAINT c UNIQUE DEFERRABLE); {REPLICA}",
        "invalid-row-accepted",
        "a row with x = '1' is stored: session_replication_role is replica for this role here",
        "ALTER DATABASE ... RESET session_replication_role;",
    ),
    "no part on a partition": (
        (
            "CREATE TABLE t (x int) PARTITION BY LIST (x); CREATE TABLE t1 PARTITION OF t DEFAULT;"
            "CREATE UNIQUE INDEX c ON ONLY t (x)"
        ),
        "invalid-row-accepted",
        "a row with x = '1' is stored: it has no part on public.t1",
        "make such an index on public.t1, and ALTER INDEX ... ATTACH PARTITION",
    ),
    "left behind by a build": (
        f"CREATE TABLE t (x int); CREATE UNIQUE INDEX c ON t (x); {LEFT}",
        "invalid-row-accepted",
        "a row with x = '1' is stored: its index was not built to its end",
        "REINDEX INDEX public.c;",
    ),
    "= NULL for IS NULL": (
        "CREATE TABLE t (x int, deleted_at date); CREATE UNIQUE INDEX c ON t (x) WHERE deleted_at = NULL",
        "index-compares-nothing",
        NONE_EVER,
        PREDICATE,
    ),
    "chance in its key": (
        (
            "CREATE FUNCTION r(int) RETURNS float IMMUTABLE LANGUAGE sql AS 'SELECT random() + $1';"
            "CREATE TABLE t (x int); CREATE UNIQUE INDEX c ON t (r(x))"
        ),
        "invalid-row-accepted",
        "a row with x = '1' is stored: its key is now this and now that, for one and the same row",
        "let its functions really be IMMUTABLE",
    ),
    "an old one over the deleted too": (
        (
            "CREATE TABLE t (email text CONSTRAINT old UNIQUE, deleted_at date);"
            "CREATE UNIQUE INDEX c ON t (email) WHERE deleted_at IS NULL"
        ),
        "valid-row-rejected",
        "constraint public.t.old refuses it: UNIQUE (email)",
        "drop constraint public.t.old, without which index public.c does its work, or drop index public.c",
    ),
}
STAY = "CREATE TABLE t (at daterange, gone date NOT NULL, CONSTRAINT c EXCLUDE USING gist (at WITH &&) {})"
RANGE = "a row with at = '[2001-01-02,2001-01-03)' is stored: "
EXCLUDE = {
    "switched off": (
        f"{STAY.format('DEFERRABLE')}; {OFF}",
        "invalid-row-accepted",
        f"{RANGE}{SWITCHED_OFF}",
        "ALTER TABLE public.t ENABLE TRIGGER ALL;",
    ),
    "a replica": (
        f"{STAY.format('DEFERRABLE')}; {REPLICA}",
        "invalid-row-accepted",
        f"{RANGE}session_replication_role is replica for this role here",
        "ALTER DATABASE ... RESET session_replication_role;",
    ),
    "left behind by a build": (
        f"{STAY.format('')}; {LEFT}",
        "invalid-row-accepted",
        f"{RANGE}its index was not built to its end",
        "REINDEX INDEX public.c;",
    ),
    "IS NULL of what is NOT NULL": (
        STAY.format("WHERE (gone IS NULL)"),
        "index-compares-nothing",
        NONE_EVER,
        PREDICATE,
    ),
    "an old one over the cancelled too": (
        STAY.format("WHERE (gone > '2020-01-01'), CONSTRAINT old EXCLUDE USING gist (at WITH &&)"),
        "valid-row-rejected",
        "constraint public.t.old refuses it: EXCLUDE USING gist (at WITH &&)",
        (
            "drop constraint public.t.old, without which constraint public.t.c does its work, or drop "
            "constraint public.t.c"
        ),
    ),
}
FOREIGN_KEY = {
    "switched off": (
        f"{PARENT} CREATE TABLE t (x int CONSTRAINT c REFERENCES p); {OFF}",
        "invalid-row-accepted",
        f"a row with x = '9973' is stored: {SWITCHED_OFF}",
        "ALTER TABLE public.t ENABLE TRIGGER ALL;",
    ),
    "switched off on the other side": (
        f"{PARENT} CREATE TABLE t (x int CONSTRAINT c REFERENCES p); {OFF.replace('t D', 'p D')}",
        "reference-left-dangling",
        f"{DANGLES}{SWITCHED_OFF} on public.p",
        "ALTER TABLE public.p ENABLE TRIGGER ALL;",
    ),
    "a replica": (
        f"{PARENT} CREATE TABLE t (x int CONSTRAINT c REFERENCES p); {REPLICA}",
        "invalid-row-accepted",
        "a row with x = '9973' is stored: session_replication_role is replica for this role here",
        "ALTER DATABASE ... RESET session_replication_role;",
    ),
    "a trigger keeps what the cascade deletes": (
        f"{PARENT} CREATE TABLE t (x int CONSTRAINT c REFERENCES p ON DELETE CASCADE); {TRIGGER}",
        "reference-left-dangling",
        f"{DANGLES}a trigger on public.t keeps it",
        "let the trigger pass what the foreign key does to public.t: return OLD or NEW, not NULL",
    ),
    "NULL for what is NOT NULL": (
        f"{PARENT} CREATE TABLE t (x int NOT NULL CONSTRAINT c REFERENCES p ON DELETE SET NULL)",
        "referential-action-fails",
        'the DELETE fails: null value in column "x" of relation "t" violates not-null constraint [23502]',
        "choose another action, or let x take it",
    ),
    "a rule in place of the cascade": (
        (
            f"{PARENT} CREATE TABLE t (x int CONSTRAINT c REFERENCES p ON DELETE CASCADE);"
            "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"
        ),
        "referential-action-fails",
        (
            'the DELETE fails: referential integrity query on "p" from constraint "c" on "t" gave unexpected result '
            "[XX000]"
        ),
        "choose another action, or let x take it",
    ),
    "rows from before": (
        (
            f"{PARENT} CREATE TABLE t (x int); INSERT INTO t VALUES (7);"
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES p NOT VALID"
        ),
        "stored-row-breaks-it",
        f'{BREAKS}insert or update on table "t" violates foreign key constraint "c" (constraint "c") [23503]',
        VALIDATE,
    ),
    "18: not enforced": (
        f"{PARENT} CREATE TABLE t (x int CONSTRAINT c REFERENCES p NOT ENFORCED)",
        "invalid-row-accepted",
        "a row with x = '9973' is stored: it is NOT ENFORCED",
        "ALTER TABLE public.t ALTER CONSTRAINT c ENFORCED;",
    ),
}
KINDS = {"CHECK": CHECK, "UNIQUE": UNIQUE, "EXCLUDE": EXCLUDE, "FOREIGN KEY": FOREIGN_KEY}
CASES = [(kind, how) for kind, cases in KINDS.items() for how in cases]


@pytest.mark.parametrize(("kind", "how"), CASES, ids=[f"{kind} {how}" for kind, how in CASES])
def test_what_is_wrong(tried: Try, kind: str, how: str, any_major: int) -> None:
    if how.startswith("18") and any_major < 18:
        pytest.skip("PostgreSQL 18 has NOT ENFORCED")
    schema, rule, found, mend = KINDS[kind][how]
    (finding,) = tried(schema).findings
    assert finding.object in {"constraint public.t.c", "index public.c"}
    assert (finding.rule, finding.found, finding.mend) == (rule, found, mend)


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_a_message_of_its_own(kind: str) -> None:
    before_18 = [case for how, case in KINDS[kind].items() if not how.startswith("18")]
    assert len({tuple(said) for _, *said in before_18}) >= 4
