"""What is read of foreign-data wrappers, servers and user mappings, how it changes, and what is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.hiding import HIDDEN
from pgassay.catalog.kinds.foreign_data import ForeignServer, UserMapping
from pgassay.catalog.mend import mend
from pgassay.catalog.read import read_catalog
from pgassay.catalog.snapshot import dump
from tests.catalog.conftest import Subject
from tests.catalog.samples import sample

W, S = '"W. ""x"" 😀"', '"S. ""x"" 😀"'
WRAPPER, SERVER = f"foreign-data wrapper {W}", f"foreign server {S}"
MAPPING = f'user mapping for "PUBLIC" on server {S}'


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE EXTENSION postgres_fdw;
        CREATE FOREIGN DATA WRAPPER {W} HANDLER postgres_fdw_handler OPTIONS (a 'x=y', client_secret 'hush-1');
        COMMENT ON FOREIGN DATA WRAPPER {W} IS 'why';
        CREATE SERVER {S} TYPE 'kind' VERSION '1.2' FOREIGN DATA WRAPPER {W} OPTIONS (
            host 'h', "Odd name" '', "PassWord" 'hush-2', uri 'http://me:hush-3@h', dsn 'host=h password=hush-4'
        );
        COMMENT ON SERVER {S} IS 'why';
        CREATE USER MAPPING FOR PUBLIC SERVER {S}
            OPTIONS (user 'u', username 'v', password_required 'false', password 'hush-5', anything 'hush-6');
    """)


def test_every_attribute_of_a_wrapper(subject: Subject) -> None:
    wrapper = subject.read().foreign_data_wrapper('W. "x" 😀')

    assert wrapper.attributes == {
        "handler": "public.postgres_fdw_handler",
        "validator": None,
        "options": {"a": "x=y", "client_secret": HIDDEN},
        "owner": "postgres",
        "privileges": wrapper.privileges,
        "comment": "why",
    }
    assert set(map(str, wrapper.privileges)) == {"USAGE to postgres"}
    assert repr(wrapper) == f"<{WRAPPER}: handler public.postgres_fdw_handler, validator none>"


def test_every_attribute_of_a_server(subject: Subject) -> None:
    server = subject.read().foreign_server('S. "x" 😀')

    assert server.attributes == {
        "wrapper": 'W. "x" 😀',
        "server_type": "kind",
        "version": "1.2",
        "options": {"Odd name": "", "PassWord": HIDDEN, "dsn": HIDDEN, "host": "h", "uri": HIDDEN},
        "owner": "postgres",
        "privileges": server.privileges,
        "comment": "why",
    }
    assert set(map(str, server.privileges)) == {"USAGE to postgres"}


def test_every_attribute_of_a_user_mapping(subject: Subject) -> None:
    mapping = subject.read().user_mappings['S. "x" 😀', "PUBLIC"]

    assert mapping.label == MAPPING
    assert mapping.attributes == {
        "options": {
            "anything": HIDDEN,
            "password": HIDDEN,
            "password_required": "false",
            "user": "u",
            "username": "v",
        }
    }


def test_no_secret_is_in_the_catalog(subject: Subject) -> None:
    catalog = subject.read()

    assert "hush" not in dump(catalog, contract_hash="x") + "".join(map(repr, catalog))


def test_what_an_extension_made_is_its_own(subject: Subject) -> None:
    assert list(subject.read().foreign_data_wrappers) == ['W. "x" 😀']


def test_a_validator(subject: Subject) -> None:
    changes = subject.changes("""
        CREATE FOREIGN DATA WRAPPER empty;
        CREATE FOREIGN DATA WRAPPER looked_at VALIDATOR postgresql_fdw_validator;
    """)
    wrappers = subject.read().foreign_data_wrappers
    subject.run("DROP FOREIGN DATA WRAPPER empty; DROP FOREIGN DATA WRAPPER looked_at")

    assert set(changes) == {"foreign-data wrapper empty", "foreign-data wrapper looked_at"}
    assert (wrappers["empty"].handler, wrappers["empty"].validator, wrappers["empty"].options) == (None, None, {})
    assert wrappers["looked_at"].validator == "pg_catalog.postgresql_fdw_validator"


