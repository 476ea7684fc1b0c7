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


def test_a_template(subject: Subject) -> None:
    template = subject.read().text_search_templates["public", "form"]

    assert template.attributes == {"init": None, "lexize": "pg_catalog.dsimple_lexize", "comment": None}
    assert repr(template) == "<text search template public.form: pg_catalog.dsimple_lexize>"


def test_a_dictionary(subject: Subject) -> None:
    dictionary = subject.read().text_search_dictionary("B. k")

    assert dictionary.attributes == {"template": "public.free", "options": {}, "owner": "postgres", "comment": None}
    assert repr(dictionary) == '<text search dictionary public."B. k": template public.free>'


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


def test_members_of_extensions_are_theirs(subject: Subject) -> None:
    assert subject.there_and_back("CREATE EXTENSION unaccent", "DROP EXTENSION unaccent") == {
        "extension unaccent": "new"
    }
