"""What is read of text search parsers, templates, dictionaries and configurations, and how it changes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgassay.catalog.kinds.text_search import options_of
from pgassay.catalog.sqltext import clauses, literal, quote_name
from tests.catalog.conftest import Subject

READER = {"START": "prsd_start", "GETTOKEN": "prsd_nexttoken", "END": "prsd_end", "LEXTYPES": "prsd_lextype"}


def reader(**changed: str) -> str:
    made = f'CREATE TEXT SEARCH PARSER "R. er" {clauses(READER | changed)};'
    return f'DROP TEXT SEARCH PARSER IF EXISTS "R. er"; {made}'


def form(**changed: str) -> str:
    made = f"CREATE TEXT SEARCH TEMPLATE form {clauses({'LEXIZE': 'dsimple_lexize', **changed})};"
    return f"DROP TEXT SEARCH TEMPLATE IF EXISTS form; {made}"


def book(template: str = "free", **options: str) -> str:
    made = f'CREATE TEXT SEARCH DICTIONARY "B. k" {clauses({"TEMPLATE": template, **options})};'
    return f'DROP TEXT SEARCH DICTIONARY IF EXISTS "B. k"; {made}'


def words(action: str) -> str:
    return f'ALTER TEXT SEARCH CONFIGURATION "W. s" {action};'


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE FUNCTION starts(internal, int) RETURNS internal LANGUAGE internal STRICT AS 'prsd_start';
        CREATE FUNCTION finds(internal, internal, internal) RETURNS internal LANGUAGE internal AS 'prsd_nexttoken';
        CREATE FUNCTION ends(internal) RETURNS void LANGUAGE internal AS 'prsd_end';
        CREATE FUNCTION names(internal) RETURNS internal LANGUAGE internal AS 'prsd_lextype';
        CREATE FUNCTION "L. x"(internal, internal, internal, internal) RETURNS internal LANGUAGE internal
            AS 'dsimple_lexize';
        CREATE TEXT SEARCH TEMPLATE free (INIT = names, LEXIZE = dsimple_lexize);
        CREATE TEXT SEARCH TEMPLATE as_free (INIT = names, LEXIZE = dsimple_lexize);
        CREATE TEXT SEARCH DICTIONARY "D. y" (TEMPLATE = simple);
        {reader()} {form()} {book()}
        CREATE TEXT SEARCH CONFIGURATION "W. s" (PARSER = "default");
    """)
    subject.run(words('ADD MAPPING FOR asciiword, url WITH "D. y", simple'))


def test_every_attribute_of_a_parser(subject: Subject) -> None:
    parser = subject.read().text_search_parsers["public", "R. er"]

    assert parser.attributes == {
        "start": "pg_catalog.prsd_start",
        "get_token": "pg_catalog.prsd_nexttoken",
        "end": "pg_catalog.prsd_end",
        "headline": None,
        "token_types": "pg_catalog.prsd_lextype",
        "comment": None,
    }
    assert repr(parser) == '<text search parser public."R. er": pg_catalog.prsd_nexttoken>'


@pytest.mark.parametrize(
    ("clause", "function", "attribute", "before"),
    [
        ("START", "starts", "start", "pg_catalog.prsd_start"),
        ("GETTOKEN", "finds", "get_token", "pg_catalog.prsd_nexttoken"),
        ("END", "ends", "end", "pg_catalog.prsd_end"),
        ("LEXTYPES", "names", "token_types", "pg_catalog.prsd_lextype"),
    ],
)
def test_functions_of_a_parser(subject: Subject, clause: str, function: str, attribute: str, before: str) -> None:
    changes = subject.there_and_back(reader(**{clause: function}), reader())

    assert changes == {'text search parser public."R. er"': {attribute: (before, f"public.{function}")}}


def test_headline_and_comment_of_a_parser(subject: Subject) -> None:
    headline = subject.there_and_back(reader(HEADLINE="prsd_headline"), reader())
    comment = subject.there_and_back("COMMENT ON TEXT SEARCH PARSER \"R. er\" IS 'why'", reader())

    assert [*headline.values(), *comment.values()] == [
        {"headline": (None, "pg_catalog.prsd_headline")},
        {"comment": (None, "why")},
    ]


def test_a_template(subject: Subject) -> None:
    template = subject.read().text_search_templates["public", "form"]

    assert template.attributes == {"init": None, "lexize": "pg_catalog.dsimple_lexize", "comment": None}
    assert repr(template) == "<text search template public.form: pg_catalog.dsimple_lexize>"


