"""What is read of languages, transforms, casts, conversions and access methods, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, compare
from pgassay.catalog.kinds.casts import schemas_of
from pgassay.catalog.kinds.conversions import Conversion
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.read import read_catalog
from tests.catalog.conftest import Subject
from tests.catalog.samples import sample

L, T = '"L. ""x"" 😀"', '"T. ""x"" 😀"'
LANGUAGE, CAST = f"language {L}", f"cast (odd.{T} AS integer)"
TRANSFORM, CONVERSION = f"transform for odd.{T} language {L}", f"conversion odd.{T}"
TO_INT = f"public.to_int(odd.{T})"


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE SCHEMA odd;
        CREATE TYPE odd.{T} AS (x int);
        CREATE TRUSTED LANGUAGE {L} HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler
            VALIDATOR plpgsql_validator;
        COMMENT ON LANGUAGE {L} IS 'why';
        CREATE FUNCTION to_int(odd.{T}) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION to_int(odd.{T}, int, bool) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE CAST (odd.{T} AS int) WITH FUNCTION to_int(odd.{T}) AS ASSIGNMENT;
        COMMENT ON CAST (odd.{T} AS int) IS 'why';
        CREATE FUNCTION taken(internal) RETURNS odd.{T} LANGUAGE internal STABLE AS 'record_recv';
        CREATE TRANSFORM FOR odd.{T} LANGUAGE {L}
            (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION taken(internal));
        COMMENT ON TRANSFORM FOR odd.{T} LANGUAGE {L} IS 'why';
        CREATE DEFAULT CONVERSION odd.{T} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
        COMMENT ON CONVERSION odd.{T} IS 'why';
        CREATE ACCESS METHOD {L} TYPE TABLE HANDLER heap_tableam_handler;
        COMMENT ON ACCESS METHOD {L} IS 'why';
    """)


def test_every_attribute_of_a_language(subject: Subject) -> None:
    language = subject.read().language('L. "x" 😀')

    assert language.attributes == {
        "trusted": True,
        "handler": "pg_catalog.plpgsql_call_handler",
        "inline": "pg_catalog.plpgsql_inline_handler",
        "validator": "pg_catalog.plpgsql_validator",
        "owner": "postgres",
        "privileges": language.privileges,
        "comment": "why",
    }
    assert set(map(str, language.privileges)) == {"USAGE to PUBLIC", "USAGE to postgres"}
    assert repr(language) == f"<{LANGUAGE}: trusted, handler pg_catalog.plpgsql_call_handler>"


def test_every_attribute_of_a_cast(subject: Subject) -> None:
    cast = subject.read().casts[f"odd.{T}", "integer"]

    assert cast.label == CAST
    assert cast.attributes == {"method": "function", "function": TO_INT, "context": "assignment", "comment": "why"}


def test_every_attribute_of_a_transform(subject: Subject) -> None:
    transform = subject.read().transforms[f"odd.{T}", 'L. "x" 😀']

    assert transform.label == TRANSFORM
    assert transform.attributes == {
        "from_sql": "pg_catalog.prsd_lextype(internal)",
        "to_sql": "public.taken(internal)",
        "comment": "why",
    }


def test_every_attribute_of_a_conversion(subject: Subject) -> None:
    assert subject.read().conversion('T. "x" 😀').attributes == {
        "source": "LATIN1",
        "destination": "UTF8",
        "function": "pg_catalog.iso8859_1_to_utf8",
        "default": True,
        "owner": "postgres",
        "comment": "why",
    }


def test_every_attribute_of_an_access_method(subject: Subject) -> None:
    assert subject.read().access_method('L. "x" 😀').attributes == {
        "method_type": "table",
        "handler": "pg_catalog.heap_tableam_handler",
        "comment": "why",
    }


def test_owners_and_privileges(subject: Subject) -> None:
    owner = subject.role("owner")
    changes = subject.changes(f"""
        ALTER CONVERSION odd.{T} OWNER TO {owner};
        ALTER LANGUAGE {L} OWNER TO {owner};
        REVOKE USAGE ON LANGUAGE {L} FROM PUBLIC;
    """)
    privileges = subject.read().language('L. "x" 😀').privileges
    subject.run(f"""
        GRANT USAGE ON LANGUAGE {L} TO PUBLIC;
        ALTER LANGUAGE {L} OWNER TO postgres;
        ALTER CONVERSION odd.{T} OWNER TO postgres;
    """)

    assert changes[CONVERSION] == {"owner": ("postgres", owner)}
    assert changes[LANGUAGE]["owner"] == ("postgres", owner)
    assert set(map(str, privileges)) == {f"USAGE to {owner}"}


CAST_AS = f"DROP CAST (odd.{T} AS int); CREATE CAST (odd.{T} AS int) {{}}; COMMENT ON CAST (odd.{T} AS int) IS 'why'"