@pytest.mark.parametrize(("sort", "name", "label"), [("DATA WRAPPER", W, WRAPPER), ("SERVER", S, SERVER)])
def test_privileges(subject: Subject, sort: str, name: str, label: str) -> None:
    changes = subject.changes(f"GRANT USAGE ON FOREIGN {sort} {name} TO PUBLIC")
    subject.run(f"REVOKE USAGE ON FOREIGN {sort} {name} FROM PUBLIC")

    ((attribute, (before, after)),) = changes[label].items()
    assert (attribute, set(map(str, after - before))) == ("privileges", {"USAGE to PUBLIC"})


@pytest.mark.parametrize(("sort", "name", "label"), [("FOREIGN DATA WRAPPER", W, WRAPPER), ("SERVER", S, SERVER)])
def test_owner(subject: Subject, sort: str, name: str, label: str) -> None:
    owner = subject.role("owner", "SUPERUSER")
    changes = subject.changes(f"ALTER {sort} {name} OWNER TO {owner}")
    subject.run(f"ALTER {sort} {name} OWNER TO postgres")

    assert changes[label]["owner"] == ("postgres", owner)


def test_a_server_of_another_wrapper_and_type(subject: Subject) -> None:
    catalogs = []
    for kind in ("TYPE 'a' FOREIGN DATA WRAPPER postgres_fdw", f"FOREIGN DATA WRAPPER {W}"):
        catalogs.append(subject.read(f"CREATE SERVER other {kind}"))
        subject.run("DROP SERVER other")

    (difference,) = compare(*catalogs)
    assert {a.name: (a.expected, a.actual) for a in difference} == {
        "wrapper": ("postgres_fdw", 'W. "x" 😀'),
        "server_type": ("a", None),
    }


def test_a_hidden_value_that_changed_cannot_be_seen(subject: Subject) -> None:
    assert subject.changes(f"ALTER SERVER {S} OPTIONS (SET uri 'http://me:other@h')") == {}
    assert subject.changes(f"ALTER USER MAPPING FOR PUBLIC SERVER {S} OPTIONS (SET password 'other')") == {}


def test_a_mapping_of_a_role(subject: Subject) -> None:
    role = subject.role("mapped")
    changes = subject.changes(f"CREATE USER MAPPING FOR {role} SERVER {S}")
    subject.run(f"DROP USER MAPPING FOR {role} SERVER {S}")

    assert changes == {f"user mapping for {role} on server {S}": "new"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        *((name, True) for name in ("password", "sslpassword", "API_KEY", "apiKey", "access-key", "auth", "PWD")),
        *((name, True) for name in ("aws_secret", "x_token", "private", "passfile", "pass", "db_pass", "bearer")),
        *((name, False) for name in ("user", "host", "key", "tablekeyprefix", "password_required", "author", "bypass")),
        *((name, False) for name in ("use_scram_passthrough", "fetch_size", "sslmode", "compass", "extensions")),
    ],
)
def test_which_names_suggest_a_secret(subject: Subject, name: str, hidden: bool) -> None:
    catalog = subject.read(f"CREATE SERVER named FOREIGN DATA WRAPPER {W} OPTIONS (\"{name}\" 'value')")
    subject.run("DROP SERVER named")

    assert catalog.foreign_server("named").options == {name: HIDDEN if hidden else "value"}


# A role that may only connect.


@pytest.fixture
def connect_only(subject: Subject) -> Iterator[psycopg.Connection[Any]]:
    role = subject.role("guest", "LOGIN")
    connection = subject.connect(role)
    yield connection
    connection.close()


def test_options_that_may_not_be_seen_are_blind_and_no_difference(
    subject: Subject, connect_only: psycopg.Connection[Any]
) -> None:
    whole, seen = subject.read_anew(), subject.own(read_catalog(connect_only))

    assert seen.user_mappings['S. "x" 😀', "PUBLIC"].options is None
    assert seen.foreign_servers == whole.foreign_servers
    assert [(spot.object, spot.mend) for spot in seen.blind] == [
        (
            f"{MAPPING}, options",
            "connect as a superuser, or look at it yourself and accept it in schema/accepted.toml",
        )
    ]
    assert compare(whole, seen) == compare(seen, whole) == ()


