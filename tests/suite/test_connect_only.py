"""A role that may only connect: it sees all but what is listed here, and each mend shows it the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pgassay.catalog.record import quote_name
from pgassay.findings import Finding, Outcome
from pgassay.settings import Settings
from pgassay.suite.context import Context
from pgassay.suite.every import every_check
from tests.suite.real import Real

LOOKING = [name for name, check in every_check().items() if check.looks_at_target]
LOOKER = 'on"ly. Connect 😀'

# Check, object and mend of all that is blind in the worked example.
BLIND = {
    ("extensions_at_work", "extension pg_stat_statements, preloaded", "GRANT pg_read_all_settings TO {role};"),
    (
        "ledger",
        "table pgassay.ledger",
        "GRANT USAGE ON SCHEMA pgassay TO {role}; GRANT SELECT ON pgassay.ledger TO {role};",
    ),
}

OFF, ON = (f"ALTER TABLE {{}} {word} TRIGGER {{}}".format for word in ("DISABLE", "ENABLE"))

# Check and finding -> what is wrong with the database, and what takes it back.
DEFECTS = {
    ("trigger_definitions", "trigger-differs trigger public.users.users_updated_at"): (
        OFF("users", "users_updated_at"),
        ON("users", "users_updated_at"),
    ),
    ("constraints", "constraint-differs constraint public.messages.messages_sender_id_fkey"): (
        OFF("messages", "ALL"),
        ON("messages", "ALL"),
    ),
    ("privileges", "privileges-differ table public.users"): (
        "GRANT DELETE ON users TO app",
        "REVOKE DELETE ON users FROM app",
    ),
    ("roles", "membership-extra membership app_owner.app_readonly.postgres"): (
        "GRANT app_owner TO app_readonly",
        "REVOKE app_owner FROM app_readonly",
    ),
    ("index_definitions", "index-renamed index public.users_created_at_idx"): (
        "ALTER INDEX users_created_at_idx RENAME TO by_date",
        "ALTER INDEX by_date RENAME TO users_created_at_idx",
    ),
    ("columns", "column-differs column public.users.name"): (
        "ALTER TABLE users ALTER name SET DEFAULT 'x'",
        "ALTER TABLE users ALTER name DROP DEFAULT",
    ),
    ("rules", "rule-extra rule public.messages.quiet"): (
        "CREATE RULE quiet AS ON DELETE TO messages DO INSTEAD NOTHING",
        "DROP RULE quiet ON messages",
    ),
    ("statistics", "statistics-object-extra statistics object public.pairs"): (
        "CREATE STATISTICS pairs ON sender_id, (lower(body)) FROM messages",
        "DROP STATISTICS pairs",
    ),
    ("publications", "publication-extra publication news"): (
        "CREATE PUBLICATION news FOR TABLE users",
        "DROP PUBLICATION news",
    ),
    ("functions", "function-differs function public.update_updated_at_column()"): (
        "ALTER FUNCTION update_updated_at_column() STABLE",
        "ALTER FUNCTION update_updated_at_column() VOLATILE",
    ),
    ("text_search", "text-search-configuration-extra text search configuration public.words"): (
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)",
        "DROP TEXT SEARCH CONFIGURATION words",
    ),
}


@pytest.fixture
def looker(real: Real) -> Iterator[str]:
    real.may_connect(LOOKER)
    yield LOOKER
    name = quote_name(LOOKER)
    real.do(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def look(context: Context) -> tuple[dict[str, Outcome], set[tuple[str, str, str]]]:
    """Run every check that looks at the target; return their outcomes, and what is blind."""
    reports = {name: context.report(name) for name in LOOKING}
    blind = {(name, finding.object, finding.mend) for name, report in reports.items() for finding in report.blind}
    return {name: report.outcome for name, report in reports.items()}, blind


@pytest.mark.thorough
def test_what_is_blind_and_that_each_mend_mends_it(
    real: Real, looker: str, contexts: Callable[[Settings], Context]
) -> None:
    outcomes, blind = look(contexts(real.settings(looker)))
    listed = {(check, name, mend.format(role=quote_name(looker))) for check, name, mend in BLIND}
    assert blind == listed
    seeing = [name for name in LOOKING if name not in {check for check, _, _ in BLIND}]
    assert {name: outcomes[name] for name in seeing} == dict.fromkeys(seeing, Outcome.PASS)
    for _, _, mend in sorted(blind):
        real.do(mend)
    assert look(contexts(real.settings(looker))) == (dict.fromkeys(LOOKING, Outcome.PASS), set())


def test_a_kind_that_may_not_be_read_is_blind_in_its_own_check(
    real: Real, looker: str, contexts: Callable[[Settings], Context]
) -> None:
    real.do("REVOKE SELECT ON pg_policy, pg_trigger FROM PUBLIC")
    outcomes, blind = look(contexts(real.settings(looker)))
    real.do("GRANT SELECT ON pg_policy, pg_trigger TO PUBLIC")
    role = quote_name(looker)
    assert {name for name, outcome in outcomes.items() if outcome is Outcome.BLIND} >= {
        "policies",
        "trigger_definitions",
    }
    assert ("policies", "every policy", f"GRANT SELECT ON pg_catalog.pg_policy TO {role};") in blind
    assert ("trigger_definitions", "every trigger", f"GRANT SELECT ON pg_catalog.pg_trigger TO {role};") in blind
    assert not {entry for entry in blind if entry[0] == "everything_was_read" and entry[1].startswith("every ")}


@pytest.fixture
def defective(real: Real, request: pytest.FixtureRequest) -> Iterator[Real]:
    """The database with a defect for a while."""
    do, undo = request.param
    real.do(do)
    yield real
    real.do(undo)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("defective", "check", "key"),
    [pytest.param(how, check, key, id=key) for (check, key), how in DEFECTS.items()],
    indirect=["defective"],
)
def test_it_finds_the_same_as_a_superuser(
    defective: Real, looker: str, contexts: Callable[[Settings], Context], check: str, key: str
) -> None:
    def finding(context: Context) -> list[Finding]:
        return [finding for finding in context.report(check).findings if finding.key == key]

    seen = finding(contexts(defective.settings(looker)))
    assert len(seen) == 1
    assert seen == finding(contexts(defective.settings()))
