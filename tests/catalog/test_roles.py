"""What is read of roles, memberships, settings, default privileges and the database."""

from __future__ import annotations

import pytest

from pgassay.catalog.compare import Comparison, Scope, compare
from pgassay.catalog.mend import mend
from pgassay.catalog.read import read_catalog
from tests.catalog.conftest import Subject

WHOLE = Comparison(scope=Scope.WHOLE)


def test_every_attribute_of_a_role(subject: Subject) -> None:
    name = subject.role(
        "app",
        "LOGIN CREATEDB CREATEROLE BYPASSRLS CONNECTION LIMIT 3 PASSWORD 'secret' VALID UNTIL '2030-01-01 02:00+02'",
    )
    subject.run(f"COMMENT ON ROLE {name} IS 'why'")
    role = subject.read().role(name)

    assert role.attributes == {
        "superuser": False,
        "inherit": True,
        "create_role": True,
        "create_db": True,
        "login": True,
        "replication": False,
        "bypass_rls": True,
        "connection_limit": 3,
        "valid_until": "2030-01-01 00:00:00+00",
        "comment": "why",
    }
    assert "secret" not in repr(role)


def test_the_roles_of_initdb_are_left_out_but_the_first(subject: Subject) -> None:
    roles = read_catalog(subject.connection).roles

    assert [name for name, role in roles.items() if role.bootstrap] == ["postgres"]
    assert not [name for name in roles if str(name).startswith("pg_")]


@pytest.mark.parametrize(
    ("action", "attribute", "before", "after"),
    [
        ("LOGIN", "login", False, True),
        ("NOINHERIT", "inherit", True, False),
        ("CONNECTION LIMIT 5", "connection_limit", -1, 5),
        ("VALID UNTIL 'infinity'", "valid_until", None, "infinity"),
    ],
)
def test_one_change_is_one_attribute(
    subject: Subject, action: str, attribute: str, before: object, after: object
) -> None:
    name = subject.role("role")

    assert subject.changes(f"ALTER ROLE {name} {action}") == {f"role {name}": {attribute: (before, after)}}


def test_memberships(subject: Subject) -> None:
    group, member = subject.role("group"), subject.role("member")
    changes = subject.changes(f"GRANT {group} TO {member} WITH ADMIN OPTION; GRANT pg_monitor TO {member}")
    memberships = subject.read().memberships

    assert changes == {
        f"membership {group}.{member}.postgres": "new",
    }
    assert ("pg_monitor", member, "postgres") in read_catalog(subject.connection).memberships
    found = memberships[group, member, "postgres"]
    options = (True, True) if subject.major >= 16 else (None, None)
    assert (found.admin, (found.inherit, found.set)) == (True, options)


def test_memberships_of_initdb_are_left_out(subject: Subject) -> None:
    memberships = read_catalog(subject.connection).memberships.values()
    predefined = [found for found in memberships if found.member.startswith("pg_")]

    assert predefined == []


def test_settings_of_roles(subject: Subject) -> None:
    name = subject.role("role")
    changes = subject.changes(f"""
        ALTER ROLE {name} SET search_path = a, b;
        ALTER ROLE {name} SET application_name = 'x=y';
        ALTER ROLE {name} IN DATABASE {subject.dbname} SET work_mem = '8MB';
        ALTER ROLE {name} IN DATABASE postgres SET work_mem = '9MB';
    """)
    settings = subject.read().role_settings

    assert len(changes) == 3
    assert settings[name, "cluster", "search_path"].value == "a, b"
    assert settings[name, "cluster", "application_name"].value == "x=y"
    assert settings[name, "database", "work_mem"].value == "8MB"


def test_the_database(subject: Subject) -> None:
    database = subject.read().database

    assert (database.encoding, database.owner, database.tablespace) == ("UTF8", "postgres", "pg_default")
    assert database.locale_provider in {"libc", "builtin", "icu"}
    assert {grant.privilege for grant in database.privileges if grant.grantee == "PUBLIC"} == {"CONNECT", "TEMPORARY"}


def test_the_database_changes(subject: Subject) -> None:
    role = subject.role("role")
    changes = subject.changes(f"""
        ALTER DATABASE {subject.dbname} SET timezone = 'Europe/Vienna';
        ALTER DATABASE {subject.dbname} CONNECTION LIMIT 7;
        GRANT CREATE ON DATABASE {subject.dbname} TO {role};
        REVOKE CONNECT ON DATABASE {subject.dbname} FROM PUBLIC;
    """)["database"]
    subject.run(f"REVOKE ALL ON DATABASE {subject.dbname} FROM {role}")

    assert changes["settings"] == ({}, {"TimeZone": "Europe/Vienna"})
    assert changes["connection_limit"] == (-1, 7)
    before, after = changes["privileges"]
    assert [str(grant) for grant in after - before] == [f"CREATE to {role}"]
    assert [str(grant) for grant in before - after] == ["CONNECT to PUBLIC"]


def test_default_privileges(subject: Subject) -> None:
    reader = subject.role("reader")
    changes = subject.changes(f"""
        CREATE SCHEMA app;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {reader};
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO {reader} WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
    """)
    records = {r.identity: r for r in subject.read() if r.KIND == "default privileges"}
    subject.run(f"DROP OWNED BY {reader}")

    assert len(changes) == 4
    (functions,) = records["postgres", "app", "functions"].attributes["privileges"]
    assert str(functions) == f"EXECUTE to {reader} with grant option"
    assert {grant.grantee for grant in records["postgres", "", "tables"].attributes["privileges"]} == {
        "postgres",
        reader,
    }
    assert {grant.grantee for grant in records["postgres", "", "types"].attributes["privileges"]} == {"postgres"}


def test_default_privileges_for_large_objects(subject: Subject) -> None:
    if subject.major < 18:
        return  # they know of none
    reader = subject.role("reader")
    before = subject.read()
    changes = subject.changes(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO {reader}")
    after = subject.read()
    (missing,) = compare(after, before, options=WHOLE)
    (extra,) = compare(before, after, options=WHOLE)
    subject.run(mend(extra, before, after))
    gone = subject.read()
    subject.run(mend(missing, after, gone))
    again = subject.read()
    subject.run(f"DROP OWNED BY {reader}")

    assert changes == {'default privileges postgres.""."large objects"': "new"}
    assert (gone, again) == (before, after)


def test_a_grantor_that_is_not_the_owner(subject: Subject) -> None:
    middle, reader = subject.role("middle"), subject.role("reader")
    subject.run(f"""
        CREATE TABLE passed (a int);
        GRANT SELECT ON passed TO {middle} WITH GRANT OPTION;
        SET ROLE {middle};
        GRANT SELECT ON passed TO {reader};
        RESET ROLE;
    """)
    privileges = subject.read().table("passed").privileges
    subject.run("DROP TABLE passed")

    assert f"SELECT to {reader} (by {middle})" in set(map(str, privileges))
    assert f"SELECT to {middle} with grant option" in set(map(str, privileges))
