"""What is read of base types and shell types, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pgassay.catalog.compare import compare
from pgassay.catalog.mend import mend
from pgassay.catalog.sqltext import clauses
from tests.catalog.conftest import Subject

TYPE: Mapping[str, str | bool] = {"INPUT": "reads", "OUTPUT": "writes"}
LABEL = 'base type public."T. ☃"'


def snow(**changed: str | bool) -> str:
    """Make the type anew, with its functions."""
    return f"""
        DROP TYPE IF EXISTS "T. ☃" CASCADE; CREATE TYPE "T. ☃";
        CREATE FUNCTION reads(cstring) RETURNS "T. ☃" LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION reads_2(cstring) RETURNS "T. ☃" LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION writes("T. ☃") RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE FUNCTION writes_2("T. ☃") RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE FUNCTION receives(internal) RETURNS "T. ☃" LANGUAGE internal STABLE STRICT AS 'textrecv';
        CREATE FUNCTION sends("T. ☃") RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
        CREATE TYPE "T. ☃" {clauses({**TYPE, **changed})};"""


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE FUNCTION modifies(cstring[]) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
        CREATE FUNCTION parts(internal) RETURNS internal LANGUAGE internal STRICT AS 'raw_array_subscript_handler';
        {snow()}
    """)


def test_every_attribute(subject: Subject) -> None:
    found = subject.read().base_type("T. ☃")

    assert {**found.attributes, "privileges": sorted(map(str, found.privileges))} == {
        "input": "public.reads",
        "output": "public.writes",
        "receive": None,
        "send": None,
        "typmod_in": None,
        "typmod_out": None,
        "analyze": None,
        "subscript": None,
        "length": None,
        "by_value": False,
        "alignment": "int4",
        "storage": "plain",
        "category": "U",
        "preferred": False,
        "default": None,
        "element": None,
        "delimiter": ",",
        "collatable": False,
        "array_type": None,
        "owner": "postgres",
        "privileges": ["USAGE to PUBLIC", "USAGE to postgres"],
        "comment": None,
    }
    assert repr(found) == f"<{LABEL}: variable, plain>"


def test_an_array_type_whose_name_was_taken(subject: Subject) -> None:
    changes = subject.there_and_back(
        f'DROP TYPE "T. ☃" CASCADE; CREATE TYPE "_T. ☃" AS ENUM (); {snow()}', f'DROP TYPE "_T. ☃"; {snow()}'
    )

    name = "_T. ☃_1" if subject.major >= 16 else "___T. ☃"  # the enum's own array type has two
    assert changes == {LABEL: {"array_type": (None, name)}, 'enum public."_T. ☃"': "new"}


def test_owner_privileges_and_comment(subject: Subject) -> None:
    owner = subject.role("owner")
    changes = subject.there_and_back(
        f"""ALTER TYPE "T. ☃" OWNER TO {owner}; REVOKE USAGE ON TYPE "T. ☃" FROM PUBLIC;
        COMMENT ON TYPE "T. ☃" IS 'why'""",
        snow(),
    )

    found = changes[LABEL]
    assert found.keys() == {"owner", "privileges", "comment"}
    assert (found["owner"], found["comment"]) == (("postgres", owner), (None, "why"))


def test_a_shell(subject: Subject) -> None:
    owner = subject.role("owner")
    shell = 'shell type public."S. h"'
    made = subject.changes('CREATE TYPE "S. h"')
    changes = subject.there_and_back(
        f'ALTER TYPE "S. h" OWNER TO {owner}; COMMENT ON TYPE "S. h" IS \'why\'',
        'ALTER TYPE "S. h" OWNER TO postgres; COMMENT ON TYPE "S. h" IS NULL',
    )
    found = subject.read().shell_types["public", "S. h"]
    subject.run('DROP TYPE "S. h"')

    assert made == {shell: "new"}
    assert changes == {shell: {"owner": ("postgres", owner), "comment": (None, "why")}}
    assert (repr(found), found.attributes) == (f"<{shell}>", {"owner": "postgres", "comment": None})


def test_a_type_is_missing_with_its_functions(subject: Subject) -> None:
    whole = subject.read()
    without = subject.read('DROP TYPE "T. ☃" CASCADE')
    subject.run(snow())
    (first, *others) = sorted(compare(whole, without), key=lambda difference: difference.kind)

    assert (first.object, first.hidden) == (LABEL, 2)  # those that it is made of; it does without the others
    assert [d.object for d in others] == [
        "function public.reads_2(cstring)",
        "function public.receives(internal)",
        'function public.sends(public."T. ☃")',
        'function public.writes_2(public."T. ☃")',
    ]


@pytest.mark.parametrize(
    ("clause", "value", "told"),
    [
        ("CATEGORY", "'X'", "a base type's category cannot be changed: create a new type, alter the columns to it"),
        ("STORAGE", "main", 'ALTER TYPE public."T. ☃" SET (STORAGE = main);'),
    ],
)
def test_what_can_be_altered(subject: Subject, clause: str, value: str, told: str) -> None:
    before, after = subject.read(), subject.read(snow(**{clause: value}))
    subject.run(snow())
    (difference,) = compare(after, before)

    assert mend(difference, after, before) == told


def test_arrays_and_members_of_extensions_are_no_types_of_their_own(subject: Subject) -> None:
    catalog = subject.read("CREATE EXTENSION citext")
    subject.run("DROP EXTENSION citext")

    assert list(catalog.base_types) == [("public", "T. ☃")]
