"""Collations and text search."""

from __future__ import annotations

from pgassay.catalog.kinds.collations import Collation
from pgassay.catalog.kinds.text_search import (
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from tests.catalog.properties.case import Property, Subject, altered, anew, comment, common

COLLATION = "CREATE COLLATION c (LC_COLLATE = 'C', LC_CTYPE = 'C')"
ICU = "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de')"
PARSER = (
    "CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,"
    " LEXTYPES = prsd_lextype)"
)
TEMPLATE = "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)"
DICTIONARY = "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)"
CONFIGURATION = 'CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default")'
FUNCTIONS = """
    CREATE FUNCTION starts(internal, int) RETURNS internal LANGUAGE internal STRICT AS 'prsd_start';
    CREATE FUNCTION finds(internal, internal, internal) RETURNS internal LANGUAGE internal AS 'prsd_nexttoken';
    CREATE FUNCTION ends(internal) RETURNS void LANGUAGE internal AS 'prsd_end';
    CREATE FUNCTION names(internal) RETURNS internal LANGUAGE internal AS 'prsd_lextype';
    CREATE FUNCTION lexes(internal, internal, internal, internal) RETURNS internal LANGUAGE internal
        AS 'dsimple_lexize';
"""

LEXING = (
    Subject(
        Collation,
        "collation public.c",
        COLLATION,
        {
            **anew(
                "DROP COLLATION c",
                COLLATION,
                collate=("LC_COLLATE = 'C'", "LC_COLLATE = 'POSIX'"),
                ctype=("LC_CTYPE = 'C'", "LC_CTYPE = 'POSIX'"),
            ),
            **common("COLLATION c"),
        },
    ),
    Subject(
        Collation,
        "collation public.c",
        ICU,
        {
            **anew(
                "DROP COLLATION c",
                ICU,
                locale=("'de'", "'sv'"),
                deterministic=("'de'", "'de', DETERMINISTIC = false"),
            ),
            "provider": Property(
                f"DROP COLLATION c; {COLLATION}", f"DROP COLLATION c; {ICU}", ("locale", "collate", "ctype")
            ),
            "icu_rules": anew("DROP COLLATION c", ICU, it=("'de'", "'de', RULES = '&a < g'"))["it"]._replace(since=16),
        },
    ),
    Subject(
        TextSearchParser,
        "text search parser public.p",
        f"{FUNCTIONS} {PARSER}",
        {
            **anew(
                "DROP TEXT SEARCH PARSER p",
                PARSER,
                start=("prsd_start", "starts"),
                get_token=("prsd_nexttoken", "finds"),
                end=("prsd_end", "ends"),
                token_types=("prsd_lextype", "names"),
                headline=("prsd_lextype", "prsd_lextype, HEADLINE = prsd_headline"),
            ),
            **comment("TEXT SEARCH PARSER p"),
        },
    ),
    Subject(
        TextSearchTemplate,
        "text search template public.t",
        f"{FUNCTIONS} {TEMPLATE}",
        {
            **anew(
                "DROP TEXT SEARCH TEMPLATE t",
                TEMPLATE,
                init=("dsimple_lexize", "dsimple_lexize, INIT = dsimple_init"),
                lexize=("dsimple_lexize", "lexes"),
            ),
            **comment("TEXT SEARCH TEMPLATE t"),
        },
    ),
    Subject(
        TextSearchDictionary,
        "text search dictionary public.d",
        f"CREATE TEXT SEARCH TEMPLATE other (INIT = dsimple_init, LEXIZE = dsimple_lexize); {DICTIONARY}",
        {
            **anew(
                "DROP TEXT SEARCH DICTIONARY d",
                DICTIONARY,
                template=("simple", "other"),
                options=("simple", "simple, ACCEPT = false"),
            ),
            **common("TEXT SEARCH DICTIONARY d"),
        },
    ),
    Subject(
        TextSearchConfiguration,
        "text search configuration public.c",
        f"{FUNCTIONS} {PARSER}; {CONFIGURATION}",
        {
            **anew("DROP TEXT SEARCH CONFIGURATION c", CONFIGURATION, parser=('"default"', "p")),
            **altered(
                "ALTER TEXT SEARCH CONFIGURATION c",
                mapping=("ADD MAPPING FOR word WITH simple", "DROP MAPPING FOR word"),
            ),
            **common("TEXT SEARCH CONFIGURATION c"),
        },
    ),
)
