from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgassay.behaviors.plans.columns import Spread
from pgassay.behaviors.plans.copied import Copied
from pgassay.contract.behavior import ColumnStatistics, TableStatistics
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome
from pgassay.sandbox.database import ScratchDatabase
from tests.behaviors.plans.conftest import Judging

pytestmark = pytest.mark.thorough

BY_OWNER = "SELECT * FROM messages WHERE owner = $1"
INBOX = f"{BY_OWNER} ORDER BY at DESC LIMIT 20"
USES = ("messages_owner_idx",)


def facts(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Rule and reason of each, without the plan."""
    return [(finding.rule, finding.found.partition("\n")[0]) for finding in findings]


class TestUses:
    def test_an_index_that_is_used(self, judge: Judging) -> None:
        judged = judge(INBOX, uses=USES, without=("sequential scan", "sort"))
        assert judged.findings == ()
        assert judged.used == {("public", "messages_owner_idx")}

    def test_an_index_on_the_wrong_column(self, judge: Judging) -> None:
        change = "DROP INDEX messages_owner_idx; CREATE INDEX messages_owner_idx ON messages (at)"
        (finding,) = judge(BY_OWNER, change=change, uses=USES).findings
        assert (finding.rule, finding.object) == ("index-not-used", f'behavior "it" of {BY_OWNER}')
        assert finding.expected == "index public.messages_owner_idx is used"
        reason, *plan = finding.found.splitlines()
        assert reason.endswith("read whole: the index cannot serve this query, even with nothing else to choose from")
        assert plan[-1].startswith("  Seq Scan on public.messages, 2083 rows, cost 1")
        assert plan[-1].endswith(": Filter (messages.owner = $1)")
        assert finding.mend == "compare the query with the index: btree (at) on messages"

    def test_an_index_with_a_condition_that_the_query_lacks(self, judge: Judging) -> None:
        (finding,) = judge("SELECT * FROM users WHERE email = $1", uses=("users_email_key",)).findings
        assert "cannot serve this query" in finding.found
        assert finding.mend.endswith("unique btree (email) on users where (deleted_at IS NULL)")
        query = "SELECT * FROM users WHERE email = $1 AND deleted_at IS NULL"
        assert judge(query, uses=("users_email_key",)).findings == ()

    def test_a_column_within_a_function(self, judge: Judging) -> None:
        query, change = "SELECT * FROM users WHERE lower(email) = $1", "CREATE INDEX e ON users (email)"
        reason = "the index cannot serve this query, even with nothing else to choose from"
        assert facts(judge(query, change=change, uses=("e",)).findings) == [
            ("index-not-used", f"public.users is read whole: {reason}")
        ]

    def test_another_index_that_is_cheaper(self, judge: Judging) -> None:
        ((rule, reason),) = facts(judge(BY_OWNER, change="CREATE INDEX o ON messages (owner)", uses=USES).findings)
        assert rule == "index-not-used"
        assert reason.startswith("o is used instead, which the planner finds cheaper: with it the plan costs ")

    def test_an_index_that_tells_too_little(self, judge: Judging) -> None:
        """Of a column with three values the table is read whole: with the index it would take longer."""
        tier = ColumnStatistics(distinct=3)
        stated = [TableStatistics(name="s", table="users", rows=1_000_000, columns={"tier": tier})]
        query, change = "SELECT * FROM users WHERE tier = $1", "CREATE INDEX tier ON users (tier)"
        ((_, reason),) = facts(judge(query, change=change, uses=("tier",), statistics=stated).findings)
        assert reason.startswith("public.users is read whole, which the planner finds cheaper: with it the plan costs ")

    def test_an_index_that_was_not_built_to_its_end(self, judge: Judging) -> None:
        change = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'messages_owner_idx'::regclass"
        (finding,) = judge(INBOX, change=change, uses=USES).findings
        assert facts((finding,)) == [("index-not-used", "it is not valid: it was not built to its end")]
        assert finding.mend == "REINDEX INDEX public.messages_owner_idx;"

    def test_an_index_of_a_table_that_is_not_read(self, judge: Judging) -> None:
        assert facts(judge(INBOX, uses=("users_email_key",)).findings) == [
            ("index-not-used", "the query does not read public.users")
        ]

    def test_an_index_of_a_partitioned_table(self, judge: Judging) -> None:
        change = """
        CREATE TABLE log (id int, at date) PARTITION BY RANGE (at);
        CREATE TABLE log1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE log2 PARTITION OF log FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
        CREATE INDEX log_id ON log (id);
        CREATE INDEX log_at ON log (at);
        """
        assert judge("SELECT * FROM log WHERE id = $1 AND at = $2", change=change, uses=("log_id",)).findings == ()
        ((_, reason),) = facts(judge("SELECT * FROM log WHERE at = $1", uses=("log_id",)).findings)
        assert "the index cannot serve this query" in reason

    def test_tables_of_the_system_stay_as_they_are(self, judge: Judging, scratch: ScratchDatabase) -> None:
        size = "SELECT pg_relation_size('pg_class') + pg_relation_size('pg_attribute')"
        before = scratch.value(size)
        query = f"{BY_OWNER} AND EXISTS (SELECT FROM pg_class JOIN pg_attribute ON attrelid = oid WHERE relname = $2)"
        assert judge(query, uses=USES).findings == ()
        assert scratch.value(size) == before

    def test_rows_that_a_seed_has_left(self, judge: Judging, scratch: ScratchDatabase) -> None:
        change = "INSERT INTO users SELECT n, n FROM generate_series(1, 2000) AS n; ANALYZE users"
        stated = [TableStatistics(name="s", table="users", rows=100, columns={"tier": ColumnStatistics(distinct=3)})]
        query = "SELECT * FROM users WHERE email = $1 AND deleted_at IS NULL"
        assert judge(query, change=change, uses=("users_email_key",), statistics=stated).findings == ()
        assert scratch.value("SELECT count(*) FROM users") == 2000

    def test_a_view_and_a_writing_query(self, judge: Judging) -> None:
        change = "CREATE VIEW inbox AS SELECT * FROM messages"
        assert judge("SELECT * FROM inbox WHERE owner = $1", change=change, uses=USES).findings == ()
        assert judge("DELETE FROM inbox WHERE owner = $1", uses=USES).findings == ()

    def test_a_name_that_needs_quotes(self, judge: Judging) -> None:
        change = 'CREATE TABLE "a.B ""é🙂" ("C d" int); CREATE INDEX "i.J ""k" ON "a.B ""é🙂" ("C d")'
        query = 'SELECT * FROM "a.B ""é🙂" WHERE "C d" = $1'
        assert judge(query, change=change, uses=('public."i.J ""k"',)).findings == ()


class TestWithout:
    def test_a_sequential_scan(self, judge: Judging) -> None:
        (finding,) = judge("SELECT * FROM messages WHERE body = $1", without=("sequential scan",)).findings
        assert facts((finding,)) == [("sequential-scan", "public.messages is read whole")]
        assert finding.mend.startswith("make an index on public.messages that begins with columns of the query's")

    def test_a_sort(self, judge: Judging) -> None:
        change = "DROP INDEX messages_owner_idx; CREATE INDEX messages_owner_idx ON messages (owner)"
        (finding,) = judge(INBOX, change=change, uses=USES, without=("sequential scan", "sort")).findings
        assert facts((finding,)) == [("sort-in-plan", "rows are sorted by messages.at DESC")]
        assert "Sort by messages.at DESC" in finding.found

    def test_a_small_table_is_read_whole(self, judge: Judging) -> None:
        few = [TableStatistics(name="s", table="messages", rows=10)]
        assert facts(judge(BY_OWNER, without=("sequential scan",), statistics=few).findings) == [
            ("sequential-scan", "public.messages is read whole")
        ]


class TestMeasured:
    GIVEN = """
    INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 1000) AS n;
    INSERT INTO messages SELECT n, n % 1000 + 1, now(), repeat('x', 200) FROM generate_series(1, 10000) AS n;
    """

    def test_within_its_limits(self, judge: Judging) -> None:
        said = {"given": self.GIVEN, "parameters": ("7",), "buffers": 20, "rows": 10}
        assert judge(BY_OWNER, uses=USES, **said).findings == ()

    def test_too_many_buffers_and_rows(self, judge: Judging) -> None:
        said = {"given": self.GIVEN, "parameters": ("7",), "buffers": 20, "rows": 10}
        found = judge(BY_OWNER, change="DROP INDEX messages_owner_idx", **said).findings
        assert facts(found) == [("too-many-buffers", "313 buffers"), ("too-many-rows-read", "10000 rows read")]
        assert (found[0].expected, found[1].expected) == ("at most 20 buffers", "at most 10 rows read")

    def test_a_query_that_writes_is_rolled_back(self, judge: Judging) -> None:
        said = {"given": self.GIVEN, "parameters": ("7",), "rows": 20}
        assert judge("DELETE FROM messages WHERE owner = $1", **said).findings == ()
        assert judge("SELECT * FROM messages WHERE owner = $1", **{**said, "given": "SELECT 1", "rows": 9}).findings


SLUGIFY = "CREATE FUNCTION slugify(text) RETURNS text LANGUAGE sql AS 'SELECT lower($1)'"


class TestMistakes:
    @pytest.mark.parametrize(
        ("query", "said", "found"),
        [
            ("SELECT * FROM mesages", {}, '"query": cannot be planned: relation "mesages" does not exist [42P01]'),
            ("SELECT ownr FROM messages", {}, '"query": cannot be planned: column "ownr" does not exist [42703]'),
            ("SELEC 1", {}, '"query": cannot be planned: syntax error at or near "SELEC" [42601]'),
            (INBOX, {"given": "BEGIN; SELECT 1"}, '"given": leaves a transaction open'),
            (
                INBOX,
                {"given": "INSERT INTO users VALUES (1, 'x')", "parameters": ("1",)},
                '"given": leaves every table empty that the query reads: that proves nothing',
            ),
            (INBOX, {"given": "nonsense"}, '"given": fails: syntax error at or near "nonsense" [42601]'),
            (
                "SELECT * FROM users WHERE id = $1",
                {"given": "INSERT INTO users VALUES (1, 'x')", "parameters": ("1", "2")},
                '"parameters": the query takes 1, and 2 are given',
            ),
            (
                "SELECT * FROM users WHERE id = $1",
                {"given": "INSERT INTO users VALUES (1, 'x')", "parameters": ("x",)},
                '"query": fails where it is run: invalid input syntax for type integer: "x" [22P02]',
            ),
            ("SELECT 1", {}, '"query": reads no table: that proves nothing'),
        ],
    )
    def test_a_query_that_cannot_be_planned(
        self, judge: Judging, query: str, said: dict[str, object], found: str
    ) -> None:
        assert facts(judge(query, without=("sort",), **said).findings) == [
            ("behavior-untried", f'behavior "it", {found}')
        ]

    def test_the_nearest_names(self, judge: Judging) -> None:
        (table,) = judge("SELECT * FROM mesages", without=("sort",)).findings
        assert table.mend == "near: messages, public.messages: the call"
        (function,) = judge("SELECT slugfy(email) FROM users", without=("sort",), change=SLUGIFY).findings
        assert function.mend == "near: slugify: the call"
        (given,) = judge(INBOX, given="INSERT INTO user_s VALUES (1)").findings
        assert given.mend == "near: users: the call"
        (column,) = judge("SELECT ownr FROM messages", without=("sort",)).findings
        assert column.mend == 'Perhaps you meant to reference the column "messages.owner": the call'
        (index,) = judge(INBOX, uses=("messages_ownr_idx",)).findings
        assert (index.rule, index.expected) == ("behavior-object-missing", "an index messages_ownr_idx")
        assert index.found == "there is none; near: messages_owner_idx, public.messages_owner_idx, messages_pkey"

    def test_statistics_of_what_is_not_there(self, judge: Judging) -> None:
        columns = {"tiers": ColumnStatistics(distinct=3)}
        wrong = [
            TableStatistics(name="a", table="user", rows=1),
            TableStatistics(name="b", table="users", rows=1, columns=columns),
        ]
        found = judge(INBOX, uses=USES, statistics=wrong).findings
        assert [finding.expected for finding in found] == ["a table user", "a column tiers of public.users"]


class TestCopied:
    STATED = (TableStatistics(name="s", table="messages", copy=True),)

    def test_what_the_target_knows_decides(self, judge: Judging) -> None:
        few = Copied(rows=10, pages=1, columns={})
        many = Copied(rows=1e6, pages=20_000, columns={"owner": Spread(nulls=0.0, width=4, distinct=50_000.0)})
        assert judge(BY_OWNER, uses=USES, statistics=self.STATED, copy=lambda _: few).findings
        assert judge(BY_OWNER, uses=USES, statistics=self.STATED, copy=lambda _: many).findings == ()

    def test_without_a_target_it_is_blind(self, judge: Judging) -> None:
        (finding,) = judge(BY_OWNER, uses=USES, statistics=self.STATED).findings
        assert (finding.outcome, finding.rule) == (Outcome.BLIND, "plan-not-judged")
        assert finding.found == "the statistics of public.messages cannot be copied: there is no --db-url"

    def test_what_may_not_be_read_is_blind(self, judge: Judging) -> None:
        def copy(_: object) -> Copied:
            raise BlindError("secret", hint="GRANT")

        (finding,) = judge(BY_OWNER, uses=USES, statistics=self.STATED, copy=copy).findings
        assert (finding.outcome, finding.found, finding.mend) == (Outcome.BLIND, "secret", "GRANT")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1000, 10**9), distinct=st.floats(-1, 10**9, width=32))
def test_any_statistics_can_be_given(judge: Judging, rows: int, distinct: float) -> None:
    columns = {"owner": ColumnStatistics(distinct=distinct, nulls=0.5, width=4)}
    stated = [TableStatistics(name="s", table="messages", rows=rows, columns=columns)]
    query = "SELECT * FROM messages WHERE id = $1"
    assert judge(query, uses=("messages_pkey",), statistics=stated).findings == ()
