"""`pgassay diff`: exit codes, formats, options."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pgassay.catalog.leniencies import NAMES
from pgassay.cli import ExitCode, run
from pgassay.conninfo import Conninfo
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.project import Project

Command = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
SUMMARY = "table kind table, persistence permanent, access method heap, replica identity default, owner postgres"
TABLE = 'CREATE TABLE "T.able ""1"" 😀" (id int PRIMARY KEY, note text);'


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in a project, in this process; gives exit code, output and errors."""
    Project(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def go(*words: str) -> tuple[int, str, str]:
        code = run(["diff", *words])
        return code, *capsys.readouterr()

    return go


@pytest.fixture
def other(server: Server) -> Iterator[Conninfo]:
    name = scratch_name("other")
    create_database(server, name)
    yield server.at(name)
    drop_database(server, name)


@pytest.fixture
def sides(server: Server, database: Conninfo, other: Conninfo) -> tuple[str, str]:
    """The URLs of two databases: the second lacks a column, and has a table more."""
    for conninfo, statements in (
        (database, TABLE),
        (
            other,
            f'{TABLE} ALTER TABLE "T.able ""1"" 😀" DROP COLUMN note; CREATE TABLE more (); ',
        ),
    ):
        with server.connect(conninfo.get("dbname")) as connection:
            connection.execute(statements.encode())
    return database.url, other.url


@pytest.mark.slow
def test_the_worked_example(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, _ = command("contract:", "migrations:")
    assert (code, out.partition(" (")[0]) == (ExitCode.GOOD, 'PASS  "migrations:" against "contract:"')
    assert len(out.splitlines()) == 1


def test_text(command: Command, sides: tuple[str, str]) -> None:
    code, out, _ = command(*sides)
    one, other = (Conninfo(url).redacted for url in sides)
    head, *rest = out.splitlines()
    assert code == ExitCode.NO
    assert head.startswith(f'FAIL  "{other}" against "{one}" (')
    # Tests that run at the same time make roles on this server.
    assert [line for line in rest if "roles of the cluster" not in line] == [
        "  table public.more: table-extra",
        "    expected  not there",
        f"    found     {SUMMARY}",
        "    mend      -- its rows are lost",
        "              DROP TABLE public.more;",
        '  column public."T.able ""1"" 😀".note: column-missing',
        "    expected  type text, storage extended, local yes, not null validated yes",
        "    found     missing",
        '    mend      ALTER TABLE public."T.able ""1"" 😀" ADD COLUMN note text;',
        "  note: both databases are on one server: roles, memberships and settings of roles are the same for both",
    ]


def test_json(command: Command, sides: tuple[str, str]) -> None:
    code, out, _ = command(*sides, "--format", "json", "--kind", "column")
    (report,) = json.loads(out)["reports"]
    assert (code, report["outcome"], report["looked_at"]) == (ExitCode.NO, "fail", 2)
    (finding,) = report["findings"]
    assert finding["key"] == 'column-missing column public."T.able ""1"" 😀".note'
    assert "only these kinds: column" in report["notes"]


def test_sql(command: Command, server: Server, sides: tuple[str, str]) -> None:
    code, out, _ = command(*sides, "--format", "sql")
    assert code == ExitCode.NO
    with server.connect(Conninfo(sides[1]).get("dbname")) as connection:
        connection.execute(out.encode())
    code, out, _ = command(*sides, "--format", "sql")
    assert (code, out.rstrip().splitlines()[-1]) == (ExitCode.GOOD, "-- no difference")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "objects"),
    [
        (("--kind", "column"), ['column public."T.able ""1"" 😀".note']),
        (("--kind", "table", "--kind", "materialized-view"), ["table public.more"]),
        (("--name", "mor?", "--name", "nothing"), ["table public.more"]),
        (("--name", 'public."T.able*'), ['column public."T.able ""1"" 😀".note']),
        (("--schema", "pub*", "--kind", "table"), ["table public.more"]),
        (("--schema", "public", "--name", "id"), []),
    ],
)
def test_filters(command: Command, sides: tuple[str, str], words: tuple[str, ...], objects: list[str]) -> None:
    code, out, _ = command(*sides, *words, "--format", "json")
    (report,) = json.loads(out)["reports"]
    assert [finding["object"] for finding in report["findings"]] == objects
    assert code == (ExitCode.NO if objects else ExitCode.GOOD)
    assert any(note.startswith("only ") for note in report["notes"])


