"""Deliberate defects in the worked example: each is found by the check that is meant to find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from pgassay.findings import Outcome
from pgassay.settings import Settings
from pgassay.suite.context import Context
from tests.suite.conftest import EXAMPLE, ROOT, Example

pytestmark = pytest.mark.thorough


def test_without_a_defect_every_check_passes(example: Example) -> None:
    names = ("extensions", "privileges", "roles", "effective_privileges", "index_definitions", "trigger_definitions")
    more = ("rules", "statistics", "publications", "security_labels")
    others = ("functions", "types", "operators", "collations", "text_search")
    assert {example.report(name).outcome for name in (*names, *more, *others)} == {Outcome.PASS}


def test_extension_missing(example: Example) -> None:
    example.do("DROP EXTENSION pg_trgm CASCADE")
    finding = example.finding("extensions")
    assert (finding.rule, finding.object) == ("extension-missing", "extension pg_trgm")
    assert "CREATE EXTENSION pg_trgm" in finding.mend


def test_grant_too_many(example: Example) -> None:
    example.do("GRANT DELETE ON users TO app")
    finding = example.finding("privileges")
    assert (finding.rule, finding.object) == ("privileges-differ", "table public.users")
    assert "DELETE to app" in finding.found
    assert finding.mend == "REVOKE DELETE ON TABLE public.users FROM app;"


def test_grant_too_few(example: Example) -> None:
    example.do("REVOKE INSERT ON messages FROM app")
    finding = example.finding("privileges")
    assert "INSERT to app" in finding.expected
    assert finding.mend == "GRANT INSERT ON TABLE public.messages TO app;"


def test_grant_on_a_function_of_the_systems(example: Example) -> None:
    example.do("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app")
    finding = example.finding("privileges")
    assert (finding.rule, finding.object) == (
        "system-object-extra",
        "function pg_catalog.pg_read_file(pg_catalog.text)",
    )
    assert finding.mend == "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(pg_catalog.text) FROM app;"


def test_grant_on_a_member_of_an_extension_too_few(example: Example) -> None:
    example.do("REVOKE EXECUTE ON FUNCTION pgp_sym_decrypt(bytea, text) FROM PUBLIC")
    finding = example.finding("privileges")
    assert finding.rule == "system-object-extra"
    assert finding.mend.startswith("GRANT EXECUTE ON FUNCTION")


@pytest.fixture
def through_a_membership(example: Example) -> Iterator[Example]:
    example.do("GRANT app_owner TO app_readonly")
    yield example
    example.do("REVOKE app_owner FROM app_readonly")


def test_grant_through_a_membership(through_a_membership: Example) -> None:
    assert through_a_membership.report("privileges").outcome is Outcome.PASS
    ((rule, _),) = through_a_membership.findings("roles")
    assert rule == "membership-extra"
    gained = through_a_membership.report("effective_privileges").findings
    assert any("app_readonly" in finding.object or "app_readonly" in finding.found for finding in gained)


def test_a_role_of_others_is_not_to_be_dropped(example: Example) -> None:
    example.do("CREATE ROLE stranger", "GRANT SELECT ON users TO stranger")
    finding = example.finding("roles")
    example.do("DROP OWNED BY stranger", "DROP ROLE stranger")
    assert (finding.rule, finding.object) == ("role-extra", "role stranger")
    assert "DROP" not in finding.mend
    assert "add it to schema/init" in finding.mend


def test_unique_index_without_its_predicate(example: Example) -> None:
    example.do(
        "DROP INDEX users_email_key",
        "CREATE UNIQUE INDEX users_email_key ON users (email)",
        "COMMENT ON INDEX users_email_key IS 'The e-mail of a deleted user may be used again'",
    )
    finding = example.finding("index_definitions")
    assert (finding.rule, finding.object) == ("index-differs", "index public.users_email_key")
    assert "deleted_at IS NULL" in finding.expected


def test_invalid_index(example: Example) -> None:
    example.do("INSERT INTO messages (sender_id, recipient_id, body) SELECT NULL, NULL, 'x' WHERE false")
    example.do(
        "INSERT INTO users (email, name, password_hash) VALUES ('a@b', 'same', 'x'), ('c@d', 'same', 'x')",
        "DROP INDEX users_created_at_idx",
        "CREATE INDEX users_created_at_idx ON users (created_at)",
    )
    example.do("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_created_at_idx'::regclass")
    finding = example.finding("index_definitions")
    assert finding.object == "index public.users_created_at_idx"
    assert "valid" in finding.found
    assert finding.mend


def test_column_order_of_an_index_swapped(example: Example) -> None:
    example.do(
        "DROP INDEX messages_sender_id_idx",
        "CREATE INDEX messages_sender_id_idx ON messages (created_at DESC, sender_id)",
    )
    finding = example.finding("index_definitions")
    assert (finding.rule, finding.object) == ("index-differs", "index public.messages_sender_id_idx")


def test_foreign_key_switched_off(example: Example) -> None:
    example.do("ALTER TABLE messages DISABLE TRIGGER ALL")
    objects = [name for _, name in example.findings("constraints")]
    assert objects == [
        "constraint public.messages.messages_recipient_id_fkey",
        "constraint public.messages.messages_sender_id_fkey",
    ]


def test_trigger_disabled(example: Example) -> None:
    example.do("ALTER TABLE users DISABLE TRIGGER users_updated_at")
    finding = example.finding("trigger_definitions")
    assert (finding.rule, finding.object) == ("trigger-differs", "trigger public.users.users_updated_at")
    assert finding.mend == "ALTER TABLE public.users ENABLE TRIGGER users_updated_at;"


def test_trigger_dropped(example: Example) -> None:
    example.do("DROP TRIGGER users_updated_at ON users")
    finding = example.finding("trigger_definitions")
    assert (finding.rule, finding.object) == ("trigger-missing", "trigger public.users.users_updated_at")
    assert "CREATE TRIGGER users_updated_at BEFORE UPDATE" in finding.mend


def test_trigger_on_the_wrong_event(example: Example) -> None:
    example.do(
        "DROP TRIGGER users_updated_at ON users",
        "CREATE TRIGGER users_updated_at BEFORE INSERT ON users"
        " FOR EACH ROW EXECUTE FUNCTION update_updated_at_column()",
    )
    finding = example.finding("trigger_definitions")
    assert finding.rule == "trigger-differs"
    assert "update" in finding.expected
    assert "insert" in finding.found


def test_rule_that_swallows_deletes(example: Example) -> None:
    example.do("CREATE RULE quiet AS ON DELETE TO messages DO INSTEAD NOTHING")
    finding = example.finding("rules")
    assert (finding.rule, finding.object) == ("rule-extra", "rule public.messages.quiet")
    assert finding.found == "CREATE RULE quiet AS\n    ON DELETE TO public.messages DO INSTEAD NOTHING;"
    assert finding.mend == "DROP RULE quiet ON public.messages;"


def test_event_trigger_of_nobody(example: Example) -> None:
    example.do(
        "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER watcher ON sql_drop EXECUTE FUNCTION watch()",
    )
    finding = example.finding("rules")
    example.do("DROP EVENT TRIGGER watcher")
    assert (finding.rule, finding.object) == ("event-trigger-extra", "event trigger watcher")
    assert finding.mend == "DROP EVENT TRIGGER watcher;"


def test_statistics_too_many(example: Example) -> None:
    example.do("CREATE STATISTICS pairs (mcv) ON sender_id, recipient_id FROM messages")
    finding = example.finding("statistics")
    assert (finding.rule, finding.object) == ("statistics-object-extra", "statistics object public.pairs")
    assert finding.mend == "DROP STATISTICS public.pairs;"


def test_publication_and_subscription_of_nobody(example: Example) -> None:
    example.do(
        "CREATE PUBLICATION news FOR TABLE users, messages",
        "CREATE SUBSCRIPTION olds CONNECTION 'password=hush' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    )
    report = example.report("publications")
    assert [(finding.rule, finding.object) for finding in report.findings] == [
        ("subscription-extra", "subscription olds"),
        ("publication-extra", "publication news"),
    ]
    assert report.findings[1].found.endswith("(and 2 objects that go with it)")
    assert "hush" not in repr(report)


def test_security_label_of_nobody(example: Example) -> None:
    example.do(
        "INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)"
        " VALUES ('users'::regclass, 'pg_class'::regclass, 0, 'anon', 'TABLESAMPLE')"
    )
    finding = example.finding("security_labels")
    assert (finding.rule, finding.object) == (
        "security-label-extra",
        "security label on table public.users for anon",
    )
    assert finding.mend == "SECURITY LABEL FOR anon ON TABLE public.users IS NULL;"


def test_dependence_on_an_extension(example: Example) -> None:
    example.do("ALTER FUNCTION update_updated_at_column() DEPENDS ON EXTENSION pg_trgm")
    finding = example.finding("extensions")
    assert finding.rule == "extension-dependence-extra"
    assert finding.object == "extension dependence of function public.update_updated_at_column() on pg_trgm"
    assert finding.mend.endswith("NO DEPENDS ON EXTENSION pg_trgm;")


def test_an_aggregate_and_a_shell_type_too_many(example: Example) -> None:
    example.do("CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)", "CREATE TYPE forgotten")
    assert example.findings("functions") == [("aggregate-extra", "aggregate public.total(integer)")]
    assert example.finding("types").mend == "DROP TYPE public.forgotten;"


def test_an_operator_and_its_class_too_many(example: Example) -> None:
    example.do(
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        "CREATE OPERATOR CLASS odd_ops FOR TYPE int USING hash AS OPERATOR 1 ===",
    )
    by_class, by_operator = example.report("operators").findings
    assert (by_class.rule, by_class.object) == ("operator-class-extra", "operator class public.odd_ops using hash")
    assert by_class.mend.splitlines() == [
        "DROP OPERATOR CLASS public.odd_ops USING hash;",
        "DROP OPERATOR FAMILY public.odd_ops USING hash;",
    ]
    assert (by_operator.rule, by_operator.object) == ("operator-extra", "operator public.===(integer, integer)")


def test_a_collation_too_many(example: Example) -> None:
    example.do("CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de')")
    finding = example.finding("collations")
    assert (finding.rule, finding.object) == ("collation-extra", "collation public.german")


def test_a_text_search_configuration_too_many(example: Example) -> None:
    example.do("CREATE TEXT SEARCH CONFIGURATION words (COPY = english)")
    finding = example.finding("text_search")
    assert finding.rule == "text-search-configuration-extra"
    assert "asciiword=(pg_catalog.english_stem)" in finding.found


def test_what_lives_in_a_missing_table_is_blind_not_green(example: Example) -> None:
    example.do("DROP TABLE oauth_tokens")
    assert example.findings("tables") == [("table-missing", "table public.oauth_tokens")]
    for check, kind in (("columns", "column"), ("constraints", "constraint"), ("index_definitions", "index")):
        assert example.findings(check) == [("not-looked-at", f"{kind} of what is missing")]
        assert example.report(check).outcome is Outcome.BLIND
    assert "oauth_tokens_updated_at" in example.finding("trigger_definitions").expected


def test_a_foreign_server_that_nobody_expects(example: Example) -> None:
    example.do(
        "CREATE FOREIGN DATA WRAPPER afar",
        "CREATE SERVER afar FOREIGN DATA WRAPPER afar OPTIONS (host 'h', api_token 'hush')",
        "CREATE USER MAPPING FOR app SERVER afar OPTIONS (user 'app', password 'hush')",
    )
    findings = {finding.object: finding for finding in example.report("foreign_data").findings}
    assert findings.keys() == {"foreign-data wrapper afar", "foreign server afar"}
    assert findings["foreign server afar"].mend == "DROP USER MAPPING FOR app SERVER afar;\nDROP SERVER afar;"
    assert "hush" not in str(findings)


def test_languages_and_casts_that_nobody_expects(example: Example) -> None:
    example.do(
        "CREATE LANGUAGE again HANDLER plpgsql_call_handler",
        "CREATE CAST (json AS int) WITH INOUT AS IMPLICIT",
        "CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler",
    )
    assert sorted(example.findings("languages")) == [
        ("access-method-extra", "access method heap_again"),
        ("cast-extra", "cast (json AS integer)"),
        ("conversion-extra", "conversion public.latin"),
        ("language-extra", "language again"),
    ]


def test_a_parameter_that_the_application_may_set(example: Example) -> None:
    example.do("GRANT SET ON PARAMETER log_statement TO app")
    finding = example.finding("cluster")
    example.do("REVOKE SET ON PARAMETER log_statement FROM app")
    assert (finding.rule, finding.object) == ("parameter-privileges-extra", "parameter privileges log_statement")
    assert finding.mend == "REVOKE SET ON PARAMETER log_statement FROM app;"
    assert example.report("privileges").outcome is Outcome.PASS


def test_a_large_object_that_is_missing(
    example: Example, contexts: Callable[[Settings], Context], tmp_path: Path
) -> None:
    schema = tmp_path / "schema"
    copytree(ROOT / "schema", schema)
    (schema / "04-logo.sql").write_text("SELECT pg_catalog.lo_create(4242);")
    settings = replace(EXAMPLE, schema=schema, db_url=example.server.at(example.database.name))
    (finding,) = contexts(settings).report("large_objects").findings
    assert (finding.rule, finding.object) == ("large-object-missing", "large object 4242")
    assert finding.mend.startswith("SELECT pg_catalog.lo_create(4242);")


@pytest.fixture
def changed_migrations(tmp_path: Path) -> Callable[..., Settings]:
    """Copy the example's migrations with some text replaced."""

    def change(**replacements: tuple[str, str]) -> Settings:
        for source in (ROOT / "migrations").glob("*.sql"):
            text = source.read_text()
            for old, new in replacements.values():
                text = text.replace(old, new)
            (tmp_path / source.name).write_text(text)
        return replace(EXAMPLE, migrations=tmp_path)

    return change


