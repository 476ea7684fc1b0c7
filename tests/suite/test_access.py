"""The checks of access: on scratch databases all is tried, and on a target only looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pgassay.errors import BlindError
from pgassay.findings import Outcome
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.access import READ_ONLY, acting, matrix_of
from pgassay.suite.context import Context
from tests.suite.conftest import EXAMPLE, Example

Contexts = Callable[[Settings], Context]

CHECKS = ("access_matrix", "access_leaks", "access_behavior")
TOKENS = "table public.oauth_tokens"
MAPPED = """
[[access]]
name = "only the application reads"
on = "t"
can = { app = "SELECT" }
nobody_else = true

[[access]]
name = "rows are not looked at there"
on = "t"
as = "app"
sees = "true"
"""
ROWS = """
[[access]]
name = "rows"
on = "t"
as = "app"
given = "INSERT INTO t DEFAULT VALUES; SELECT setval('q', 7)"
sees = "true"

[[access]]
name = "broken"
on = "t"
as = "app"
given = "INSERT INTO nowhere VALUES (1)"
sees = "true"
"""
SCHEMA = "CREATE TABLE t (id serial); CREATE SEQUENCE q; GRANT SELECT ON t TO app;"
INIT = "DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$"


def test_the_example(contexts: Contexts) -> None:
    context = contexts(EXAMPLE)
    assert [(name, context.report(name).findings) for name in CHECKS] == [(name, ()) for name in CHECKS]
    assert context.report("access_matrix").notes == ()
    assert context.report("access_behavior").looked_at == len(context.contract.behavior.access)


def test_the_example_as_a_target(example: Example) -> None:
    for name in ("access_matrix", "access_leaks", "access_of_target"):
        assert example.report(name).outcome is Outcome.PASS
    assert READ_ONLY in example.report("access_matrix").notes
    assert not matrix_of(example.context).tried


def test_roles_that_have_nothing_there_are_left_out_and_counted(example: Example) -> None:
    example.do("CREATE ROLE idle")
    try:
        (note,) = (note for note in example.report("access_matrix").notes if "left out" in note)
    finally:
        example.do("DROP ROLE idle")
    assert note == "roles of the cluster that own and hold nothing in this database themselves are left out: 1"


def test_a_grant_too_many_on_a_target(example: Example) -> None:
    example.do("GRANT SELECT ON oauth_tokens TO app_readonly")
    finding = example.finding("access_of_target")
    assert finding.object == f'behavior "only the application touches tokens": {TOKENS} for role app_readonly'
    assert (finding.found, finding.mend) == (
        "SELECT: it is held, granted (default privileges)",
        "REVOKE SELECT ON TABLE public.oauth_tokens FROM app_readonly;",
    )


def test_a_definer_on_a_target(example: Example) -> None:
    example.do("ALTER FUNCTION encrypt_token(text, text) SECURITY DEFINER")
    assert example.findings("access_leaks") == [("definer-search-path", "function public.encrypt_token(text, text)")]


@pytest.fixture
def mapped(private_server: Server, tmp_path: Path) -> Iterator[Settings]:
    """A target on which the application's role is called otherwise."""
    write(tmp_path, MAPPED)
    name = scratch_name("mapped")
    create_database(private_server, name)
    with private_server.connect(name) as connection:
        connection.execute("CREATE ROLE live; CREATE TABLE t (id int); GRANT SELECT ON t TO live")
    yield Settings(root=tmp_path, schema=tmp_path / "schema", db_url=private_server.at(name), roles={"app": "live"})
    drop_database(private_server, name)
    with private_server.connect() as connection:
        connection.execute("DROP ROLE live")


def write(folder: Path, behavior: str) -> None:
    (folder / "schema" / "init").mkdir(parents=True)
    (folder / "schema" / "init" / "1.sql").write_text(INIT)
    (folder / "schema" / "t.sql").write_text(SCHEMA)
    (folder / "schema" / "behavior.toml").write_text(behavior)


def test_roles_are_called_as_the_settings_map_them(contexts: Contexts, mapped: Settings) -> None:
    report = contexts(mapped).report("access_of_target")
    assert (report.findings, report.looked_at) == ((), 1)


def test_rows_leave_nothing_behind_and_one_broken_entry_keeps_no_other(contexts: Contexts, tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    context = contexts(Settings(root=tmp_path, schema=tmp_path / "schema", migrations=None))
    report = context.report("access_behavior")
    assert [(finding.rule, finding.object) for finding in report.findings] == [
        ("behavior-untried", 'behavior "broken" of role app on t')
    ]
    assert (
        f'behavior.toml", line {ROWS[: ROWS.index("INSERT INTO nowhere")].count(chr(10)) + 1}'
        in report.findings[0].mend
    )
    for _ in range(3):
        with context.sandbox.new() as database:
            found = database.query("SELECT (SELECT count(*) FROM t), last_value, is_called FROM q", into=tuple)
            assert found == [(0, 1, False)]


MISTAKEN = """
[[access]]
name = "of privileges"
on = "tt"
can = { app = "SELECT" }

[[access]]
name = "of rows"
on = "t"
as = "ap"
sees = "true"
"""


def test_a_mistake_is_told_once_with_file_line_and_what_is_near(contexts: Contexts, tmp_path: Path) -> None:
    write(tmp_path, MISTAKEN)
    context = contexts(Settings(root=tmp_path, schema=tmp_path / "schema", migrations=None))
    file = tmp_path / "schema" / "behavior.toml"
    assert [(f.rule, f.found, f.mend) for f in context.report("access_behavior").findings] == [
        (
            "behavior-object-missing",
            "there is none; near it: table public.t",
            f'make it, or correct the entry: "{file}", line 2',
        ),
        ("behavior-untried", 'behavior "of rows", "as": there is no role ap', f'near it: app: "{file}", line 10'),
    ]


def test_a_role_that_may_not_act_as_others_is_blind(contexts: Contexts) -> None:
    with (
        pytest.raises(BlindError, match="access cannot be tried: permission denied"),
        acting(contexts(EXAMPLE)) as connection,
    ):
        connection.execute("SET ROLE app_readonly; CREATE SCHEMA x")
