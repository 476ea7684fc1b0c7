"""Collations and text search."""

from __future__ import annotations

from tests.catalog.mend_cases.case import ODD, Case, both_ways, missing_and_extra

PARSER = "START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype"

WORDS: tuple[Case, ...] = (
    *missing_and_extra(
        "collation", "", f"CREATE COLLATION {ODD} (LOCALE = 'C'); COMMENT ON COLLATION {ODD} IS 'it''s';"
    ),
    *missing_and_extra(
        "collation_icu", "", "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de', DETERMINISTIC = false);"
    ),
    *missing_and_extra(
        "collation_rules", "", "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de', RULES = '&a < g');", 16
    ),
    *missing_and_extra("collation_builtin", "", "CREATE COLLATION c (PROVIDER = builtin, LOCALE = 'C.UTF-8');", 17),
    *both_ways(
        "collation_definition",
        "",
        "CREATE COLLATION c (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');",
        "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'sv');",
    ),
    *missing_and_extra(
        "parser",
        "",
        f"""CREATE TEXT SEARCH PARSER {ODD} ({PARSER}, HEADLINE = prsd_headline);
        COMMENT ON TEXT SEARCH PARSER {ODD} IS 'x';""",
    ),
    *both_ways(
        "parser_definition",
        "",
        f"CREATE TEXT SEARCH PARSER p ({PARSER});",
        f"CREATE TEXT SEARCH PARSER p ({PARSER}, HEADLINE = prsd_headline);",
    ),
    *missing_and_extra(
        "template",
        "",
        f"""CREATE TEXT SEARCH TEMPLATE {ODD} (INIT = dsimple_init, LEXIZE = dsimple_lexize);
        COMMENT ON TEXT SEARCH TEMPLATE {ODD} IS 'x';""",
    ),
    *both_ways(
        "template_definition",
        "",
        "CREATE TEXT SEARCH TEMPLATE t (INIT = dsimple_init, LEXIZE = dsimple_lexize);",
        "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize);",
    ),
    *missing_and_extra(
        "dictionary",
        "CREATE TEXT SEARCH TEMPLATE free (INIT = prsd_lextype, LEXIZE = dsimple_lexize);",
        f"""CREATE TEXT SEARCH DICTIONARY {ODD}
        (TEMPLATE = free, "Odd, ""name" = E'it''s, \\\\ = 1', n = 3, Plain = english);
        COMMENT ON TEXT SEARCH DICTIONARY {ODD} IS 'x';""",
    ),
    *both_ways(
        "dictionary_options",
        "",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = snowball, LANGUAGE = german);",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = snowball, LANGUAGE = english, STOPWORDS = english);",
    ),
    *both_ways(
        "dictionary_template",
        "",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = snowball, LANGUAGE = german);",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, ACCEPT = false);",
    ),
    *missing_and_extra(
        "configuration",
        f"CREATE TEXT SEARCH DICTIONARY {ODD} (TEMPLATE = simple);",
        f"""CREATE TEXT SEARCH CONFIGURATION {ODD} (PARSER = "default");
        ALTER TEXT SEARCH CONFIGURATION {ODD} ADD MAPPING FOR word, asciiword WITH {ODD}, english_stem;
        COMMENT ON TEXT SEARCH CONFIGURATION {ODD} IS 'x';""",
    ),
    *both_ways(
        "configuration_mapping",
        'CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default");',
        """ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word, email WITH simple, english_stem;
        ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR url WITH simple;""",
        "ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word, host WITH english_stem, simple;",
    ),
    *both_ways(
        "configuration_parser",
        f"CREATE TEXT SEARCH PARSER p ({PARSER});",
        "CREATE TEXT SEARCH CONFIGURATION c (PARSER = p);",
        'CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default");',
    ),
)
