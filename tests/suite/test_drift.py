"""Drift between sources of every kind."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.read import read_catalog
from pgassay.catalog.scope_roles import SHARED_KINDS
from pgassay.catalog.selection import Selection
from pgassay.catalog.snapshot import dump
from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, UsageError
from pgassay.findings import Outcome
from pgassay.render.as_sql import drift_sql
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.mark import mark_scratch
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.alike import ONE_SERVER
from pgassay.suite.drift import NOTHING, Drift, DriftOptions, drift
from tests.project import Project

pytestmark = pytest.mark.thorough

Compare = Callable[..., Drift]
MakeDatabase = Callable[..., Conninfo]
MakeSource = Callable[..., str]
STATED = "CREATE SCHEMA s; CREATE TABLE s.users (id int PRIMARY KEY); CREATE INDEX i ON s.users (id);"
OPEN = "GRANT ALL ON SCHEMA s TO PUBLIC;"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def settings(project: Project) -> Settings:
    return Settings(root=project.path, schema=project.path / "schema", migrations=project.path / "migrations")


@pytest.fixture
def compare(settings: Settings) -> Iterator[Compare]:
    """Compare in a project, in a run of its own."""
    with RunDirectory.create() as run:

        def go(expected: str, found: str, *, settings: Settings = settings, **options: object) -> Drift:
            chosen = DriftOptions(**options)  # type: ignore[arg-type]
            return drift(expected, found, options=chosen, settings=settings, run=run, cwd=settings.root)

        yield go


@pytest.fixture
def databases() -> Iterator[MakeDatabase]:
    """Make databases, on any server, with something in them."""
    made: list[tuple[Server, str]] = []

    def make(server: Server, statements: str = STATED + OPEN) -> Conninfo:
        made.append((server, scratch_name("drift")))
        create_database(*made[-1])
        with server.connect(made[-1][1]) as connection:
            connection.execute(statements.encode())
        return server.at(made[-1][1])

    yield make
    for server, name in made:
        drop_database(server, name)


def found(seen: Drift) -> list[str]:
    return [finding.key for finding in seen.report.findings]


def write_snapshot(project: Project, name: str, server: Server, conninfo: Conninfo) -> None:
    project.write(name, dump(read(server, conninfo), contract_hash=""))


def read(server: Server, conninfo: Conninfo) -> Catalog:
    """Read a catalog, without the roles that other tests make on this server at the same time."""
    with closing(server.connect(conninfo.get("dbname"))) as connection:
        catalog = read_catalog(connection)
    ours = [record for record in catalog if record.KIND not in SHARED_KINDS or record.identity == ("postgres",)]
    return Catalog.of(catalog.major, ours)


@pytest.fixture
def source(project: Project, server: Server, databases: MakeDatabase) -> MakeSource:
    """Make sources of every sort, each in a place of its own, and with something more."""

    def make(sort: str, more: str = "") -> str:
        if sort in {"contract:", "migrations:"}:
            return f"{sort}{_folder(project, sort, more)}"
        conninfo = databases(server, STATED + OPEN + more)
        if sort == "live":
            return conninfo.url
        name = f"{conninfo.get('dbname')}.json"
        write_snapshot(project, name, server, conninfo)
        return name

    return make


def _folder(project: Project, sort: str, more: str) -> str:
    folder = scratch_name("folder")
    shutil.copytree(project.path / ("schema" if sort == "contract:" else "migrations"), project.path / folder)
    if sort == "contract:":
        project.write(f"{folder}/more.sql", more)
    else:
        project.write(f"{folder}/003-more.sql", f"-- migrate:up\n{more or 'SELECT 1;'}\n")
    return folder


SORTS = ("live", "file", "contract:", "migrations:")
BY_DAY = {("live", "contract:"), ("file", "migrations:")}  # each sort once
PAIRS = [
    pair if pair in BY_DAY else pytest.param(*pair, marks=pytest.mark.thorough)
    for pair in itertools.combinations_with_replacement(SORTS, 2)
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_every_pair(compare: Compare, source: MakeSource, one: str, other: str) -> None:
    """One schema from everywhere, and one table more: nothing else differs."""
    assert found(compare(source(one), source(other, "CREATE TABLE s.more ();"))) == ["table-extra table s.more"]


def test_what_is_expected_comes_first(compare: Compare, source: MakeSource) -> None:
    one, more = source("live"), source("file", "CREATE TABLE s.more ();")
    seen = compare(more, one)
    assert found(seen) == ["table-missing table s.more"]
    assert seen.report.title == f'"{Conninfo(one).redacted}" against "{more}"'


def test_no_difference(compare: Compare, source: MakeSource) -> None:
    for one, other in (("contract:", "migrations:"), ("live", "contract:"), ("live", "live")):
        seen = compare(source(one), source(other))
        assert (seen.report.outcome, seen.mends) == (Outcome.PASS, ())


def test_a_version_of_the_migrations(compare: Compare) -> None:
    seen = compare("contract:", "migrations:@1")
    assert found(seen) == ["index-missing index s.i"]
    assert seen.report.title == '"migrations:@1" against "contract:"'
    with pytest.raises(UsageError, match='no migration "7" to stop at'):
        compare("contract:", "migrations:@7")


def test_filters(compare: Compare, server: Server, databases: MakeDatabase) -> None:
    odd = 'CREATE SCHEMA "Odd.One"; CREATE TABLE "Odd.One"."a""b 😀" (x int CHECK (x > 0));'
    full, empty = databases(server, STATED + odd).url, databases(server, 'CREATE SCHEMA s; CREATE SCHEMA "Odd.One"').url
    assert found(compare(full, empty)) == ['table-missing table "Odd.One"."a""b 😀"', "table-missing table s.users"]
    assert found(compare(full, empty, selection=Selection(schemas=("O*.One",)))) == [
        'table-missing table "Odd.One"."a""b 😀"'
    ]
    assert found(compare(full, empty, selection=Selection(kinds=("index",)))) == [
        "index-missing index s.i",
        "index-missing index s.users_pkey",
    ]
    seen = compare(full, empty, selection=Selection(names=('a"b 😀_x_check', "i")))
    assert found(seen) == [
        'constraint-missing constraint "Odd.One"."a""b 😀"."a""b 😀_x_check"',
        "index-missing index s.i",
    ]
    assert {ONE_SERVER, 'only names like a"b 😀_x_check, i'} <= {*seen.report.notes}


def test_a_filter_that_leaves_nothing_is_blind(compare: Compare, server: Server, databases: MakeDatabase) -> None:
    seen = compare(databases(server).url, databases(server).url, selection=Selection(names=("user",)))
    assert (seen.report.outcome, seen.report.notes[-1]) == (Outcome.BLIND, NOTHING)


def test_leniencies(compare: Compare, settings: Settings, server: Server, databases: MakeDatabase) -> None:
    one = databases(server, "CREATE TABLE t (a int, b int); COMMENT ON TABLE t IS 'x'; GRANT SELECT ON t TO PUBLIC").url
    other = databases(server, "CREATE TABLE t (b int, a int); ALTER TABLE t OWNER TO pg_database_owner").url
    names = ("column-order", "owners", "privileges", "comments")
    rules = ["owner-differs", "privileges-differ", "comment-differs", "column-order-differs"]
    assert sorted(found(compare(one, other))) == sorted(f"{rule} table public.t" for rule in rules)
    for name, rule in zip(names, ("column-order-", "owner-", "privileges-", "comment-"), strict=True):
        left = found(compare(one, other, leniencies=(name,)))
        assert (len(left), [key for key in left if key.startswith(rule)]) == (3, [])
    seen = compare(one, other, leniencies=names[1:], settings=replace(settings, leniencies=names[:1]))
    assert found(seen) == []
    said = [note.partition(":")[0] for note in seen.report.notes if note.startswith("leniency")]
    assert said == [f"leniency {name}" for name in sorted(names)]


def test_settings_of_real_databases_count(compare: Compare, server: Server, databases: MakeDatabase) -> None:
    one, other = databases(server), databases(server)
    with server.connect() as connection:
        connection.execute(f'ALTER DATABASE "{other.get("dbname")}" SET work_mem = "8MB"'.encode())
    assert found(compare(one.url, other.url)) == ["database-differs database"]
    assert found(compare("contract:", other.url)) == []


def test_roles_with_nothing_to_do_in_either_count_where_that_is_asked_for(
    compare: Compare, private_server: Server, server: Server, databases: MakeDatabase
) -> None:
    one, other = databases(server), databases(private_server)
    with private_server.connect() as connection:
        connection.execute('CREATE ROLE "i.d""le"')
    seen = compare(one.url, other.url)
    assert found(seen) == []
    assert any('i.d"le' in note for note in seen.report.notes)
    every = found(compare(one.url, other.url, every_role=True, selection=Selection(names=('i.d"le',))))
    assert every == ['role-extra role "i.d""le"']


def test_who_only_looks_is_no_difference(compare: Compare, private_server: Server, databases: MakeDatabase) -> None:
    there = databases(private_server)
    with private_server.connect() as connection:
        connection.execute("CREATE ROLE auditor LOGIN")
        connection.execute(f'GRANT CONNECT ON DATABASE "{there.get("dbname")}" TO auditor'.encode())
    url = private_server.at(there.get("dbname"), user="auditor").url
    for sources in (("contract:", url), (url, "contract:")):
        seen = compare(*sources)
        assert found(seen) == []
        assert any(note.startswith('not compared: CONNECT to "auditor"') for note in seen.report.notes)


def test_the_settings_map_roles_on_either_side(
    compare: Compare, project: Project, settings: Settings, source: MakeSource, role_name: Callable[..., str]
) -> None:
    real = role_name()
    guarded = "DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    project.append("schema/init/01.sql", f"{guarded} GRANT CREATE ON SCHEMA s TO app;")
    url = source("live", f"CREATE ROLE {real}; GRANT CREATE ON SCHEMA s TO {real}")
    mapped = replace(settings, roles={"app": real})
    assert len(found(compare("contract:", url))) == 3
    assert found(compare("contract:", url, settings=mapped)) == []
    seen = compare(url, "contract:", settings=mapped)
    assert found(seen) == []
    assert f"roles that are called otherwise: {real} is app" in seen.report.notes


CHECKED = "CREATE TABLE s.checked (kind varchar(9) CHECK (kind IN ('a', 'b')));"
RELOADED = (
    "CREATE TABLE s.checked (kind varchar(9) CONSTRAINT checked_kind_check"
    " CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))));"
)


def test_text_that_reads_otherwise_is_put_to_a_scratch_server(
    compare: Compare, project: Project, settings: Settings, server: Server, databases: MakeDatabase
) -> None:
    one, other = databases(server, STATED + OPEN + CHECKED).url, databases(server, STATED + OPEN + RELOADED).url
    rendering = "rendering: definition of constraint s.checked.checked_kind_check reads otherwise, means the same"
    project.append("schema/tables.sql", CHECKED)
    for sources in (("contract:", other), (other, "contract:"), (one, other)):
        seen = compare(*sources)
        assert found(seen) == []
        assert rendering in seen.report.notes
    nothing = replace(settings, schema=project.path / "nowhere", migrations=None)
    (finding,) = compare(one, other, settings=nothing).report.findings
    assert "compared as text, for want of a scratch server" in finding.found


def test_no_scratch_server_to_ask_is_said(
    compare: Compare, settings: Settings, server: Server, databases: MakeDatabase
) -> None:
    one, other = databases(server, STATED + OPEN + CHECKED).url, databases(server, STATED + OPEN + RELOADED).url
    nowhere = replace(settings, server=Conninfo("postgresql://me:s3cret@127.0.0.1:1/x"))
    seen = compare(one, other, settings=nowhere)
    assert found(seen) == ["constraint-differs constraint s.checked.checked_kind_check"]
    (note,) = (note for note in seen.report.notes if note.startswith("text that differs was not put to a scratch"))
    assert "s3cret" not in note


def test_another_major(compare: Compare, any_server: Server, server: Server, databases: MakeDatabase) -> None:
    view = "CREATE VIEW s.v AS SELECT id FROM s.users;"
    one, other = databases(server, STATED + OPEN + view).url, databases(any_server, STATED + OPEN + view).url
    seen = compare(one, other)
    # Up to 14, everybody may make things in schema public.
    assert found(seen) == ["privileges-differ schema public"] * (any_server.major < 15)
    across = [note for note in seen.report.notes if note.startswith("expected text was written by")]
    assert len(across) == (any_server.major != server.major)
    assert found(compare(other, "contract:")) == ["view-missing view s.v"]


def test_the_script_brings_one_to_the_other(compare: Compare, server: Server, databases: MakeDatabase) -> None:
    odd = 'CREATE SCHEMA "n.\n""ew"; CREATE TABLE "n.\n""ew"."t 😀" (id serial PRIMARY KEY, v text CHECK (v > \'\'));'
    odd += 'CREATE VIEW "n.\n""ew".v AS SELECT v FROM "n.\n""ew"."t 😀"; COMMENT ON SCHEMA s IS E\'two\\nlines\';'
    odd += 'CREATE VIEW "n.\n""ew".a AS SELECT v FROM "n.\n""ew".v;'
    odd += 'CREATE SCHEMA m; CREATE VIEW m.v AS SELECT v FROM "n.\n""ew".a; CREATE VIEW s.v AS SELECT v FROM m.v;'
    wanted, there = databases(server, STATED + odd), databases(server, "CREATE SCHEMA s; CREATE TABLE s.old (x int)")
    seen = compare(wanted.url, there.url)
    with server.connect(there.get("dbname")) as connection:
        connection.execute(drift_sql(seen).encode())
    assert found(compare(wanted.url, there.url)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "that is not JSON"),
        ('{"format": 99}', "a snapshot of format 99; this pgassay reads format 3"),
        ("\ud800", "cannot be read"),
    ],
)
def test_a_file_that_is_no_snapshot(compare: Compare, project: Project, text: str, said: str) -> None:
    (project.path / "f.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BlindError, match=said) as caught:
        compare("f.json", "contract:")
    assert str(caught.value).startswith('"f.json"')


def test_a_stale_snapshot_is_said(compare: Compare, project: Project, server: Server, databases: MakeDatabase) -> None:
    write_snapshot(project, "schema/catalog.json", server, databases(server))
    seen = compare("schema/catalog.json", "migrations:")
    assert found(seen) == []
    assert seen.report.notes[0].startswith('"schema/catalog.json" is stale: it was made from other files')


BROKEN = {
    "contract:": ("schema/tables.sql", "CREATE TABEL x;", "syntax error"),
    "migrations:@1": ("migrations/001-users.sql", "SELECT 1", "there is no marker in this file"),
    "migrations:": ("migrations/002-index.sql", "-- migrate:up\nSELECT 1/0;\n", "division by zero"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_cannot_be_built_is_blind(compare: Compare, project: Project, source: MakeSource, text: str) -> None:
    name, sql, said = BROKEN[text]
    project.write(name, sql)
    with pytest.raises(BlindError, match=said):
        compare(source("live"), text)


def test_a_contract_that_is_broken_is_no_matter_where_none_is_compared(
    compare: Compare, project: Project, source: MakeSource
) -> None:
    project.write("schema/behavior.toml", "[[trigger")
    assert found(compare(source("live"), source("file"))) == []


@pytest.fixture
def marked(private_server: Server) -> Server:
    mark_scratch(private_server.conninfo)
    return private_server


def test_on_a_server_that_others_use_roles_are_blind(
    compare: Compare, settings: Settings, marked: Server, source: MakeSource
) -> None:
    shared = replace(settings, server=marked.conninfo)
    kinds = ("membership", "parameter privileges", "role", "role setting", "tablespace")
    blind = [f"not-readable {kind} of the {of}" for kind in kinds for of in ("contract", "migrations")]
    assert found(compare("contract:", "migrations:", settings=shared)) == blind
    assert found(compare(source("live"), "migrations:", settings=shared)) == blind[1::2]


def test_nothing_is_built_on_the_server_that_is_looked_at(
    compare: Compare, settings: Settings, marked: Server, databases: MakeDatabase
) -> None:
    shared = replace(settings, server=marked.conninfo)
    with pytest.raises(BlindError, match="is the server of the target"):
        compare(databases(marked).url, "contract:", settings=shared)


def test_a_database_that_is_not_there_is_blind(compare: Compare, server: Server) -> None:
    with pytest.raises(BlindError, match='database "pgassay_nowhere" does not exist'):
        compare("contract:", server.at("pgassay_nowhere").url)
    with pytest.raises(BlindError, match="cannot open the target me@127") as caught:
        compare("postgresql://me:s3cret@127.0.0.1:1/x", "contract:")
    assert "s3cret" not in str(caught.value)


def test_twice_the_same(compare: Compare, server: Server, databases: MakeDatabase) -> None:
    url = databases(server).url
    for one, other, said in (
        ("contract:", "contract:schema", 'both sides are "contract:"'),
        ("migrations:@1", "migrations:@01", "both sides are"),
        (url, url, "both sides are"),
        (url, f"{url}&application_name=x", "are one database"),
    ):
        with pytest.raises(UsageError, match=said):
            compare(one, other)


def test_what_is_not_read_is_blind_unless_another_kind_is_asked_for(
    compare: Compare, project: Project, server: Server, databases: MakeDatabase
) -> None:
    url = databases(server).url
    blind = replace(read(server, Conninfo(url)), blind=(BlindSpot("3 unicorns", "pgassay does not read them yet", ""),))
    project.write("blind.json", dump(blind, contract_hash=""))
    seen = compare("blind.json", url)
    assert (seen.report.outcome, found(seen)) == (Outcome.BLIND, ["not-readable 3 unicorns"])
    assert "--kind" in seen.report.findings[0].mend
    assert compare("blind.json", url, selection=Selection(kinds=("table",))).report.outcome is Outcome.PASS
