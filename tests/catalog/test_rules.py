"""What is read of rules, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.kinds.rules import take_apart
from pgassay.catalog.read import read_catalog
from tests.catalog.conftest import Subject

RULE = 'CREATE OR REPLACE RULE "DO ""it\'s"" 🐘" AS ON '
MOVED = f"{RULE} UPDATE TO t WHERE old.b <> 'x DO INSTEAD y' DO INSTEAD DELETE FROM log WHERE log.a = old.a;"
LABEL = 'rule public.t."DO ""it\'s"" 🐘"'


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE TABLE t (a int, b text);
        CREATE TABLE log (a int, "DO x" text);
        CREATE VIEW v AS SELECT a FROM t;
        {MOVED}
        CREATE RULE several AS ON INSERT TO t DO ALSO (INSERT INTO log VALUES (new.a); NOTIFY news;);
        CREATE RULE quiet AS ON DELETE TO v DO INSTEAD NOTHING;
    """)


def test_every_attribute(subject: Subject) -> None:
    rule = subject.read().table("t").rule('DO "it\'s" 🐘')

    assert rule.attributes == {
        "event": "update",
        "instead": True,
        "condition": "(old.b <> 'x DO INSTEAD y'::text)",
        "action": "DELETE FROM public.log\n  WHERE (log.a = old.a)",
        "enabled": "origin",
        "comment": None,
    }
    assert rule.definition.startswith('CREATE RULE "DO ""it\'s"" 🐘" AS\n    ON UPDATE TO public.t\n   WHERE (')
    assert "\n" not in repr(rule)


def test_the_other_sorts(subject: Subject) -> None:
    catalog = subject.read()

    several, quiet = catalog.table("t").rule("several"), catalog.view("v").rule("quiet")
    assert (several.event, several.instead, several.condition) == ("insert", False, None)
    assert " ".join(several.action.split()) == "( INSERT INTO public.log (a) VALUES (new.a); NOTIFY news; )"
    assert (quiet.event, quiet.instead, quiet.action) == ("delete", True, "NOTHING")
    assert list(catalog.view("v").rules) == ["quiet"]  # and not what makes it a view


@pytest.mark.parametrize("word", ["disabled", "replica", "always"])
def test_the_enabled_state(subject: Subject, word: str) -> None:
    action = {"disabled": "DISABLE RULE", "replica": "ENABLE REPLICA RULE", "always": "ENABLE ALWAYS RULE"}
    changes = subject.there_and_back(f"ALTER TABLE t {action[word]} several", "ALTER TABLE t ENABLE RULE several")

    assert changes == {"rule public.t.several": {"enabled": ("origin", word)}}


@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("DO NOTHING;", (None, "NOTHING")),
        ("DO INSTEAD NOTHING;", (None, "NOTHING")),
        ("\n   WHERE (new.\"a DO b\" = ' DO '::text) DO  SELECT 1;", ("(new.\"a DO b\" = ' DO '::text)", "SELECT 1")),
        ("\n   WHERE new.b DO ( SELECT 1;\n SELECT ' DO ';\n);", ("new.b", "( SELECT 1;\n SELECT ' DO ';\n)")),
    ],
)
def test_taken_apart(rest: str, parts: tuple[str | None, str]) -> None:
    definition = f'CREATE RULE "r DO" AS\n    ON INSERT TO public."t DO x" {rest}'

    assert take_apart(definition, "r DO", "insert", 'public."t DO x"') == parts


def test_its_name_does_not_make_it_a_views(subject: Subject) -> None:
    """CREATE RULE refuses this name, and ALTER RULE does not."""
    changes = subject.changes("""
        CREATE RULE r AS ON DELETE TO log DO INSTEAD NOTHING;
        ALTER RULE r ON log RENAME TO "_RETURN";
    """)
    subject.run('DROP RULE "_RETURN" ON log')

    assert changes == {'rule public.log."_RETURN"': "new"}


def test_it_goes_with_its_table(subject: Subject) -> None:
    changes = subject.changes("""
        CREATE TABLE short (a int);
        CREATE RULE r AS ON DELETE TO short DO INSTEAD NOTHING;
        DROP TABLE short;
    """)

    assert changes == {}


def test_one_whose_table_is_locked_is_blind_alone(subject: Subject) -> None:
    with subject.connect() as other, other.transaction():
        other.execute("LOCK TABLE log")
        blind = [spot.object for spot in read_catalog(subject.connection).blind]

    assert blind == [LABEL, "rule public.t.several"]
