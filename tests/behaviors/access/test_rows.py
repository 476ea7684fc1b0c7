"""`[[access]]` entries about rows: what a tenant sees and may write, and what tells it of others."""

from __future__ import annotations

from typing import Any

import pytest

from pgassay.behaviors.access.rows import try_rows
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import AccessBehavior, Rows
from pgassay.errors import ContractError
from pgassay.findings import Finding
from tests.behaviors.access.conftest import Build

pytestmark = pytest.mark.thorough

TABLE = """
CREATE TABLE orders (id int PRIMARY KEY, tenant int NOT NULL, note text UNIQUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO app; ALTER TABLE orders OWNER TO boss;
"""
POLICIES = """
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders TO app USING (tenant = current_setting('app.tenant')::int);
"""
GATEWAY = """
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders USING (tenant = (current_setting('request.jwt.claims')::json ->> 'tenant')::int);
"""
GIVEN = "INSERT INTO orders VALUES (1, 1, 'mine'), (2, 2, 'a secret'), (3, 2, 'other')"
MINE = "tenant = 1"
OBJECT = 'behavior "it" of role app on orders'


def try_on(
    build: Build, schema: str, *, on: str = "orders", given: str = GIVEN, role: str = "app", **rows: Any
) -> tuple[Finding, ...]:
    connection = build(schema)
    rows.setdefault("claims", {"app.tenant": "1"})
    entry = AccessBehavior(name="it", on=(on,), given=given, expect=Rows(role=role, **rows))
    return try_rows(entry, lambda: reopened(connection), read_catalog(connection))


def reopened(connection: Any) -> Any:
    return type(connection).connect(connection.info.dsn, password=connection.info.password or None)


def facts(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.found) for finding in findings]


ALL = {"sees": MINE, "updates": MINE, "deletes": MINE}


def test_each_sees_and_changes_its_own(build: Build) -> None:
    assert try_on(build, TABLE + POLICIES, **ALL) == ()


def test_claims_of_a_gateway(build: Build) -> None:
    claims = {"request.jwt.claims": '{"tenant": 1}'}
    assert try_on(build, TABLE + GATEWAY, claims=claims, **ALL) == ()