@pytest.mark.parametrize(
    ("how", "differing"),
    [
        (f"WITH FUNCTION to_int(odd.{T})", {"context": ("assignment", "explicit")}),
        (f"WITH FUNCTION to_int(odd.{T}) AS IMPLICIT", {"context": ("assignment", "implicit")}),
        (
            f"WITH FUNCTION to_int(odd.{T}, int, bool) AS ASSIGNMENT",
            {"function": (TO_INT, f"public.to_int(odd.{T}, integer, boolean)")},
        ),
        ("WITH INOUT AS ASSIGNMENT", {"method": ("function", "inout"), "function": (TO_INT, None)}),
    ],
)
def test_a_cast_changes(subject: Subject, how: str, differing: dict[str, object]) -> None:
    changes = subject.changes(CAST_AS.format(how))
    subject.run(CAST_AS.format(f"WITH FUNCTION to_int(odd.{T}) AS ASSIGNMENT"))

    assert changes == {CAST: differing}


def test_a_cast_of_the_same_bytes(subject: Subject) -> None:
    catalog = subject.read("CREATE CAST (int AS date) WITHOUT FUNCTION")
    subject.run("DROP CAST (int AS date)")

    cast = catalog.casts["integer", "date"]
    assert (cast.method, cast.function, cast.context) == ("binary", None, "explicit")


CONVERTED = f"""
    DROP CONVERSION odd.{T};
    CREATE {{}} CONVERSION odd.{T} FOR {{}} FROM {{}};
    COMMENT ON CONVERSION odd.{T} IS 'why'
"""


def test_a_conversion_changes(subject: Subject) -> None:
    not_default = subject.changes(CONVERTED.format("", "'LATIN1' TO 'UTF8'", "iso8859_1_to_utf8"))
    another = subject.changes(CONVERTED.format("", "'UTF8' TO 'LATIN1'", "utf8_to_iso8859_1"))
    subject.run(CONVERTED.format("DEFAULT", "'LATIN1' TO 'UTF8'", "iso8859_1_to_utf8"))

    assert not_default == {CONVERSION: {"default": (True, False)}}
    assert another == {
        CONVERSION: {
            "source": ("LATIN1", "UTF8"),
            "destination": ("UTF8", "LATIN1"),
            "function": ("pg_catalog.iso8859_1_to_utf8", "pg_catalog.utf8_to_iso8859_1"),
        }
    }


def test_an_access_method_changes(subject: Subject) -> None:
    anew = f"DROP ACCESS METHOD {L}; CREATE ACCESS METHOD {L} TYPE {{}}; COMMENT ON ACCESS METHOD {L} IS 'why'"
    changes = subject.changes(anew.format("INDEX HANDLER bthandler"))
    subject.run(anew.format("TABLE HANDLER heap_tableam_handler"))

    assert changes == {
        f"access method {L}": {
            "method_type": ("table", "index"),
            "handler": ("pg_catalog.heap_tableam_handler", "pg_catalog.bthandler"),
        }
    }


def test_what_initdb_extensions_and_range_types_made_is_theirs(subject: Subject) -> None:
    changes = subject.changes("CREATE EXTENSION citext; CREATE TYPE spread AS RANGE (subtype = float8)")
    catalog = subject.read()
    subject.run("DROP EXTENSION citext; DROP TYPE spread")

    assert not [label for label in changes if label.startswith(("cast", "language", "access method", "conversion"))]
    assert (len(catalog.languages), len(catalog.access_methods), len(catalog.conversions)) == (1, 1, 1)


def test_a_role_that_may_only_connect_reads_the_same(subject: Subject) -> None:
    with subject.connect(subject.role("guest", "LOGIN")) as connection:
        assert subject.own(read_catalog(connection)) == subject.read_anew()


def test_what_goes_with_a_schema_is_the_schemas(subject: Subject) -> None:
    """Casts and transforms of its types too, where the schema is foreign or nobody expects it."""
    catalog = subject.read()
    without = Catalog.of(catalog.major, [r for r in catalog if "odd" not in str(r.identity) and "odd" not in r.label])

    found = compare(without, catalog, options=Comparison(foreign_schemas=("odd",)))
    assert [d.object for d in found if d.kind in {"cast", "transform", "conversion"}] == []
    assert "schema odd" in [d.object for d in compare(without, catalog)]


def test_the_schemas_of_types() -> None:
    types = ('odd."a.b"', '"O ""d"" d"."T x"[]', "integer", '"char"', "timestamp(3) with time zone", '"a.b"', "é.x")
    assert list(schemas_of(*types)) == ["odd", 'O "d" d', "é"]


def test_a_missing_schema_takes_its_conversions_along() -> None:
    conversion = sample(Conversion, schema="odd", name="c")
    expected = Catalog.of(18, [sample(Schema, schema="odd"), conversion])

    (difference,) = compare(expected, Catalog.of(18, []))
    assert (difference.object, difference.hidden) == ("schema odd", 1)
