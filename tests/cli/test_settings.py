import json
from pathlib import Path

import pytest

from pgassay.cli import run
from pgassay.settings import Settings

URL = "postgresql://me:s3cret@host/db"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pgassay.toml").write_text(
        'pg = 15\npreload = ["a", "b"]\n[roles]\napp = "[bold]App"\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG"):
        monkeypatch.delenv(name, raising=False)


def test_plain_lines_where_no_terminal_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PGASSAY_SERVER", URL)
    assert run(["settings", "--schema", "sql"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "server = me@host/db  (environment PGASSAY_SERVER)" in lines
    assert "pg = 15  (pgassay.toml pg)" in lines
    assert f"schema = {tmp_path / 'sql'}  (option --schema)" in lines
    assert "preload = a, b  (pgassay.toml preload)" in lines
    assert "roles = app = [bold]App  (pgassay.toml roles)" in lines
    assert "keep_server = false  (default)" in lines
    assert "owner = -  (default)" in lines


def test_several_servers_are_shown_and_no_command_works_on_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PGASSAY_SERVER", f"{URL},{URL.replace('host', 'other')}")
    assert run(["settings"]) == 0
    assert "server = me@host/db, me@other/db  (environment PGASSAY_SERVER)" in capsys.readouterr().out.splitlines()
    for command in (["check"], ["snapshot"], ["server", "start"]):
        assert run(command) == 2
        said = capsys.readouterr().err
        assert "environment PGASSAY_SERVER names 2 scratch servers, and a command works on one" in said
        assert "s3cret" not in said


def test_json_has_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings", "--json", "--db-url", URL]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {*printed} == {*Settings.__dataclass_fields__} - {"root", "servers", "targets", "origins"}
    assert printed["db_url"] == {"value": "me@host/db", "from": "option --db-url"}
    assert printed["preload"] == {"value": ["a", "b"], "from": "pgassay.toml preload"}


def test_targets_with_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings", "--json", "--db-url", f"eu={URL}", "--db-url", "us=postgresql://host/us"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["db_url"]["value"] == {"eu": "me@host/db", "us": "host/us"}
    assert "s3cret" not in said


def test_a_table_for_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["settings", "--db-url", URL]) == 0
    shown = capsys.readouterr().out
    assert "setting" in shown
    assert "me@host/db" in shown
    assert "[bold]App" in shown


def test_the_password_is_in_none_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["--json"], []):
        run(["settings", *args, "--db-url", URL, "--server", URL])
    captured = capsys.readouterr()
    assert "s3cret" not in captured.out + captured.err


def test_a_wrong_value_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings", "--pg", "9"]) == 2
    assert capsys.readouterr().err.startswith("error: option --pg is 9, which is not supported\nhint: write one of 14")
    assert run(["settings", "--db-url", URL, "--db-url", URL]) == 2
    assert run(["settings", "--server", "podman"]) == 2