BROKEN = {
    "row security is not on": "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
    "the policy is true": "ALTER POLICY mine ON orders USING (true)",
    "the policy is for others": "DROP POLICY mine ON orders; CREATE POLICY more ON orders TO staff USING (true)",
    "a second policy opens it": "CREATE POLICY more ON orders TO PUBLIC USING (note IS NOT NULL)",
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_rows_of_others_are_seen(build: Build, change: str) -> None:
    seen, updated, deleted = try_on(build, TABLE + POLICIES + change, **ALL)
    assert seen == Finding(
        rule="row-seen",
        object=OBJECT,
        expected="it can see only rows where tenant = 1",
        found="it can see 2 rows: (2), (3), too",
        mend="look at the policies for this command and role, and whether row security is on and holds for the role",
    )
    assert facts((updated, deleted)) == [
        ("row-updated", "it can update 2 rows: (2), (3), too"),
        ("row-deleted", "it can delete 2 rows: (2), (3), too"),
    ]


def test_no_policy_shows_nothing(build: Build) -> None:
    assert facts(try_on(build, TABLE + POLICIES + "DROP POLICY mine ON orders", **ALL)) == [
        ("row-not-seen", "it cannot see 1 row: (1)"),
        ("row-not-updated", "it cannot update 1 row: (1)"),
        ("row-not-deleted", "it cannot delete 1 row: (1)"),
    ]


def test_a_policy_for_one_command_alone(build: Build) -> None:
    change = "CREATE POLICY keep ON orders AS RESTRICTIVE FOR DELETE USING (false)"
    assert facts(try_on(build, TABLE + POLICIES + change, **ALL)) == [
        ("row-not-deleted", "it cannot delete 1 row: (1)")
    ]


def test_with_check_that_forbids_what_using_shows(build: Build) -> None:
    change = "CREATE POLICY frozen ON orders AS RESTRICTIVE FOR UPDATE WITH CHECK (false)"
    (finding,) = try_on(build, TABLE + POLICIES + change, **ALL)
    assert (finding.rule, finding.found) == (
        "access-denied",
        'new row violates row-level security policy "frozen" for table "orders" [42501]',
    )


def test_the_owner_bypasses_unless_forced(build: Build) -> None:
    schema = TABLE + POLICIES + "ALTER POLICY mine ON orders TO PUBLIC;"
    assert [f.rule for f in try_on(build, schema, role="boss", sees=MINE)] == ["row-seen"]


def test_forced_row_security_holds_for_the_owner(build: Build) -> None:
    schema = TABLE + POLICIES + "ALTER POLICY mine ON orders TO PUBLIC; ALTER TABLE orders FORCE ROW LEVEL SECURITY"
    assert try_on(build, schema, role="boss", **ALL) == ()


VIEW = "CREATE VIEW v{} AS SELECT * FROM orders; GRANT SELECT ON v TO app; ALTER VIEW v OWNER TO boss"


def test_a_view_leaks_what_its_owner_sees(build: Build) -> None:
    assert facts(try_on(build, TABLE + POLICIES + VIEW.format(""), on="v", sees=MINE)) == [
        ("row-seen", 'it can see 2 rows: (2,2,"a secret"), (3,2,other), too')
    ]


def test_a_view_of_its_invoker(build: Build) -> None:
    connection = build("SELECT")
    if connection.info.server_version >= 150_000:
        assert try_on(build, TABLE + POLICIES + VIEW.format(" WITH (security_invoker)"), on="v", sees=MINE) == ()


STATEMENTS: dict[str, Any] = {
    "may": ("INSERT INTO orders VALUES (9, 1, 'new')", "SELECT note FROM orders"),
    "may_not": (
        "INSERT INTO orders VALUES (9, 2, 'new')",
        "UPDATE orders SET tenant = 2 WHERE id = 1",
        "DELETE FROM orders WHERE id = 2",
    ),
}


def test_statements_that_are_let_through_and_kept_out(build: Build) -> None:
    assert try_on(build, TABLE + POLICIES, **STATEMENTS) == ()


def test_a_check_that_lets_all_in(build: Build) -> None:
    change = "ALTER POLICY mine ON orders WITH CHECK (true)"
    findings = try_on(build, TABLE + POLICIES + change, **STATEMENTS)
    assert [(f.object.removeprefix(OBJECT), f.rule, f.found) for f in findings] == [
        (', "may_not" number 1', "access-allowed", "it succeeds, and writes or gives 1 row"),
    ]  # that a row moves out of sight is stopped by USING, too


def test_statements_that_fail_or_find_nothing(build: Build) -> None:
    texts = ("SELECT * FROM orders WHERE id = 2", "INSERT INTO orders VALUES (9, 2)", "SELECT 1 / 0", "SELECT 1")
    findings = try_on(build, TABLE + POLICIES, may=texts)
    assert [(f.object.removeprefix(OBJECT), f.rule) for f in findings] == [
        (', "may" number 1', "access-finds-nothing"),
        (', "may" number 2', "access-denied"),
        (', "may" number 3', "access-fails"),
    ]


def test_an_error_that_is_no_denial(build: Build) -> None:
    (finding,) = try_on(build, TABLE + POLICIES, may_not=("INSERT INTO orders VALUES (2, 1)",))
    assert finding.rule == "access-fails"
    assert finding.found.startswith("it fails, and not for want of a privilege: duplicate key value violates unique")


UNSEEN = ("access-denied", 'relation "keys" does not exist [42P01]')


@pytest.mark.parametrize(("key", "expected"), [("may", [UNSEEN]), ("may_not", [])])
def test_what_is_there_in_a_schema_that_the_role_may_not_use(build: Build, key: str, expected: list[object]) -> None:
    """PostgreSQL passes such a schema over, and says that the table is not there."""
    connection = build("CREATE SCHEMA vault; CREATE TABLE vault.keys (id int); GRANT SELECT ON vault.keys TO app")
    connection.execute("INSERT INTO vault.keys VALUES (1); ALTER ROLE app SET search_path = vault")
    try:
        rows: dict[str, Any] = {key: ("SELECT * FROM keys",)}
        found = try_on(build, "SELECT", on="vault.keys", given="", **rows)
    finally:
        connection.execute("ALTER ROLE app RESET search_path")
    assert facts(found) == expected


FOREIGN_KEY = (
    'it fails, and not for want of a privilege: insert or update on table "lines" violates foreign key constraint '
    '"lines_id_fkey" (constraint "lines_id_fkey") [23503]'
)


def test_a_foreign_key_tells_that_a_row_is_there(build: Build) -> None:
    """References are checked past row security: who may refer to a row that it does not see learns of it."""
    change = "CREATE TABLE lines (id int REFERENCES orders); GRANT INSERT ON lines TO app"
    refer = ("INSERT INTO lines VALUES (2)", "INSERT INTO lines VALUES (7)")
    assert facts(try_on(build, TABLE + POLICIES + change, may_not=refer)) == [
        ("access-allowed", "it succeeds, and writes or gives 1 row"),
        (
            "access-fails",
            FOREIGN_KEY,
        ),
    ]


LEAKS = {
    "CREATE POLICY all_of_it ON orders USING (true)": (
        "SELECT note FROM orders",
        "a secret",
        "a row",
    ),
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(note) FROM orders WHERE id = 2'": (
        "SELECT f()",
        "a secret",
        "a row",
    ),
    "CREATE FUNCTION f(int) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS "
    "$$ BEGIN RAISE EXCEPTION '%', (SELECT note FROM orders WHERE id = $1); END $$": (
        "SELECT f(2)",
        "a secret",
        "the error",
    ),
}


