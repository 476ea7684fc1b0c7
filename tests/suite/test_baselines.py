"""From a baseline to the head: where it leads elsewhere, and where it leads nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.findings import Outcome, Report
from pgassay.settings import Settings
from pgassay.suite.context import Context
from tests.conftest import MAJORS
from tests.project import Project, Run

pytestmark = pytest.mark.thorough

GOOSE = "-- +goose Up\n{}\n-- +goose Down\n"
DBMATE = "-- migrate:up\n{}\n-- migrate:down\n"
# PostgreSQL writes this in other words once it was dumped and loaded.
KINDS = "CREATE TABLE {}t (kind varchar CHECK (kind IN ('a', 'b')));"
DUMPED = KINDS.format("public.").replace(
    "kind IN ('a', 'b')", "(kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])"
)
TWICE = "ALTER TABLE t ADD b int;"


class Kept:
    """A project that keeps baselines."""

    lenient: tuple[str, ...] = ()

    def __init__(self, root: Path, context: Callable[[Settings], Context], major: int) -> None:
        self.root, self._context, self._major = root, context, major

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @property
    def context(self) -> Context:
        root = self.root
        return self._context(
            Settings(root=root, pg=self._major, schema=root / "schema", migrations=root / "db", leniencies=self.lenient)
        )

    def findings(self) -> list[tuple[str, str]]:
        return [(finding.rule, finding.object) for finding in self.report().findings]

    def report(self) -> Report:
        return self.context.report("baselines")


@pytest.fixture(params=MAJORS, ids=lambda major: f"pg{major}")
def kept(request: pytest.FixtureRequest, tmp_path: Path, contexts: Callable[[Settings], Context]) -> Kept:
    return Kept(tmp_path, contexts, request.param)


@pytest.mark.parametrize("name", ["1", "001", "1_kinds"])
def test_a_dump_of_the_first_migration(kept: Kept, name: str) -> None:
    kept.write(**{"db/1_kinds.sql": GOOSE.format(KINDS.format("")), "db/2_b.sql": GOOSE.format(TWICE)})
    kept.write(**{f"baselines/{name}.sql": f"SELECT set_config('search_path', '', false);\n{DUMPED}"})
    report = kept.report()
    assert (report.findings, report.looked_at, report.outcome) == ((), 1, Outcome.PASS)


def test_a_dump_that_is_not_what_it_stands_for(kept: Kept) -> None:
    kept.write(**{"db/1_kinds.sql": GOOSE.format(KINDS.format("")), "db/2_b.sql": GOOSE.format(TWICE)})
    kept.write(**{"baselines/2.sql": DUMPED, "baselines/1.sql": f"{DUMPED} CREATE INDEX i ON public.t (kind);"})
    assert kept.findings() == [
        ("baseline-leads-elsewhere", "baseline 1.sql: index public.i"),
        ("baseline-leads-elsewhere", "baseline 2.sql: column public.t.b"),
    ]


def test_a_dump_that_cannot_be_loaded_or_gone_on_from(kept: Kept) -> None:
    kept.write(**{"db/1_kinds.sql": GOOSE.format(KINDS.format("")), "db/2_b.sql": GOOSE.format(TWICE)})
    kept.write(**{"baselines/1.sql": "CREATE TABEL t ();", "baselines/2_b.sql": f"{DUMPED}\n{TWICE}"})
    kept.write(**{"baselines/001.sql": "CREATE TABLE u ();"})
    findings = kept.report().findings
    assert [(f.rule, f.object) for f in findings] == [
        ("baseline-fails", "baseline 001.sql"),
        ("baseline-fails", "baseline 1.sql"),
    ]
    assert 'relation "t" does not exist' in findings[0].found
    assert '1.sql", line 1: syntax error' in findings[1].found


def test_a_dump_of_a_superusers(kept: Kept) -> None:
    """What pg_dump writes of owners and of psql's lines is taken as it is."""
    kept.write(**{"schema/init/1.sql": "CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO PUBLIC;"})
    kept.write(**{"db/001-t.sql": "-- migrate:up\nCREATE TABLE s.t (a int);\n"})
    owned = "CREATE TABLE s.t (a int);\nALTER TABLE s.t OWNER TO pgassay_owner;"
    dump = "-- contract superuser:true\n\\restrict abc\n{}\n\\unrestrict abc\n"
    kept.write(**{"baselines/001-t.sql": dump.format(owned)})
    assert kept.findings() == []


def test_migrations_that_lead_nowhere(kept: Kept) -> None:
    kept.write(**{"db/1_t.sql": GOOSE.format("SELECT 1/0;"), "baselines/1.sql": DUMPED})
    (finding,) = kept.report().findings
    assert (finding.rule, finding.object) == ("not-run", "baseline 1.sql")
    assert "division by zero" in finding.found


def test_a_leniency_holds_here_too(kept: Kept) -> None:
    kept.write(**{"db/1_t.sql": GOOSE.format("CREATE TABLE t (a int, b int);")})
    kept.write(**{"baselines/1.sql": "CREATE TABLE t (b int, a int);"})
    kept.lenient = ("column-order",)
    assert kept.findings() == []


def test_flyways_own_baselines(kept: Kept) -> None:
    kept.write(
        **{"db/V1__t.sql": "CREATE TABLE t (a int);", "db/V2__b.sql": TWICE, "db/V3__c.sql": "CREATE TABLE u ();"}
    )
    kept.write(**{"db/B2__t.sql": "CREATE TABLE t (a int, b int);", "db/B3__t.sql": "CREATE TABLE t (a int);"})
    kept.write(**{"db/R__v.sql": "CREATE VIEW v AS SELECT a FROM t;"})
    assert kept.findings() == [
        ("baseline-leads-elsewhere", "baseline B3__t.sql: table public.u"),
        ("baseline-leads-elsewhere", "baseline B3__t.sql: column public.t.b"),
    ]


