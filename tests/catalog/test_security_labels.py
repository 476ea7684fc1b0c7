"""What is read of security labels, and how it changes. No provider is at hand, so the rows are written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.mend import mend
from tests.catalog.conftest import Subject

NAME = '"S.x"."T. ""x"" 🐘"'
TABLE = f"'{NAME}'::regclass"
HERE = "(SELECT oid FROM pg_database WHERE datname = current_database())"


def label(oid: str, catalog: str, text: str, *, column: int = 0, provider: str = "my label") -> str:
    return (
        f"INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)"
        f" VALUES ({oid}, '{catalog}'::regclass, {column}, '{provider}', '{text}');"
    )


def shared(subject: Subject, oid: str, catalog: str) -> str:
    """A label that is this database's alone, on a server that many use."""
    return (
        f"INSERT INTO pg_shseclabel (objoid, classoid, provider, label)"
        f" VALUES ({oid}, '{catalog}'::regclass, '{subject.dbname}', 'x');"
    )


def without_shared(subject: Subject) -> str:
    return f"DELETE FROM pg_shseclabel WHERE provider = '{subject.dbname}'"


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> Iterator[None]:
    schema = label("""'"S.x"'::regnamespace""", "pg_namespace", "schema")
    subject.run(f"""
        CREATE SCHEMA "S.x";
        CREATE TABLE {NAME} (a int, "B.c" text);
        CREATE TYPE pair AS (x int);
        CREATE FUNCTION f(int, pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE TEMPORARY TABLE now (a int);
        {label(TABLE, "pg_class", "it''s")}
        {label(TABLE, "pg_class", "column", column=2)}
        {label(TABLE, "pg_class", "other", provider="other")}
        {label("'f'::regproc", "pg_proc", "function")}
        {label("'pair'::regtype", "pg_type", "type")}
        {label("'now'::regclass", "pg_class", "passing")}
        {schema}
    """)
    yield
    subject.run(without_shared(subject))


def test_every_label(subject: Subject) -> None:
    labels = subject.read().security_labels

    assert {identity: record.label_text for identity, record in labels.items()} == {
        ("function", "public", "public.f(integer,public.pair)", "my label"): "function",
        ("schema", "S.x", '"S.x"', "my label"): "schema",
        ("table", "S.x", NAME, "my label"): "it's",
        ("table", "S.x", NAME, "other"): "other",
        ("table column", "S.x", f'{NAME}."B.c"', "my label"): "column",
        ("type", "public", "public.pair", "my label"): "type",
    }
    assert repr(labels["table", "S.x", NAME, "other"]) == f"<security label on table {NAME} for other: other>"


def test_the_text_changes(subject: Subject) -> None:
    update = "UPDATE pg_seclabel SET label = '{}' WHERE provider = 'other'"
    changes = subject.there_and_back(update.format("new"), update.format("other"))

    assert changes == {f"security label on table {NAME} for other": {"label_text": ("other", "new")}}


def test_labels_of_the_database_its_subscriptions_and_roles(subject: Subject) -> None:
    role, provider = subject.role("labelled"), subject.dbname
    changes = subject.changes(f"""
        CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE);
        {shared(subject, HERE, "pg_database")}
        {shared(subject, "(SELECT oid FROM pg_database WHERE datname = 'template1')", "pg_database")}
        {shared(subject, "(SELECT oid FROM pg_subscription WHERE subname = 's')", "pg_subscription")}
        {shared(subject, f"'{role}'::regrole", "pg_authid")}
    """)
    subject.run(f"{without_shared(subject)}; DROP SUBSCRIPTION s")

    assert changes == {
        "subscription s": "new",
        f"security label on database for {provider}": "new",
        f"security label on subscription s for {provider}": "new",
        f"security label on role {role} for {provider}": "new",
    }


def test_a_label_goes_with_what_it_is_on(subject: Subject) -> None:
    everything = subject.read()
    gone = ("function public.f(integer, public.pair)", f'column {NAME}."B.c"')
    labels = ("security label on function", "security label on table column")
    left = [r for r in everything if r.label not in gone and not r.label.startswith(labels)]

    found = compare(everything, Catalog.of(subject.major, left))
    assert {(d.object, d.hidden) for d in found if not d.attributes} == {(name, 1) for name in gone}


def test_a_label_on_a_member_goes_with_the_extension_wherever_that_is(subject: Subject) -> None:
    subject.run("CREATE EXTENSION citext;" + label("'citext'::regtype", "pg_type", "x"))
    there = subject.read()
    moved = subject.read('ALTER EXTENSION citext SET SCHEMA "S.x"')
    subject.run("DROP EXTENSION citext")

    assert there.security_labels["type", "", "public.citext", "my label"].extension == "citext"
    assert [d.object for d in compare(there, moved)] == ["extension citext"]
    missing = {d.object for d in compare(there, subject.read()) if not d.attributes}
    assert missing == {"extension citext"}


def test_the_mends_are_statements_that_only_the_provider_is_missing_for(subject: Subject) -> None:
    role, provider = subject.role("labelled"), subject.dbname
    labelled = subject.read(shared(subject, HERE, "pg_database") + shared(subject, f"'{role}'::regrole", "pg_authid"))
    subject.run(without_shared(subject))
    bare = Catalog.of(subject.major, [r for r in labelled if "security label" not in r.KIND])
    mends = [mend(d, labelled, bare) for d in compare(labelled, bare)]
    mends += [mend(d, bare, labelled) for d in compare(bare, labelled)]

    assert len(mends) == 16
    assert f"SECURITY LABEL FOR {provider} ON ROLE {role} IS 'x';" in mends
    assert f'SECURITY LABEL FOR "my label" ON COLUMN {NAME}."B.c" IS \'column\';' in mends
    assert f"SECURITY LABEL FOR other ON TABLE {NAME} IS NULL;" in mends
    assert any(f"FOR {provider} ON DATABASE %I IS" in text for text in mends)
    for statement in mends:
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="is not loaded"):
            subject.connection.execute(statement.encode())
