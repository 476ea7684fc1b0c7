"""Languages, casts, conversions, access methods and foreign data."""

from __future__ import annotations

from pgassay.catalog.kinds.casts import Cast, Transform
from pgassay.catalog.kinds.conversions import Conversion
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.languages import AccessMethod, Language
from tests.catalog.properties.case import Subject, altered, anew, comment, common

LANGUAGE = (
    "CREATE OR REPLACE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler"
    " VALIDATOR plpgsql_validator"
)
PAIR = """
    CREATE TYPE pair AS (x int);
    CREATE FUNCTION to_int(pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION to_int_2(pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION taken(internal) RETURNS pair LANGUAGE internal STABLE AS 'record_recv';
    CREATE FUNCTION handles() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE FUNCTION keeps(internal) RETURNS table_am_handler LANGUAGE internal AS 'heap_tableam_handler';
    CREATE FUNCTION turns(int, int, cstring, internal, int, boolean) RETURNS int LANGUAGE c STRICT
        AS '$libdir/utf8_and_iso8859', 'iso8859_to_utf8';
"""
CAST = "CREATE CAST (pair AS int) WITH FUNCTION to_int(pair)"
BYTES = "CREATE CAST (int AS date) WITHOUT FUNCTION"
TRANSFORM = (
    "CREATE OR REPLACE TRANSFORM FOR pair LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),"
    " TO SQL WITH FUNCTION taken(internal))"
)
LATIN = "CREATE CONVERSION c FOR 'LATIN2' TO 'UTF8' FROM iso8859_to_utf8"
TO_LATIN = "CREATE CONVERSION c FOR 'UTF8' TO 'LATIN2' FROM utf8_to_iso8859"
METHOD = "CREATE ACCESS METHOD a TYPE TABLE HANDLER heap_tableam_handler"

LANGUAGES = (
    Subject(
        Language,
        "language l",
        f"{PAIR} {LANGUAGE}",
        {
            **anew(
                "DROP LANGUAGE l",
                LANGUAGE,
                trusted=("TRUSTED ", ""),
                handler=("HANDLER plpgsql_call_handler", "HANDLER handles"),
                inline=("INLINE plpgsql_inline_handler ", ""),
                validator=("VALIDATOR plpgsql_validator", ""),
            ),
            **common("LANGUAGE l", "USAGE ON LANGUAGE l"),
        },
    ),
    Subject(
        Cast,
        "cast (public.pair AS integer)",
        f"{PAIR} {CAST}",
        {
            **anew(
                "DROP CAST (pair AS int)",
                CAST,
                function=("to_int", "to_int_2"),
                context=("to_int(pair)", "to_int(pair) AS IMPLICIT"),
            ),
            **comment("CAST (pair AS int)"),
        },
    ),
    Subject(
        Cast,
        "cast (integer AS date)",
        BYTES,
        anew("DROP CAST (int AS date)", BYTES, method=("WITHOUT FUNCTION", "WITH INOUT")),
    ),
    Subject(
        Transform,
        "transform for public.pair language sql",
        f"{PAIR} {TRANSFORM}",
        {
            **anew(
                "DROP TRANSFORM FOR pair LANGUAGE sql",
                TRANSFORM,
                from_sql=("FROM SQL WITH FUNCTION prsd_lextype(internal), ", ""),
                to_sql=(", TO SQL WITH FUNCTION taken(internal)", ""),
            ),
            **comment("TRANSFORM FOR pair LANGUAGE sql"),
        },
    ),
    Subject(
        Conversion,
        "conversion public.c",
        f"{PAIR} {LATIN}",
        {
            **anew(
                "DROP CONVERSION c",
                LATIN,
                source=("LATIN2", "LATIN3"),
                function=("iso8859_to_utf8", "turns"),
                default=("CREATE", "CREATE DEFAULT"),
            ),
            **common("CONVERSION c"),
        },
    ),
    Subject(
        Conversion,
        "conversion public.c",
        TO_LATIN,
        anew("DROP CONVERSION c", TO_LATIN, destination=("LATIN2", "LATIN3")),
    ),
    Subject(
        AccessMethod,
        "access method a",
        f"{PAIR} {METHOD}",
        {
            **anew(
                "DROP ACCESS METHOD a",
                METHOD,
                handler=("heap_tableam_handler", "keeps"),
                method_type=("TABLE HANDLER heap_tableam_handler", "INDEX HANDLER bthandler", "handler"),
            ),
            **comment("ACCESS METHOD a"),
        },
    ),
)

WRAPPER = "CREATE FOREIGN DATA WRAPPER w"
SERVER = "CREATE SERVER s TYPE 'a' VERSION '1' FOREIGN DATA WRAPPER w"

FOREIGN_DATA = (
    Subject(
        ForeignDataWrapper,
        "foreign-data wrapper w",
        f"CREATE EXTENSION postgres_fdw; {WRAPPER}",
        {
            **altered(
                WRAPPER.replace("CREATE", "ALTER"),
                handler=("HANDLER postgres_fdw_handler", "NO HANDLER"),
                validator=("VALIDATOR postgresql_fdw_validator", "NO VALIDATOR"),
                options=("OPTIONS (ADD a 'b')", "OPTIONS (DROP a)"),
            ),
            **common("FOREIGN DATA WRAPPER w", "USAGE ON FOREIGN DATA WRAPPER w"),
        },
    ),
    Subject(
        ForeignServer,
        "foreign server s",
        f"CREATE FOREIGN DATA WRAPPER v; {WRAPPER}; {SERVER}",
        {
            **anew("DROP SERVER s", SERVER, wrapper=("WRAPPER w", "WRAPPER v"), server_type=("'a'", "'b'")),
            **altered(
                "ALTER SERVER s",
                version=("VERSION '2'", "VERSION '1'"),
                options=("OPTIONS (ADD a 'b')", "OPTIONS (DROP a)"),
            ),
            **common("SERVER s", "USAGE ON FOREIGN SERVER s"),
        },
    ),
    Subject(
        UserMapping,
        'user mapping for "PUBLIC" on server s',
        f"{WRAPPER}; {SERVER}; CREATE USER MAPPING FOR PUBLIC SERVER s",
        altered("ALTER USER MAPPING FOR PUBLIC SERVER s", options=("OPTIONS (ADD user 'b')", "OPTIONS (DROP user)")),
    ),
)