def test_a_role_sees_its_own_mapping_where_it_may_use_the_server(
    subject: Subject, connect_only: psycopg.Connection[Any]
) -> None:
    role = connect_only.info.user
    subject.run(f"CREATE USER MAPPING FOR {role} SERVER {S} OPTIONS (user 'me')")
    without = read_catalog(connect_only)
    subject.run(f"GRANT USAGE ON FOREIGN SERVER {S} TO {role}")
    seeing = read_catalog(connect_only)
    subject.run(f"DROP USER MAPPING FOR {role} SERVER {S}; REVOKE USAGE ON FOREIGN SERVER {S} FROM {role}")

    assert without.user_mappings['S. "x" 😀', role].options is None
    assert seeing.user_mappings['S. "x" 😀', role].options == {"user": "me"}
    assert f"user mapping for {role} on server {S}, options" not in {spot.object for spot in seeing.blind}


def test_owner_of_a_server_sees_what_is_everybodys(subject: Subject, connect_only: psycopg.Connection[Any]) -> None:
    role = connect_only.info.user
    subject.run(f"GRANT USAGE ON FOREIGN DATA WRAPPER {W} TO {role}; ALTER SERVER {S} OWNER TO {role}")
    catalog = read_catalog(connect_only)
    subject.run(f"ALTER SERVER {S} OWNER TO postgres; REVOKE USAGE ON FOREIGN DATA WRAPPER {W} FROM {role}")

    assert catalog.user_mappings['S. "x" 😀', "PUBLIC"].options is not None
    assert catalog.blind == ()


def test_nobody_is_told_to_grant_what_holds_the_passwords(
    subject: Subject, connect_only: psycopg.Connection[Any]
) -> None:
    subject.run("REVOKE SELECT ON pg_foreign_server FROM PUBLIC")
    spots = {spot.object: spot.mend for spot in read_catalog(connect_only).blind}
    subject.run("GRANT SELECT ON pg_foreign_server TO PUBLIC")

    assert spots["every user mapping"] == f"GRANT SELECT ON pg_catalog.pg_foreign_server TO {connect_only.info.user};"


# In a comparison.


def test_a_missing_server_takes_its_mappings_along() -> None:
    mapping = sample(UserMapping, server="far", role="app", options={})
    expected = Catalog.of(18, [sample(ForeignServer, name="far"), mapping])

    (difference,) = compare(expected, Catalog.of(18, []))
    assert (difference.object, difference.hidden) == ("foreign server far", 1)


def test_a_mapping_of_a_server_that_could_not_be_read_is_not_missing() -> None:
    mapping = sample(UserMapping, server="far", role="app", options={})
    blind = BlindSpot("every user mapping", "no", "")

    assert compare(Catalog.of(18, [mapping]), Catalog.of(18, [], [blind])) == ()


# The mend of what is hidden.


def test_a_value_that_is_hidden_is_advice_not_sql(subject: Subject) -> None:
    expected = subject.read()
    subject.run(f"""
        ALTER SERVER {S} OPTIONS (DROP uri, SET host 'i'); DROP USER MAPPING FOR PUBLIC SERVER {S};
        ALTER FOREIGN DATA WRAPPER {W} OPTIONS (DROP client_secret);
    """)
    actual = subject.read()
    mends = {d.object: mend(d, expected, actual) for d in compare(expected, actual)}
    subject.run(f"""
        {mends[MAPPING]}
        {mends[SERVER]}
        ALTER SERVER {S} OPTIONS (ADD uri 'http://me:hush@h');
        ALTER USER MAPPING FOR PUBLIC SERVER {S} OPTIONS (ADD password 'hush', ADD anything 'hush');
        ALTER FOREIGN DATA WRAPPER {W} OPTIONS (ADD client_secret 'hush');
    """)

    assert mends[WRAPPER] == (
        f"ALTER FOREIGN DATA WRAPPER {W} OPTIONS (ADD client_secret '...'): the value is not known here"
    )
    assert mends[SERVER].splitlines() == [
        f"ALTER SERVER {S} OPTIONS (SET host 'h');",
        f"-- ALTER SERVER {S} OPTIONS (ADD uri '...'): the value is not known here",
    ]
    assert compare(expected, subject.read()) == ()
    assert HIDDEN not in "".join(mends.values())


def test_a_value_that_turns_into_a_hidden_one(subject: Subject) -> None:
    expected = subject.read()
    actual = subject.read(f"ALTER SERVER {S} OPTIONS (SET uri 'http://h')")
    (difference,) = compare(expected, actual)
    statements = mend(difference, expected, actual)
    subject.run(f"{statements}\nALTER SERVER {S} OPTIONS (ADD uri 'http://me:hush@h')")

    assert statements.splitlines()[0] == f"ALTER SERVER {S} OPTIONS (DROP uri);"
    assert compare(expected, subject.read()) == ()