@pytest.mark.parametrize("word", ["owner", "privileges", "comments", "column-order"])
def test_what_is_ignored_is_a_leniency(command: Command, sides: tuple[str, str], word: str) -> None:
    _, out, _ = command(*sides, f"--ignore-{word}", "--leniency", "generated-names", "--format", "json")
    notes = json.loads(out)["reports"][0]["notes"]
    (name,) = (name for name in NAMES if name.startswith(word))
    leniencies = [note.split(":")[0] for note in notes if note.startswith("leniency")]
    assert leniencies == sorted([f"leniency {name}", "leniency generated-names"])


def test_every_role(command: Command, server: Server, database: Conninfo, role_name: Callable[..., str]) -> None:
    name = role_name("idle")
    with server.connect() as connection:
        connection.execute(f"CREATE ROLE {name}".encode())
    words = ("contract:", database.url, "--kind", "role", "--name", name)
    assert command(*words)[0] == ExitCode.BLIND
    code, out, _ = command(*words, "--shared")
    assert (code, f"role {name}: role-extra" in out) == (ExitCode.NO, True)


def test_nothing_that_is_selected_is_blind(command: Command, sides: tuple[str, str]) -> None:
    code, out, _ = command(*sides, "--name", "user")
    assert (code, out.startswith("BLIND ")) == (ExitCode.BLIND, True)
    assert out.endswith("note: nothing was compared: no object of either side is selected\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("contract:", "contract:"), 'both sides are "contract:"'),
        (("contract:", "shop"), '"shop" is no source that can be compared'),
        (("contract:", "nowhere.json"), 'there is no file "nowhere.json"'),
        (("contract:", "migrations:", "--kind", "indx"), "known are database, role, membership"),
        (("contract:", "migrations:", "--leniency", "owner"), "known are attribute-order"),
        (("contract:", "migrations:", "--format", "xml"), "'xml' is not one of"),
        (("contract:",), "Missing argument 'B'"),
        (("contract:", "me:s3cret@host/shop"), '"me:***@host/shop" is no source'),
        (("contract:", "migrations:", "--server", "somewhere"), "somewhere"),
    ],
)
def test_wrong_use(command: Command, words: tuple[str, ...], said: str) -> None:
    code, out, err = command(*words)
    assert (code, out, said in err) == (ExitCode.USAGE, "", True)
    assert "s3cret" not in err


def test_what_cannot_be_looked_at(command: Command, server: Server, tmp_path: Path) -> None:
    (tmp_path / "foreign.json").write_text('{"format": 99}', encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    for source, said in (
        ("postgresql://me:s3cret@127.0.0.1:1/x", "cannot open the target me@127.0.0.1:1/x"),
        (server.at("pgassay_nowhere").url, 'database "pgassay_nowhere" does not exist'),
        ("foreign.json", '"foreign.json": a snapshot of format 99'),
        ("folder.json", '"folder.json" cannot be read'),
        ("contract:nowhere", "states no schema"),
        ("migrations:nowhere", "does not exist"),
    ):
        code, out, err = command(source, "contract:")
        assert (code, out, said in err, "s3cret" in err) == (ExitCode.BLIND, "", True, False)


@pytest.mark.parametrize("form", ["text", "json", "sql"])
def test_a_password_is_shown_nowhere(command: Command, sides: tuple[str, str], form: str) -> None:
    secret = [Conninfo(url).with_(password="s3cret").url for url in sides]
    code, out, err = command(*secret, "--format", form)
    assert (code, "s3cret" in secret[0], "s3cret" in out + err) == (ExitCode.NO, True, False)
