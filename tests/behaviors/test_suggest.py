from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from pgassay.behaviors import suggest_behaviors, toml_of
from pgassay.behaviors.triggers import try_trigger
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import Behavior, Fills, Touches, TriggerBehavior, load_behavior

NAME = '"The ""T"".\U0001f989 %"'
TABLE = f"""
CREATE TABLE {NAME} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "At %" timestamptz, title text, body text,
    words tsvector, config regconfig DEFAULT 'simple');
"""
TOUCH = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ {body} $f$;
CREATE TRIGGER tr BEFORE UPDATE {of} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION f();
"""
INSERT = "INSERT INTO {} (title, body) VALUES ('One word', 'and another'), (NULL, 'more')"


def touch(body: str, *, of: str = "", when: str = "") -> str:
    return TABLE + TOUCH.format(body=body, of=of, when=when, table=NAME)


def suggested(database: Conninfo, schema: str, *, insert: str = INSERT) -> tuple[TriggerBehavior, ...]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(schema.encode())
        return suggest_behaviors(read_catalog(connection), insert.format)


def read_back(folder: Path, *entries: TriggerBehavior) -> Behavior:
    path = folder / "behavior.toml"
    path.write_text(toml_of(entries), encoding="utf-8")
    return load_behavior(path)


SETS = [
    'NEW."At %" := now()',
    'new . "At %" = NOW( )',
    'NEW."At %" = pg_catalog.now()',
    'NEW."At %" = (clock_timestamp())',
    'NEW."At %" := statement_timestamp()',
    'NEW."At %" := transaction_timestamp()::timestamptz',
    'NEW."At %" := CURRENT_TIMESTAMP',
    'NEW."At %" := LOCALTIMESTAMP',
    "NEW.\"At %\" := (now() AT TIME ZONE 'utc')",
    "NEW.\"At %\" := timezone('utc', now())",
]
MOVES, CHANGES = Touches(columns=("At %",)), Touches(columns=("At %",), noop=True)
NOW = 'NEW."At %" := now();'
KNOWN = {
    **{f"BEGIN {text}; RETURN NEW; END": MOVES for text in SETS},
    'begin -- it moves\n new."At %" = clock_timestamp() ; /* ; */ new.Title := CURRENT_TIMESTAMP; return new; end;': (
        Touches(columns=("At %", "title"))
    ),
    f"<<f>> DECLARE BEGIN {NOW} RETURN NEW; END f;": MOVES,
    f"BEGIN IF TG_OP = 'UPDATE' THEN {NOW} END IF; RETURN NEW; END": MOVES,
    f"BEGIN IF (TG_OP = 'UPDATE') THEN {NOW} RETURN NEW; END IF; RETURN NEW; END": MOVES,
    f"BEGIN IF NEW IS DISTINCT FROM OLD THEN {NOW} END IF; RETURN NEW; END": CHANGES,
    f"BEGIN IF (OLD.* IS DISTINCT FROM NEW.*) THEN {NOW} END IF; RETURN NEW; END": CHANGES,
    f"BEGIN IF row(NEW.*) IS DISTINCT FROM row(OLD.*) THEN {NOW} RETURN NEW; ELSE RETURN OLD; END IF; END": CHANGES,
}


@pytest.mark.thorough
@pytest.mark.parametrize("body", KNOWN)
def test_a_function_that_sets_a_time(any_database: Conninfo, tmp_path: Path, body: str) -> None:
    (entry,) = suggested(any_database, touch(body, of="OF body, title"))
    assert (entry.expect, entry.trigger) == (KNOWN[body], "tr")
    assert read_back(tmp_path, entry) == Behavior(triggers=(entry,))
    assert try_trigger(entry, lambda: psycopg.connect(any_database.dsn)) == ()


@pytest.mark.parametrize(
    ("when", "column"),
    [
        ("OLD.* IS DISTINCT FROM NEW.*", "body"),
        ("NEW IS DISTINCT FROM OLD", "body"),
        ("OLD.title IS DISTINCT FROM NEW.title", "title"),
    ],
)
def test_a_condition(any_database: Conninfo, when: str, column: str) -> None:
    (entry,) = suggested(any_database, touch(f"BEGIN {NOW} RETURN NEW; END", when=f"WHEN ({when})"))
    assert entry.expect == CHANGES
    assert entry.change.endswith(f"""SET "{column}" = coalesce("{column}", '') || 'x'""")
    assert try_trigger(entry, lambda: psycopg.connect(any_database.dsn)) == ()


TYPES = ("varchar", "smallint", "bigint", "numeric", "boolean", "date", "timestamptz", "timestamp", "uuid", "float8")


@pytest.mark.thorough
@pytest.mark.parametrize("type_name", TYPES)
def test_another_value_of_each_type(any_database: Conninfo, type_name: str) -> None:
    """Whether the column is null or not; one that a constraint speaks of is left alone."""
    schema = touch(f"BEGIN {NOW} RETURN NEW; END", when="WHEN (OLD.* IS DISTINCT FROM NEW.*)")
    schema += f"ALTER TABLE {NAME} ADD a {type_name}, ADD b {type_name} CHECK (b IS NULL), ALTER body TYPE varchar(3);"
    (entry,) = suggested(any_database, schema.replace("OF body", ""), insert="INSERT INTO {} (title) VALUES ('One')")
    assert ' SET "a" = ' in entry.change
    assert try_trigger(entry, lambda: psycopg.connect(any_database.dsn)) == ()


def test_moddatetime(any_database: Conninfo) -> None:
    call = f"CREATE TRIGGER tr BEFORE UPDATE ON {NAME} FOR EACH ROW EXECUTE FUNCTION moddatetime('At %')"
    (entry,) = suggested(any_database, f"CREATE EXTENSION moddatetime; {TABLE} {call}")
    assert entry.expect == Touches(columns=("At %",))
    assert try_trigger(entry, lambda: psycopg.connect(any_database.dsn)) == ()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("tsvector_update_trigger(words, 'pg_catalog.english', title, body)", "'pg_catalog.english'::regconfig"),
        ("tsvector_update_trigger_column(words, config, title, body)", '"config"::regconfig'),
    ],
)
def test_words(any_database: Conninfo, call: str, words: str) -> None:
    trigger = f"CREATE TRIGGER tr BEFORE INSERT OR UPDATE ON {NAME} FOR EACH ROW EXECUTE FUNCTION {call}"
    (entry,) = suggested(any_database, TABLE + trigger)
    expression = f"""to_tsvector({words}, concat_ws(' ', "title", "body"))"""
    assert entry.expect == Fills(expressions={"words": expression})
    assert try_trigger(entry, lambda: psycopg.connect(any_database.dsn)) == ()


@pytest.mark.parametrize(
    "schema",
    [
        touch('BEGIN IF NEW.title <> OLD.title THEN NEW."At %" := now(); END IF; RETURN NEW; END'),
        touch('BEGIN NEW."At %" := now(); INSERT INTO x VALUES (1); RETURN NEW; END'),
        touch("BEGIN NEW.title := lower(NEW.title); RETURN NEW; END"),
        touch('BEGIN NEW."At %" := now(); RETURN NEW; END', when="WHEN (NEW.title = 'x')"),
        touch('BEGIN NEW."At %" := now(); RETURN NEW; END', when="WHEN (OLD.title IS DISTINCT FROM NEW.body)"),
        touch('BEGIN NEW."At %" := current_timestamp(0); RETURN NEW; END'),
        touch('BEGIN NEW."At %" := now(); RETURN NEW; END', of='OF "At %"'),
        touch('BEGIN NEW."At %" := now(); RETURN NEW; END').replace("BEFORE UPDATE", "AFTER UPDATE"),
    ],
)
def test_what_is_not_known_is_left_alone(any_database: Conninfo, schema: str) -> None:
    assert suggested(any_database, schema) == ()


def test_the_text_says_the_same(any_database: Conninfo, tmp_path: Path) -> None:
    call = "tsvector_update_trigger(words, 'pg_catalog.english', title)"
    trigger = f'CREATE TRIGGER "w\x7f" BEFORE UPDATE ON {NAME} FOR EACH ROW EXECUTE FUNCTION {call}'
    entries = suggested(any_database, touch('BEGIN NEW."At %" := now(); RETURN NEW; END') + trigger)
    assert read_back(tmp_path, *entries) == Behavior(triggers=entries)
    assert len(entries) == 2
