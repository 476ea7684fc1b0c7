"""What is read of enums, domains, composite and range types, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.kinds.types import Attribute
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TYPE colour AS ENUM ('red', 'O''green', 'blue');
        CREATE DOMAIN email AS varchar(99) COLLATE "C"
            DEFAULT 'a@b' NOT NULL CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
        CREATE DOMAIN plain AS int;
        CREATE TYPE pair AS (x int, "Y y" text COLLATE "C");
        COMMENT ON COLUMN pair.x IS 'left';
        CREATE FUNCTION apart(time, time) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0::float8';
        CREATE TYPE times AS RANGE (subtype = time, subtype_diff = apart);
    """)


def test_an_enum(subject: Subject) -> None:
    enum = subject.read().enum("colour")

    assert enum.labels == ("red", "O'green", "blue")
    assert (enum.owner, sorted(map(str, enum.privileges))) == ("postgres", ["USAGE to PUBLIC", "USAGE to postgres"])


def test_the_order_of_labels_counts(subject: Subject) -> None:
    changes = subject.changes("ALTER TYPE colour ADD VALUE 'pink' BEFORE 'red'")

    labels = ("red", "O'green", "blue")
    assert changes == {"enum public.colour": {"labels": (labels, ("pink", *labels))}}


def test_a_domain(subject: Subject) -> None:
    domain = subject.read().domain("email")

    assert (domain.type, domain.collation, domain.not_null) == ("character varying(99)", '"C"', True)
    assert domain.default == "'a@b'::character varying"
    assert [(constraint.name, constraint.definition) for constraint in domain.constraints] == [
        ("has_at", "CHECK (((VALUE)::text ~~ '%@%'::text))")
    ]


def test_a_domain_changes(subject: Subject) -> None:
    changes = subject.changes("""
        ALTER DOMAIN plain SET NOT NULL;
        ALTER DOMAIN plain SET DEFAULT 3;
        COMMENT ON DOMAIN plain IS 'why';
    """)

    assert changes == {
        "domain public.plain": {"not_null": (False, True), "default": (None, "3"), "comment": (None, "why")}
    }


def test_a_domain_constraint_changes(subject: Subject) -> None:
    subject.run("ALTER DOMAIN plain ADD CONSTRAINT small CHECK (VALUE < 9) NOT VALID")
    changes = subject.changes("ALTER DOMAIN plain VALIDATE CONSTRAINT small")

    before, after = changes["domain public.plain"]["constraints"]
    assert [constraint.validated for constraint in (*before, *after)] == [False, True]
    assert before[0].definition == after[0].definition == "CHECK ((VALUE < 9))"


def test_a_named_not_null_of_a_domain(subject: Subject) -> None:
    if subject.major < 17:
        pytest.skip("PostgreSQL 17 gave NOT NULL of domains names")
    domain = subject.read("CREATE DOMAIN named AS int CONSTRAINT mine NOT NULL").domain("named")

    assert [(constraint.name, constraint.definition) for constraint in domain.constraints] == [("mine", "NOT NULL")]


def test_a_comment_on_not_null_of_a_domain(subject: Subject) -> None:
    if subject.major < 17:
        pytest.skip("PostgreSQL 17 made NOT NULL of domains a constraint")
    subject.run("CREATE DOMAIN told AS int NOT NULL")
    (found,) = subject.changes("COMMENT ON CONSTRAINT told_not_null ON DOMAIN told IS 'why'").values()

    before, after = found["constraints"]
    assert (before, [(c.name, c.comment) for c in after]) == ((), [("told_not_null", "why")])


def test_a_composite_type(subject: Subject) -> None:
    catalog = subject.read()

    assert list(catalog.composite_types) == [("public", "pair")]
    assert catalog.composite_type("pair").fields == (
        Attribute(name="x", type="integer", collation=None, comment="left"),
        Attribute(name="Y y", type="text", collation='"C"', comment=None),
    )


def test_a_range_type(subject: Subject) -> None:
    attributes = subject.read().range_type("times").attributes

    assert {name: attributes[name] for name in list(attributes)[:6]} == {
        "subtype": "time without time zone",
        "operator_class": "time_ops",
        "collation": None,
        "canonical": None,
        "difference": "public.apart",
        "multirange": "public.times_multirange",
    }
