"""Targets with names: what is a name, and what is a connection string that merely holds an equals sign."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from pgassay.conninfo import Conninfo, known_parameters
from pgassay.errors import UsageError
from pgassay.settings import load_settings
from pgassay.settings.targets import KEYWORDS, parse_target
from pgassay.settings.targets_file import parse_lines, read_targets

URL = "postgresql://me:s3cret@host/db"


@pytest.mark.parametrize(
    ("written", "name", "rest"),
    [
        (URL, "", URL),
        (f"{URL}?sslmode=require", "", f"{URL}?sslmode=require"),
        ("postgresql://a=b@host/x=postgresql://y", "", "postgresql://a=b@host/x=postgresql://y"),
        (f"eu={URL}?sslmode=require", "eu", f"{URL}?sslmode=require"),
        (f"größe_1.b-2 = {URL}", "größe_1.b-2", URL),
        ("eu=postgres+asyncpg://host/db", "eu", "postgresql://host/db"),
        ("host=x dbname=y", "", "host=x dbname=y"),
        ("host = x", "", "host = x"),
        ("eu=host=x password='a=b'", "eu", "host=x password='a=b'"),
        ("password=a=b host=x", "", "password=a=b host=x"),
        ("service=eu=host", "", "service=eu=host"),
        ("user=mysql://x host=y", "", "user=mysql://x host=y"),
        ("eu=x", "", "eu=x"),
        ("eu west=host=x", "", "eu west=host=x"),
    ],
)
def test_what_is_a_name(written: str, name: str, rest: str) -> None:
    named = parse_target(written, Path())
    assert (named.name, named.conninfo.text) == (name, rest)


def test_no_word_of_libpqs_is_a_name() -> None:
    assert known_parameters() <= KEYWORDS


def test_several() -> None:
    settings = load_settings({"db_url": [f"eu={URL}", "us=postgresql://host/other"]}, environ={})
    assert [target.name for target in settings.targets] == ["eu", "us"]
    assert settings.db_url == Conninfo(URL)
    assert settings.db_urls == (Conninfo(URL), Conninfo("postgresql://host/other"))
    assert "s3cret" not in repr(settings) + "".join(map(str, settings.targets))


def test_one_alone() -> None:
    for written in ([URL], URL):
        settings = load_settings({"db_url": written}, environ={})
        assert (settings.targets, settings.db_urls) == ((), (Conninfo(URL),))
    settings = load_settings({}, environ={"PGASSAY_DB_URL": f"eu={URL}"})
    assert [(target.name, target.conninfo) for target in settings.targets] == [("eu", Conninfo(URL))]
    assert load_settings({}, environ={}).db_urls == ()


LINES = f"""\
# the fleet
eu=postgresql://me:s3cret@host/db1

postgresql://me:s3cret@host/db2
  host=host dbname='we"ird. Röle 😀' password=s3cret
postgresql://you:s3cret@host:5433/db2?hostaddr=1.2.3.4
postgresql://you:s3cret@host:5433/db2
us = {URL}?sslmode=require
"""


def test_lines() -> None:
    found = parse_lines(LINES.split("\n"), "x")
    names = ["eu", "host/db2", 'host/we"ird. Röle 😀', "host:5433/db2", "host:5433/db2 (2)", "us"]
    assert [target.name for target in found] == names
    assert found[-1].conninfo.get("sslmode") == "require"
    assert "s3cret" not in "".join(map(str, found))


def test_every_wrong_line_is_told_and_no_password() -> None:
    lines = [
        *("eu=postgresql://me:s3cret@host/a", "mysql://me:s3cret@host/db", "postgresql://me:s3cret%zz@host/db"),
        *("me:s3cret@host", "eu=postgresql://me:s3cret@host/b", "us=postgresql://other:s3cret@host:5432/a", "eu=x s3"),
    ]
    with pytest.raises(UsageError) as refused:
        parse_lines(lines, '"fleet.txt"')
    assert str(refused.value) == (
        '"fleet.txt" has 6 lines that cannot be used:\n'
        "  line 2: is not a PostgreSQL URL\n"
        "  line 3: the connection string cannot be parsed\n"
        "  line 4: is not a PostgreSQL URL\n"
        '  line 5: "eu" is the name of line 1, too\n'
        "  line 6: names the database of line 1\n"
        "  line 7: the connection string cannot be parsed\n"
        "hint: a line is NAME=postgresql://user@host:5432/database"
    )


def test_thousands() -> None:
    lines = [f"postgresql://me:s3cret@host{number % 50}/tenant_{number}" for number in range(5_000)]
    names = {target.name for target in parse_lines(lines, "x")}
    assert len(names) == 5_000
    assert "host3/tenant_4903" in names


def test_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fleet.txt"
    path.write_bytes(f"\ufeffeu={URL}\r\n# end".encode())
    assert [target.name for target in read_targets(str(path))] == ["eu"]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(f"us={URL}".encode())))
    assert [target.name for target in read_targets("-")] == ["us"]
    for data, reason in ((b"\xff", "cannot read the databases of"), (b"# nothing\n", "names no database")):
        path.write_bytes(data)
        with pytest.raises(UsageError, match=reason):
            read_targets(str(path))
    with pytest.raises(UsageError, match="No such file"):
        read_targets(str(tmp_path / "none"))
