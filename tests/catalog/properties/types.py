"""Types."""

from __future__ import annotations

from pgassay.catalog.kinds.base_types import BaseType, ShellType
from pgassay.catalog.kinds.types import CompositeType, Domain, Enum, RangeType
from tests.catalog.properties.case import Property, Subject, altered, anew, common, updated

DOMAIN = "CREATE DOMAIN d AS text"
RANGE = """CREATE TYPE r;
    CREATE FUNCTION c(r) RETURNS r LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
    CREATE TYPE r AS RANGE (SUBTYPE = text)"""

TYPES = (
    Subject(
        Enum,
        "enum public.e",
        "CREATE TYPE e AS ENUM ('a', 'b')",
        {
            **altered("ALTER TYPE e", labels=("RENAME VALUE 'a' TO 'c'", "RENAME VALUE 'c' TO 'a'")),
            **common("TYPE e", "USAGE ON TYPE e"),
        },
    ),
    Subject(
        CompositeType,
        "composite type public.c",
        "CREATE TYPE c AS (a int)",
        {
            **altered("ALTER TYPE c", fields=("ADD ATTRIBUTE b int", "DROP ATTRIBUTE b")),
            **common("TYPE c", "USAGE ON TYPE c"),
        },
    ),
    Subject(
        Domain,
        "domain public.d",
        DOMAIN,
        {
            **anew("DROP DOMAIN d", DOMAIN, type=("text", "varchar(5)"), collation=("text", 'text COLLATE "C"')),
            **altered(
                "ALTER DOMAIN d",
                not_null=("SET NOT NULL", "DROP NOT NULL"),
                default=("SET DEFAULT 'x'", "DROP DEFAULT"),
                constraints=("ADD CONSTRAINT c CHECK (VALUE <> '')", "DROP CONSTRAINT c"),
            ),
            **common("DOMAIN d", "USAGE ON DOMAIN d"),
        },
    ),
    Subject(
        RangeType,
        "range type public.r",
        f"CREATE FUNCTION apart(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0'; {RANGE}",
        {
            **anew(
                "DROP TYPE r CASCADE",
                RANGE,
                subtype=("= text", "= varchar, SUBTYPE_OPCLASS = text_ops"),
                operator_class=("= text", "= text, SUBTYPE_OPCLASS = text_pattern_ops"),
                collation=("= text", '= text, COLLATION = "C"'),
                canonical=("= text", "= text, CANONICAL = c"),
                difference=("= text", "= text, SUBTYPE_DIFF = apart"),
                multirange=("= text", "= text, MULTIRANGE_TYPE_NAME = many"),
            ),
            **common("TYPE r", "USAGE ON TYPE r"),
        },
    ),
)

BASE = """CREATE TYPE b;
    CREATE FUNCTION reads(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
    CREATE FUNCTION reads_2(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
    CREATE FUNCTION writes(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
    CREATE FUNCTION writes_2(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
    CREATE FUNCTION receives(internal) RETURNS b LANGUAGE internal STABLE STRICT AS 'textrecv';
    CREATE FUNCTION sends(b) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
    CREATE TYPE b (INPUT = reads, OUTPUT = writes"""
SIZED = BASE + ", INTERNALLENGTH = 16, ELEMENT = int)"
MODIFIED = BASE + ", TYPMOD_IN = modifies)"
BY_VALUE = BASE + ", INTERNALLENGTH = 4)"
HELPERS = """
    CREATE FUNCTION modifies(cstring[]) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
    CREATE FUNCTION parts(internal) RETURNS internal LANGUAGE internal STRICT AS 'raw_array_subscript_handler';
"""
CLAUSES = {
    "input": "INPUT = reads_2",
    "output": "OUTPUT = writes_2",
    "receive": "RECEIVE = receives",
    "send": "SEND = sends",
    "typmod_in": "TYPMOD_IN = modifies",
    "analyze": "ANALYZE = array_typanalyze",
    "length": "INTERNALLENGTH = 16",
    "alignment": "ALIGNMENT = double",
    "storage": "STORAGE = main",
    "category": "CATEGORY = 'X'",
    "preferred": "PREFERRED = true",
    "default": "DEFAULT = 'x'",
    "delimiter": "DELIMITER = ';'",
    "collatable": "COLLATABLE = true",
}

BASE_TYPES = (
    Subject(
        BaseType,
        "base type public.b",
        f"{HELPERS} {BASE})",
        {
            **{
                name: Property(f"DROP TYPE b CASCADE; {BASE}, {clause})", f"DROP TYPE b CASCADE; {BASE})")
                for name, clause in CLAUSES.items()
                if name not in {"input", "output"}
            },
            **anew(
                "DROP TYPE b CASCADE",
                f"{BASE})",
                input=("INPUT = reads", "INPUT = reads_2"),
                output=("OUTPUT = writes", "OUTPUT = writes_2"),
            ),
            **updated(
                "pg_type",
                "oid = (SELECT typarray FROM pg_type WHERE typname = 'b')",
                array_type=("typname", "'_b' | 'bees'"),
            ),
            **common("TYPE b", "USAGE ON TYPE b"),
        },
    ),
    Subject(
        BaseType,
        "base type public.b",
        f"{HELPERS} {SIZED}",
        anew(
            "DROP TYPE b CASCADE",
            SIZED,
            element=("ELEMENT = int", "ELEMENT = bigint"),
            subscript=("ELEMENT = int", "ELEMENT = int, SUBSCRIPT = parts"),
        ),
    ),
    Subject(
        BaseType,
        "base type public.b",
        f"{HELPERS} {MODIFIED}",
        anew(
            "DROP TYPE b CASCADE",
            MODIFIED,
            typmod_out=("modifies)", "modifies, TYPMOD_OUT = varchartypmodout)"),
        ),
    ),
    Subject(
        BaseType,
        "base type public.b",
        f"{HELPERS} {BY_VALUE}",
        anew("DROP TYPE b CASCADE", BY_VALUE, by_value=("= 4)", "= 4, PASSEDBYVALUE)")),
    ),
    Subject(ShellType, "shell type public.s", "CREATE TYPE s", common("TYPE s")),
)