def test_a_template_changes(subject: Subject) -> None:
    init = subject.there_and_back(form(INIT="dsimple_init"), form())
    lexize = subject.there_and_back(form(LEXIZE='"L. x"'), form())
    comment = subject.there_and_back("COMMENT ON TEXT SEARCH TEMPLATE form IS 'why'", form())

    assert [*init.values(), *lexize.values(), *comment.values()] == [
        {"init": (None, "pg_catalog.dsimple_init")},
        {"lexize": ("pg_catalog.dsimple_lexize", 'public."L. x"')},
        {"comment": (None, "why")},
    ]


def test_a_dictionary(subject: Subject) -> None:
    dictionary = subject.read().text_search_dictionary("B. k")

    assert dictionary.attributes == {"template": "public.free", "options": {}, "owner": "postgres", "comment": None}
    assert repr(dictionary) == '<text search dictionary public."B. k": template public.free>'


def test_a_dictionary_changes(subject: Subject) -> None:
    owner = subject.role("owner")
    template = subject.there_and_back(book("as_free"), book())
    options = subject.there_and_back(book(Language="german", n="3"), book())
    changes = subject.there_and_back(
        f"""ALTER TEXT SEARCH DICTIONARY "B. k" OWNER TO {owner};
        COMMENT ON TEXT SEARCH DICTIONARY "B. k" IS 'why'""",
        book(),
    )

    assert [*template.values(), *options.values(), *changes.values()] == [
        {"template": ("public.free", "public.as_free")},
        {"options": ({}, {"language": "german", "n": "3"})},
        {"owner": ("postgres", owner), "comment": (None, "why")},
    ]


ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NAMES = ANY_TEXT.filter(lambda name: name.strip() and name.lower() != "template")


@given(options=st.dictionaries(NAMES, ANY_TEXT, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_option(subject: Subject, options: dict[str, str]) -> None:
    said = {quote_name(name): literal(value) for name, value in options.items()}
    with subject.connection.transaction(force_rollback=True):
        subject.run(book(**said))
        row = subject.connection.execute("SELECT dictinitoption FROM pg_ts_dict WHERE dictname = 'B. k'").fetchone()
    assert row is not None
    assert options_of(row[0]) == options


def test_a_number_is_what_it_is_in_quotes(subject: Subject) -> None:
    subject.run(book(a="3", b="-1.50", c="true"))

    assert subject.read().text_search_dictionary("B. k").options == {"a": "3", "b": "-1.50", "c": "true"}
    assert subject.there_and_back(book(a="'3'", b="'-1.50'", c="'true'"), book(a="3", b="-1.50", c="true")) == {}
    subject.run(book())


def test_a_configuration(subject: Subject) -> None:
    configuration = subject.read().text_search_configuration("W. s")

    dictionaries = ('public."D. y"', "pg_catalog.simple")
    assert configuration.attributes == {
        "parser": 'pg_catalog."default"',
        "mapping": {"asciiword": dictionaries, "url": dictionaries},
        "owner": "postgres",
        "comment": None,
    }
    assert repr(configuration) == '<text search configuration public."W. s": parser pg_catalog."default">'


def test_the_order_of_dictionaries_counts(subject: Subject) -> None:
    changes = subject.there_and_back(
        words('ALTER MAPPING FOR url WITH simple, "D. y"'), words('ALTER MAPPING FOR url WITH "D. y", simple')
    )

    (found,) = changes.values()
    before, after = found["mapping"]
    assert before["url"] == tuple(reversed(after["url"]))
    assert (found.keys(), before["asciiword"]) == ({"mapping"}, after["asciiword"])


def test_a_configuration_changes(subject: Subject) -> None:
    owner = subject.role("owner")
    changes = subject.there_and_back(
        f"""{words(f"OWNER TO {owner}")} COMMENT ON TEXT SEARCH CONFIGURATION "W. s" IS 'why';
        {words("DROP MAPPING FOR url")}""",
        f"""{words("OWNER TO postgres")} COMMENT ON TEXT SEARCH CONFIGURATION "W. s" IS NULL;
        {words('ADD MAPPING FOR url WITH "D. y", simple')}""",
    )

    (found,) = changes.values()
    assert (found["owner"], found["comment"]) == (("postgres", owner), (None, "why"))
    assert found["mapping"][1].keys() == {"asciiword"}


def test_the_parser_of_a_configuration(subject: Subject) -> None:
    made = "CREATE TEXT SEARCH CONFIGURATION empty (PARSER = {});"
    drop = "DROP TEXT SEARCH CONFIGURATION empty;"
    subject.run(made.format('"default"'))
    changes = subject.there_and_back(drop + made.format('"R. er"'), drop + made.format('"default"'))

    assert changes == {"text search configuration public.empty": {"parser": ('pg_catalog."default"', 'public."R. er"')}}
    subject.run(drop)


def test_members_of_extensions_are_theirs(subject: Subject) -> None:
    assert subject.there_and_back("CREATE EXTENSION unaccent", "DROP EXTENSION unaccent") == {
        "extension unaccent": "new"
    }
