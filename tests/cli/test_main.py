import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pgassay import __version__, cli, errors
from pgassay.cli import COMMANDS, ExitCode, run


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> object:
    """A command `boom` that raises, or returns, what it is given."""

    def define(result: object) -> None:
        @click.command()
        def boom() -> object:
            if isinstance(result, BaseException):
                raise result
            return result

        monkeypatch.setitem(cli.pgassay.commands, "boom", boom)

    return define


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, 0),
        (ExitCode.NO, 1),
        (errors.UsageError("x"), 2),
        (errors.BlindError("x"), 3),
        (errors.ServerError("x"), 3),
        (errors.TargetError("x"), 3),
        (errors.MigrationError("x"), 1),
        (errors.ContractError("x"), 1),
        (errors.CatalogError("x"), 1),
        (errors.PgassayError("x"), 1),
        (click.UsageError("x"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
)
def test_what_a_commands_end_means(raising: object, result: object, code: int) -> None:
    raising(result)  # type: ignore[operator]
    assert run(["boom"]) == code


def test_an_error_is_printed_with_its_hint_and_without_a_traceback(
    raising: object, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(errors.MigrationError("cannot go on", hint="do this", sqlstate="42P01"))  # type: ignore[operator]
    run(["boom"])
    captured = capsys.readouterr()
    assert captured.err == "error: cannot go on [42P01]\nhint: do this\n"
    assert captured.out == ""


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"Usage: pgassay {name}" in capsys.readouterr().out


def test_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == 2
    assert run(["settings", "--nonsense"]) == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["postgresql://u:s3cret@h/x", "u:s3cret'\\@h", "host=h password=s3cret"])
@pytest.mark.parametrize(
    "words",
    [
        ["{}"],
        ["check", "{}"],
        ["check", "--pg", "{}"],
        ["check", "--pg={}"],
        ["migrate", "up", "{}"],
        ["migrate", "create", "/{}"],
        ["migrate", "up", "--to", "{}"],
        ["migrate", "--database={}", "up"],
        ["health", "{}"],
        ["health", "--timeout", "{}"],
        ["health", "serve", "--host", "{}", "--database", "x"],
        ["top", "--by", "{}"],
        ["top", "--database", "{0} {0}"],
        ["server", "stop", "{}"],
        ["server", "fetch", "{}"],
        ["server", "mark", "x", "{}"],
    ],
)
def test_a_url_where_none_belongs_shows_no_password(
    words: list[str], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run([word.format(url) for word in words])
    assert "s3cret" not in "".join(capsys.readouterr())


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_a_reader_that_has_gone_is_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from pgassay.cli import run; sys.exit(run(['settings', '--json']))"
    ended = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1


def test_one_command_does_not_load_the_others() -> None:
    code = "import sys; from pgassay.cli import run; run(['settings']); print('psycopg' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "False"
