import os
from pathlib import Path
from typing import Any

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_an_application() -> None:
    settings = DatabaseSettings.load()
    assert settings == DatabaseSettings()
    assert (settings.min_size, settings.max_size, settings.max_idle) == (2, 20, 30)
    assert (settings.timeout, settings.connect_timeout) == (2, 2)
    assert (settings.echo, settings.show_parameters) == (False, False)


def test_keyword_before_environment_before_dotenv_before_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# the shop\nexport DATABASE_URL='postgresql://from-file/db'\nPGASSAY_POOL_MAX=7 # each\nPGASSAY_POOL_MIN=5\n"
        'PGASSAY_TIMEOUT="3s"\nSECRET_KEY=$x{y}\nnot a line\n'
    )
    environ = {"PGASSAY_POOL_MIN": "6", "PGASSAY_TIMEOUT": "", "PGASSAY_ECHO": "yes"}
    settings = DatabaseSettings.load(environ=environ, echo=False)
    assert settings.url.get("host") == "from-file"
    assert (settings.min_size, settings.max_size, settings.timeout, settings.echo) == (6, 7, 3, False)
    assert DatabaseSettings.load(environ={"DATABASE_URL": "postgresql://e/db"}).url.get("host") == "e"
    assert DatabaseSettings.load(environ={"DATABASE_URL": "postgresql://e/db"}, url="postgresql://k/db").url.get(
        "host"
    ) == "k"  # fmt: skip


def test_the_variables_of_libpq_are_read_from_dotenv_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PGHOST=file\nPGUSER=ada\nPGPASSWORD=s3$cret\nPGCONNECT_TIMEOUT=9\nPGNONSENSE=1\n")
    settings = DatabaseSettings.load(environ={"PGHOST": "environment"})
    assert dict(settings.url.parameters) == {"user": "ada", "password": "s3$cret", "connect_timeout": "9"}
    assert "s3$cret" not in repr(settings)
    named = DatabaseSettings.load(environ={}, url="postgresql://eve@here/db")
    assert (named.url.get("host"), named.url.get("user")) == ("here", "eve")
    assert settings.conninfo.get("connect_timeout") == "9"


def test_the_time_to_connect_is_the_urls_or_libpqs_or_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DatabaseSettings(connect_timeout=4).conninfo.get("connect_timeout") == "4"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "5")
    assert DatabaseSettings().conninfo.get("connect_timeout") == "5"
    url = Conninfo("postgresql://h/d?connect_timeout=6")
    assert DatabaseSettings(url=url).conninfo.get("connect_timeout") == "6"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"min_size": 3, "max_size": 2}, "a pool of 3 to 2 connections cannot be"),
        ({"min_size": -1}, "a pool of -1 to 20"),
        ({"min_size": 0, "max_size": 0}, "a pool of 0 to 0"),
        ({"timeout": 0}, "timeout must be more than 0 s, not 0"),
        ({"max_idle": float("nan")}, "max_idle must be more than 0 s, not nan"),
        ({"connect_timeout": -1}, "connect_timeout must be more than 0 s"),
        ({"slow": -1}, r"slow must be 0 s \(never\) or more, not -1"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        DatabaseSettings(**given)


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("PGASSAY_POOL_MIN", "two", "write a whole number"),
        ("PGASSAY_TIMEOUT", "2 min", "write a number of seconds"),
        ("PGASSAY_ECHO", "maybe", "write 1 or 0"),
    ],
)
def test_a_variable_that_means_nothing_is_named(variable: str, value: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        DatabaseSettings.load(environ={variable: value})
    assert str(caught.value) == f'{variable} is "{value}"\nhint: {hint}'


def test_a_url_that_is_none_is_told_without_its_password() -> None:
    with pytest.raises(UsageError, match='"mysql://" is not a PostgreSQL URL') as caught:
        Database("mysql://me:s3cret@host/db")
    assert "s3cret" not in str(caught.value)


def test_dotenv_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DATABASE_URL=\xff\xfe\n")
    with pytest.raises(UsageError, match=r'cannot read ".*\.env"'):
        DatabaseSettings.load()


def test_settings_are_frozen_and_text_is_a_url() -> None:
    settings = DatabaseSettings(url="postgresql://me:s3cret@h/d")  # type: ignore[arg-type]
    assert settings.url == Conninfo("postgresql://me:s3cret@h/d")
    with pytest.raises(AttributeError):
        settings.min_size = 1  # type: ignore[misc]
    assert "s3cret" not in repr(settings) + str(settings) + repr(Database(settings)) + repr(AsyncDatabase(settings))


def test_a_database_without_words_loads_what_is_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@h/d")
    monkeypatch.setenv("PGASSAY_POOL_MAX", "3")
    assert Database().settings.max_size == AsyncDatabase().settings.max_size == 3
    assert Database("postgresql://you@h/d").settings.url.get("user") == "you"
    assert Database("postgresql://you@h/d").settings.max_size == 3


def test_the_driver_in_a_url_of_sqlalchemys_is_left_out() -> None:
    environ = {"DATABASE_URL": "postgresql+asyncpg://me@h/d"}
    assert DatabaseSettings.load(environ=environ).url == Conninfo("postgresql://me@h/d")