def test_flyways_baseline_that_the_migrations_begin_with_is_no_other_way(kept: Kept) -> None:
    kept.write(**{"db/B2__t.sql": "CREATE TABLE t (a int, b int);", "db/V3__c.sql": "CREATE TABLE u ();"})
    assert [way.name for way in kept.context.ways] == []


DUMP = """CREATE TABLE public.schema_migrations (version character varying NOT NULL PRIMARY KEY);
{}

--
-- Dbmate schema migrations
--

INSERT INTO public.schema_migrations (version) VALUES
    ('1'),
    ('2');
"""


def test_the_dump_that_dbmate_writes(kept: Kept) -> None:
    """It may be older than the newest migration; the tool's own table is no part of the schema."""
    files = {"db/1_t.sql": KINDS.format(""), "db/2_b.sql": TWICE, "db/3_c.sql": "ALTER TABLE t ADD c int;"}
    kept.write(**{name: DBMATE.format(text) for name, text in files.items()})
    kept.write(**{"schema.sql": DUMP.format(DUMPED.replace("(kind", "(kind", 1).replace("));", "), b int);", 1))})
    assert kept.findings() == []
    kept.write(**{"schema.sql": DUMP.format(DUMPED)})
    assert kept.findings() == [("baseline-leads-elsewhere", "baseline schema.sql: column public.t.b")]


@pytest.mark.parametrize("text", [None, "CREATE TABLE t ();", "-- Dbmate schema migrations\n"])
def test_a_schema_that_is_not_dbmates(kept: Kept, text: str | None) -> None:
    kept.write(**{"db/1_t.sql": DBMATE.format(TWICE), **({} if text is None else {"schema.sql": text})})
    assert kept.context.ways == ()


@pytest.mark.slow
def test_an_item_for_each(project: Project, run_pytest: Run) -> None:
    project.write("baselines/001-users.sql", "CREATE TABLE s.users (id int PRIMARY KEY);")
    project.write("baselines/002.sql", "CREATE TABLE s.users (id int PRIMARY KEY);")
    result = run_pytest("-v", "-k", "baselines")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (1, 2)
    result.stdout.fnmatch_lines_random(["*test_baselines?001-users.sql? PASSED*", "*baseline 002.sql: index s.i*"])


def test_a_name_of_no_migration_is_one_failing_item(project: Project, run_pytest: Run) -> None:
    project.write("baselines/7.sql", "SELECT 1;")
    result = run_pytest("-v", "-k", "baselines")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*test_baselines?unreadable? FAILED*", '*7.sql" is named like no migration', "*such as 002-index.sql"]
    )


def test_without_baselines_it_is_left_out(project: Project, run_pytest: Run) -> None:
    result = run_pytest("--collect-only", "-q")
    result.stdout.fnmatch_lines(["1 left out, for no baseline is kept *: test_baselines?no-baseline?"])


# Rows whose foreign key is looked at when the transaction ends, and a change that has to wait for that.
DEFERRED = {
    "1_a.sql": "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a DEFERRABLE INITIALLY DEFERRED);",
    "2_rows.sql": "INSERT INTO a VALUES (1, 1);",
    "3_b.sql": "ALTER TABLE a ADD b int;",
}
NODE = {"package.json": '{"dependencies": {"node-pg-migrate": "9"}}'}


def test_what_needs_a_commit_fails_where_the_tool_makes_one_transaction_of_all(kept: Kept) -> None:
    """One after the other they are right: only a new database meets this."""
    kept.write(**NODE, **{f"db/{name}": text for name, text in DEFERRED.items()})
    (finding,) = kept.report().findings
    assert (finding.rule, finding.object) == ("one-transaction-fails", "one-transaction")
    assert "3_b.sql" in finding.found
    assert "pending trigger events" in finding.found
    assert finding.mend.startswith("let the tool open a transaction for each migration")


def test_what_needs_none_leads_to_the_head_at_once(kept: Kept) -> None:
    read = "INSERT INTO pgmigrations (name, run_on) SELECT 'x', now() WHERE false;"
    kept.write(**NODE, **{"db/1_a.sql": "CREATE TABLE a (id int);", "db/2_b.sql": read})
    report = kept.report()
    assert (report.findings, report.looked_at) == ((), 1)


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": '{"scripts": {"up": "node-pg-migrate up --no-single-transaction"}}'},
        {**NODE, "db/4_code.js": ""},
    ],
)
def test_no_one_transaction_where_it_cannot_be_told(kept: Kept, files: dict[str, str]) -> None:
    kept.write(**{f"db/{name}": text for name, text in DEFERRED.items()}, **files)
    assert kept.context.ways == ()


@pytest.mark.thorough
@pytest.mark.parametrize(("each", "rules"), [("False", ["one-transaction-fails"]), ("True", [])])
def test_alembic_makes_one_transaction_of_all(kept: Kept, each: str, rules: list[str]) -> None:
    configured = f"context.configure(connection=connection, transaction_per_migration={each})"
    env = f"""
from alembic import context
from sqlalchemy import create_engine

with create_engine("postgresql+psycopg://").connect() as connection:
    {configured}
    with context.begin_transaction():
        context.run_migrations()
"""
    kept.write(**{"db/env.py": env})
    for number, text in enumerate(DEFERRED.values()):
        above = repr(f"r{number - 1}") if number else None
        kept.write(
            **{
                f"db/versions/r{number}_x.py": "from alembic import op\n"
                f"revision = 'r{number}'\ndown_revision = {above}\ndef upgrade():\n    op.execute({text!r})\n"
            }
        )
    assert [rule for rule, _ in kept.findings()] == rules