@pytest.mark.parametrize("change", LEAKS)
def test_what_is_told_all_the_same(build: Build, change: str) -> None:
    statement, secret, place = LEAKS[change]
    findings = try_on(build, TABLE + POLICIES + change, may_not=(statement,), hides=("nothing", secret))
    told = [f for f in findings if f.rule == "secret-told"]
    assert [f.found for f in told] == [f'number 2 of "hides" stands in {place}']
    assert [f for f in findings if secret in f.found + f.expected] == []


def test_too_few_rows_prove_nothing(build: Build) -> None:
    given = "INSERT INTO orders VALUES (1, 1, '')"
    (finding,) = try_on(build, TABLE + POLICIES, given=given, sees=MINE)
    assert (finding.rule, finding.found) == ("behavior-proves-nothing", "there is no row beyond it")


def test_all_and_none(build: Build) -> None:
    assert try_on(build, TABLE, sees="true", deletes="true") == ()


def test_columns_that_the_role_may_not_see(build: Build) -> None:
    change = "REVOKE SELECT ON orders FROM app; GRANT SELECT (note) ON orders TO app"
    assert facts(try_on(build, TABLE + change, sees=MINE)) == [
        ("row-seen", 'it can see 2 rows: ("a secret"), (other), too')
    ]


def test_a_role_that_may_not_read_at_all(build: Build) -> None:
    (finding,) = try_on(build, TABLE + "REVOKE SELECT ON orders FROM app", sees=MINE)
    assert (finding.rule, finding.found) == ("access-denied", "permission denied for table orders [42501]")


MISTAKES: dict[str, dict[str, Any]] = {
    '"may": fails: relation "ordres" does not exist [42P01]\nhint: near: orders: the call': {
        "may": ("SELECT * FROM ordres",)
    },
    '"may_not": fails: column "ntoe" does not exist [42703]\nhint: Perhaps you meant to reference the column '
    '"orders.note": the call': {"may_not": ("SELECT ntoe FROM orders",)},
    '"given": fails: relation "nowhere" does not exist': {"given": "INSERT INTO nowhere VALUES (1)", "sees": MINE},
    '"sees": cannot be computed: column "tenat" does not exist': {"sees": "tenat = 1"},
    '"claims": "not a setting" cannot be set: unrecognized configuration parameter "not a setting"': {
        "claims": {"not a setting": "1"},
        "sees": MINE,
    },
    '"as": there is no role ap': {"role": "ap", "sees": MINE},
    '"updates": speaks of rows of a table, and view public.v is none': {"on": "v", "updates": MINE},
}


@pytest.mark.parametrize("said", MISTAKES)
def test_an_entry_that_cannot_be_tried(build: Build, said: str) -> None:
    with pytest.raises(ContractError) as caught:
        try_on(build, TABLE + VIEW.format(""), **MISTAKES[said])
    assert said in str(caught.value)


def test_an_entry_on_what_has_no_rows(build: Build) -> None:
    (finding,) = try_on(build, TABLE + "CREATE SEQUENCE q", on="sequence q", sees=MINE)
    assert (finding.rule, finding.expected, finding.found) == (
        "behavior-object-missing",
        "a table or a view, whose rows can be looked at",
        "sequence public.q",
    )


def test_the_role_s_own_search_path(build: Build) -> None:
    connection = build(TABLE + "CREATE SCHEMA s; CREATE TABLE s.mine (a int); GRANT USAGE ON SCHEMA s TO app")
    connection.execute(
        "GRANT SELECT ON s.mine TO app; INSERT INTO s.mine VALUES (1); ALTER ROLE app SET search_path = s"
    )
    try:
        assert try_on(build, "SELECT", given="", may=("SELECT * FROM mine",)) == ()
    finally:
        connection.execute("ALTER ROLE app RESET search_path")


def test_a_claim_that_the_role_itself_has(build: Build) -> None:
    connection = build("ALTER ROLE app SET app.tenant = '1'")
    try:
        assert try_on(build, TABLE + POLICIES, claims={}, sees=MINE) == ()
    finally:
        connection.execute('ALTER ROLE app RESET "app.tenant"')


def test_a_private_column_default_is_no_matter(build: Build) -> None:
    assert try_on(build, TABLE + POLICIES + "ALTER TABLE orders ADD g int GENERATED ALWAYS AS (1) STORED", **ALL) == ()
