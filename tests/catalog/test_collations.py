"""What is read of collations, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.compare import compare
from pgassay.catalog.sqltext import clauses
from tests.catalog.conftest import Subject

LABEL = 'collation public."Ö. rder"'


def order(**given: str) -> str:
    return f'DROP COLLATION IF EXISTS "Ö. rder"; CREATE COLLATION "Ö. rder" {clauses(given)};'


LIBC = order(LC_COLLATE="'C'", LC_CTYPE="'C'")
ICU = order(PROVIDER="icu", LOCALE="'de'")


def test_every_attribute(subject: Subject) -> None:
    collation = subject.read(LIBC).collation("Ö. rder")

    assert collation.attributes == {
        "provider": "libc",
        "locale": None,
        "collate": "C",
        "ctype": "C",
        "icu_rules": None,
        "deterministic": True,
        "owner": "postgres",
        "comment": None,
    }
    assert repr(collation) == f"<{LABEL}: libc C>"


def test_a_locale_of_icu(subject: Subject) -> None:
    collation = subject.read(ICU).collation("Ö. rder")

    assert (collation.provider, collation.locale, collation.collate, collation.ctype) == ("icu", "de", None, None)
    assert subject.there_and_back(order(PROVIDER="icu", LOCALE="'sv'"), ICU) == {LABEL: {"locale": ("de", "sv")}}
    assert subject.there_and_back(order(PROVIDER="icu", LOCALE="'de'", DETERMINISTIC="false"), ICU) == {
        LABEL: {"deterministic": (True, False)}
    }


def test_the_provider(subject: Subject) -> None:
    if subject.major < 17:
        pytest.skip("PostgreSQL 17 brought a provider of its own")
    icu = order(PROVIDER="icu", LOCALE="'en'")
    subject.run(icu)

    changes = subject.there_and_back(order(PROVIDER="builtin", LOCALE="'C.UTF-8'"), icu)
    assert changes == {LABEL: {"provider": ("icu", "builtin"), "locale": ("en", "C.UTF-8")}}


def test_the_version_is_the_operating_systems(subject: Subject) -> None:
    subject.run(LIBC)

    assert subject.changes("UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'Ö. rder'") == {}


def test_of_another_encoding_cannot_be_used(subject: Subject) -> None:
    subject.run(LIBC)
    other = "UPDATE pg_collation SET collencoding = pg_char_to_encoding('LATIN1') WHERE collname = 'Ö. rder'"

    assert subject.changes(other) == {LABEL: "gone"}


def test_a_schema_that_is_missing_is_told_alone(subject: Subject) -> None:
    without = subject.read()
    whole = subject.read(
        'CREATE SCHEMA s; CREATE COLLATION s.c FROM "C"; CREATE AGGREGATE s.a(int) (SFUNC = int4pl, STYPE = int)'
    )
    subject.run("DROP SCHEMA s CASCADE")

    assert [(d.object, d.hidden) for d in compare(whole, without)] == [("schema s", 2)]