def test_trigger_function_that_forgets_its_job(
    contexts: Callable[[Settings], Context], changed_migrations: Callable[..., Settings]
) -> None:
    context = contexts(changed_migrations(job=("    NEW.updated_at := now();\n", "")))
    findings = context.report("trigger_behavior").findings
    assert len(findings) == 3  # every `touches` entry, users' and tokens'
    assert any("updated_at moves when a user changes" in finding.object for finding in findings)
    assert context.report("functions").outcome is Outcome.FAIL


DOWNS = {
    "1-index": (
        "CREATE INDEX users_name_idx ON users (name);",
        "SELECT 1;",
        "index public.users_name_idx",
    ),
    "2-type": ("CREATE TYPE mood AS ENUM ('glad', 'sad');", "SELECT 1;", "enum public.mood"),
    "3-grant": ("GRANT DELETE ON users TO app;", "SELECT 1;", "table public.users"),
    "4-comment": (
        "COMMENT ON COLUMN users.name IS 'As the user writes it';",
        "SELECT 1;",
        "column public.users.name",
    ),
    "5-role": ("-- role", "SELECT 1;", "role forgotten"),
}


@pytest.mark.slow
def test_downs_that_forget_something(contexts: Callable[[Settings], Context], tmp_path: Path) -> None:
    """One walk finds all five, each at its own step."""
    for source in (ROOT / "migrations").glob("001*.sql"):
        (tmp_path / source.name).write_text(source.read_text())
    for number, (name, (up, down, _)) in enumerate(DOWNS.items(), start=10):
        body = "-- migrate:up superuser:true\nCREATE ROLE forgotten;" if "role" in name else f"-- migrate:up\n{up}"
        (tmp_path / f"{number:03}-{name}.sql").write_text(f"{body}\n-- migrate:down\n{down}\n")
    context = contexts(replace(EXAMPLE, migrations=tmp_path))
    walk = context.proved.walk
    assert walk.steps[1].outcome is Outcome.PASS
    for number, (_, _, expected) in enumerate(DOWNS.values(), start=10):
        (finding,) = walk.steps[number].findings
        assert finding.rule == "down-leaves-a-trace"
        assert finding.object.endswith(f": {expected}")
        assert finding.mend.startswith("-- in the down:\n")
    assert walk.way_down.findings[0].rule == "not-run"
