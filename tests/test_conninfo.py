import pickle
import traceback

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgassay.conninfo import Conninfo, neutral_parameters
from pgassay.errors import UsageError

SECRET = "s3c/r@t:% ü"
URL = "postgresql://me:s3c%2Fr%40t%3A%25%20%C3%BC@host:5433/data?sslpassword=al%24o"

# Whatever PostgreSQL takes as a name; a NUL it does not, and libpq ends its text there.
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=63)


def test_it_is_taken_apart() -> None:
    conninfo = Conninfo(URL)
    assert dict(conninfo.parameters) == {
        "user": "me",
        "password": SECRET,
        "host": "host",
        "port": "5433",
        "dbname": "data",
        "sslpassword": "al$o",
    }
    assert conninfo.get("host") == "host"
    assert conninfo.get("sslmode", "none") == "none"


@pytest.mark.parametrize(
    "show", [repr, str, lambda c: f"{c}", lambda c: c.redacted, lambda c: repr([c]), "{0!r}".format]
)
@pytest.mark.parametrize("text", [URL, f"host=host port=5433 user=me dbname=data password='{SECRET}'"])
def test_the_password_is_never_shown(text: str, show: object) -> None:
    shown = show(Conninfo(text))  # type: ignore[operator]
    assert "me@host:5433/data" in shown
    assert "s3c" not in shown
    assert "al$o" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "mysql://me:s3cret@host/db",
        "postgresql://me:s3cret@host:port:1/%zz",
        "me:s3cret@host",
        "password=s3cret x",
        "\udcff=s3cret",
    ],
)
def test_what_cannot_be_parsed_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Conninfo(text).parameters  # noqa: B018
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert repr(Conninfo(text)) == "<Conninfo (unreadable connection string)>"


@pytest.mark.parametrize(
    "second", ["postgresql://u:s3cret@b/y", " postgres://u:s3cret@b/y", "postgresql+asyncpg://u@b/y"]
)
def test_a_second_url_is_refused_and_not_taken_for_a_database(second: str) -> None:
    conninfo = Conninfo(f"postgresql://u:s3cret@a/x,{second}")
    with pytest.raises(UsageError, match="more than one connection string is given") as caught:
        conninfo.parameters  # noqa: B018
    assert "s3cret" not in str(caught.value) + repr(conninfo)


def test_a_password_that_looks_like_a_url_is_a_password() -> None:
    assert Conninfo("host=h password=a://b").get("password") == "a://b"


def test_a_password_in_somebody_elses_text_is_replaced() -> None:
    text = f"wrong password {SECRET} in {URL}"
    assert Conninfo(URL).redact(text) == ("wrong password *** in postgresql://me:***@host:5433/data?sslpassword=***")


def test_parameters_are_replaced_and_taken_out() -> None:
    conninfo = Conninfo(URL).with_(dbname='we"ird', password=None, sslpassword=None, port=1)
    assert dict(conninfo.parameters) == {"user": "me", "host": "host", "port": "1", "dbname": 'we"ird'}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("host=/run/pg dbname=a", "postgresql:///a?host=/run/pg"),
        ("host=/run/pg port=1 user=me dbname=a", "postgresql://me@/a?host=/run/pg&port=1"),
        ("host=::1 dbname=a", "postgresql://[::1]/a"),
        ("host=a,b port=1,2", "postgresql:///?host=a%2Cb&port=1%2C2"),
        ("host=h options='-c a=b'", "postgresql://h/?options=-c%20a%3Db"),
        ("", "postgresql:///"),
    ],
)
def test_the_url_form(text: str, url: str) -> None:
    assert Conninfo(text).url == url
    assert Conninfo(url) == Conninfo(text)


@given(user=names, password=names, dbname=names)
def test_every_name_survives_both_forms(user: str, password: str, dbname: str) -> None:
    conninfo = Conninfo.of(user=user, password=password, dbname=dbname, host="/a dir")
    expected = {"user": user, "password": password, "dbname": dbname, "host": "/a dir"}
    assert dict(conninfo.parameters) == expected
    assert dict(Conninfo(conninfo.url).parameters) == expected
    assert dict(Conninfo(conninfo.dsn).parameters) == expected


def test_equality_is_that_of_the_parameters() -> None:
    assert Conninfo("host=a dbname=b") == Conninfo("postgresql://a/b")
    assert hash(Conninfo("host=a dbname=b")) == hash(Conninfo("postgresql://a/b"))
    assert Conninfo("host=a") != Conninfo("host=b")
    assert Conninfo("host=a") != "host=a"
    assert Conninfo("nonsense") == Conninfo("nonsense")


def test_it_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Conninfo(URL))) == Conninfo(URL)


def test_the_portable_form_leaves_out_what_says_nothing() -> None:
    full = Conninfo(URL).with_(**neutral_parameters(), connect_timeout=2)
    assert full.portable == Conninfo(URL)


def test_the_environment_cannot_redirect_what_is_neutral(database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=123kB")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    monkeypatch.setenv("PGSSLMODE", "require")
    with psycopg.connect(database.dsn) as connection:
        assert connection.execute("SHOW work_mem").fetchone() != ("123kB",)
