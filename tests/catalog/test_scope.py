from __future__ import annotations

import pytest

from pgassay.catalog.blindness import blind_findings
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.compare import Comparison, Scope, compare, examine
from pgassay.catalog.difference import Change
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.event_triggers import EventTrigger
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.extension_dependences import ExtensionDependence
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.languages import Language
from pgassay.catalog.kinds.publications import Publication, PublicationSchema, PublicationTable
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Record
from pgassay.catalog.services import Service, services
from pgassay.findings import Outcome
from tests.catalog.samples import grant, sample

PUBLIC = sample(Schema, schema="public", owner="app")
APP = sample(Role, name="app")


def catalog(*found: Record, blind: tuple[BlindSpot, ...] = ()) -> Catalog:
    return Catalog.of(15, (PUBLIC, *found), blind)


def objects(expected: Catalog, actual: Catalog, options: Comparison | None = None) -> list[str]:
    return [f"{d.change} {d.object}" for d in compare(expected, actual, options=options)]


def test_roles_that_have_nothing_here_are_one_line() -> None:
    others = [sample(Role, name=name) for name in ("zoe", "adam")]
    settings = sample(RoleSetting, role="zoe", scope="cluster", name="work_mem")
    seen = examine(catalog(APP), catalog(APP, *others, settings, sample(Membership, role="adam", member="zoe")))
    assert seen.differences == ()
    assert seen.notes == ("roles of the cluster that have nothing in this database: adam, zoe",)


def test_what_such_a_role_is_set_to_in_this_database_is_said() -> None:
    here = sample(RoleSetting, role="zoe", scope="database", name="search_path")
    seen = examine(catalog(APP), catalog(APP, sample(Role, name="zoe"), here))
    assert seen.differences == ()
    assert seen.notes[1:] == ("settings of these roles for this database: zoe.search_path",)


def test_a_role_that_holds_something_here_counts() -> None:
    stranger = sample(Role, name="stranger")
    granted = sample(Schema, schema="public", owner="app", privileges=frozenset({grant("USAGE stranger")}))
    found = objects(catalog(APP), Catalog.of(15, [APP, stranger, granted]))
    assert found == ["extra role stranger", "differs schema public"]


def test_membership_in_a_role_of_the_contract_counts() -> None:
    stranger = sample(Role, name="stranger")
    membership = sample(Membership, role="app", member="stranger", grantor="owner")
    assert objects(catalog(APP), catalog(APP, stranger, membership)) == ["extra membership app.stranger.owner"]


def test_a_missing_role_takes_its_memberships_and_settings_along() -> None:
    under = (
        sample(Membership, role="app", member="me", grantor="x"),
        sample(RoleSetting, role="app", scope="cluster", name="work_mem"),
        sample(DefaultPrivileges, role="app", schema="", object_type="tables"),
    )
    (difference,) = compare(catalog(APP, *under), catalog())
    assert (difference.object, difference.hidden) == ("role app", 3)


def test_initdbs_own_roles_are_nobodys() -> None:
    own = [sample(Role, name="pg_monitor"), sample(Role, name="postgres", bootstrap=True)]
    seen = examine(catalog(APP, *own), catalog(APP))
    assert (seen.differences, seen.notes) == ((), ())


def test_settings_of_all_roles_count_where_the_contract_has_some() -> None:
    one, two = (sample(RoleSetting, role="ALL", scope="cluster", name=name) for name in ("work_mem", "jit"))
    assert objects(catalog(), catalog(one)) == []
    assert objects(catalog(two), catalog(one)) == [
        "extra role setting \"ALL\".cluster.work_mem",
        "missing role setting \"ALL\".cluster.jit",
    ]  # fmt: skip


def test_the_whole_counts_every_role() -> None:
    whole = Comparison(scope=Scope.WHOLE)
    assert objects(catalog(APP), catalog(APP, sample(Role, name="left_behind")), whole) == ["extra role left_behind"]


def test_cluster_wide_kinds_can_be_left_out() -> None:
    for scope in Scope:
        assert objects(catalog(APP), catalog(), Comparison(scope=scope, shared=False)) == []


def test_an_unknown_schema_is_one_difference() -> None:
    tables = [sample(Table, schema="other", name=name) for name in ("a", "b")]
    (difference,) = compare(catalog(), catalog(sample(Schema, schema="other"), *tables))
    assert (difference.change, difference.object, difference.hidden) == (Change.UNKNOWN_SCHEMA, "schema other", 2)


def test_a_foreign_schema_is_none() -> None:
    actual = catalog(
        sample(Schema, schema="cron_x"),
        sample(Table, schema="cron_x", name="jobs"),
        blind=(BlindSpot("view cron_x.v", "locked", ""), BlindSpot("view public.v", "locked", "GRANT")),
    )
    seen = examine(catalog(), actual, options=Comparison(foreign_schemas=("cron_*",)))
    assert seen.differences == ()
    assert [(f.object, f.mend, f.outcome) for f in blind_findings(seen.expected, seen.actual)] == [
        ("view public.v", "GRANT", Outcome.BLIND),
    ]


def test_what_the_contract_names_is_not_foreign() -> None:
    options = Comparison(foreign_schemas=("*",))
    assert objects(catalog(), catalog(sample(Table, name="x")), options) == ["extra table public.x"]


def test_the_locale_is_a_note() -> None:
    ours = sample(Database, collate="C", settings={"jit": "off"})
    theirs = sample(Database, collate="de_DE.UTF-8", settings={"jit": "on", "work_mem": "1MB"})
    seen = examine(catalog(ours), catalog(theirs))
    assert [[a.name for a in d] for d in seen.differences] == [["settings"]]
    assert seen.notes == (
        "the database's environment differs: collate de_DE.UTF-8 (contract: C)",
        "settings of the database that the contract does not name: work_mem",
    )
    assert objects(catalog(ours), catalog(theirs), Comparison(scope=Scope.WHOLE)) == ["differs database"]


@pytest.mark.parametrize("known", services(), ids=lambda service: str(service.title))
def test_a_managed_services_own_is_left_out(known: Service) -> None:
    names = [name.replace("*", "x") for name in known.schemas]
    theirs = (
        sample(Role, name=known.recognised_by),
        *(sample(Role, name=name.replace("*", "x")) for name in known.roles if name != known.recognised_by),
        *(sample(Schema, schema=name, owner=known.recognised_by) for name in names),
        *(sample(Extension, name=name.replace("*", "x"), owner=known.recognised_by) for name in known.extensions),
    )
    seen = examine(catalog(APP), catalog(APP, *theirs))
    assert seen.differences == ()
    assert known.title in seen.notes[0]


def test_what_a_service_watches_and_publishes_is_its_own() -> None:
    theirs = [
        sample(EventTrigger, name="issue_pg_net_access", owner="supabase_admin"),
        sample(Publication, name="supabase_realtime", owner="supabase_admin"),
    ]
    ours = [sample(EventTrigger, name="mine", owner="app"), sample(Subscription, name="mine", owner="app")]
    found = objects(catalog(APP), catalog(APP, sample(Role, name="supabase_admin"), *theirs, *ours))
    assert found == ["extra event trigger mine", "extra subscription mine"]


def test_what_belongs_to_a_services_extension_is_its_own_too() -> None:
    theirs = [
        sample(Extension, name="pg_net", owner="supabase_admin"),
        sample(SystemObject, object_type="function", name="net.http_get()", extension="pg_net"),
        sample(SecurityLabel, object_type="function", name="net.http_get()", provider="anon", extension="pg_net"),
    ]
    assert objects(catalog(APP), catalog(APP, sample(Role, name="supabase_admin"), *theirs)) == []


def test_labels_of_roles_count_for_roles_that_count() -> None:
    labels = [sample(RoleSecurityLabel, role=name, provider="anon") for name in ("app", "zoe")]
    actual = catalog(APP, sample(Role, name="zoe"), *labels)
    assert objects(catalog(APP), actual) == ["extra security label on role app for anon"]
    assert objects(catalog(APP), actual, Comparison(shared=False)) == []


def test_what_hangs_on_an_unknown_schema_goes_with_it() -> None:
    inside = [
        sample(Table, schema="other", name="t"),
        sample(Rule, schema="other", table="t", name="r"),
        sample(StatisticsObject, schema="other", name="s", table="other.t"),
        sample(SecurityLabel, object_type="table", schema="other", name="other.t", provider="anon"),
        sample(ExtensionDependence, object_type="index", schema="other", name="other.i", extension="x"),
        sample(PublicationTable, publication="p", schema="other", table="t"),
        sample(PublicationSchema, publication="p", schema="other"),
    ]
    published = sample(Publication, name="p")
    (difference,) = compare(catalog(published), catalog(published, sample(Schema, schema="other"), *inside))
    assert (difference.change, difference.hidden) == (Change.UNKNOWN_SCHEMA, len(inside))


def test_a_service_does_not_hide_what_the_contract_names() -> None:
    ours = sample(Schema, schema="auth", owner="app")
    found = objects(catalog(APP, ours), catalog(APP, sample(Role, name="supabase_admin"), ours,
                                                sample(Table, schema="auth", name="extra")))  # fmt: skip
    assert found == ["extra table auth.extra"]


def test_what_a_services_roles_own_outside_of_schemas_is_theirs() -> None:
    service = sample(Role, name="supabase_admin")
    theirs = [sample(kind, name="x", owner="supabase_admin") for kind in (ForeignDataWrapper, ForeignServer, Language)]
    mapping = sample(UserMapping, server="x", role="service_role")
    assert objects(catalog(APP), catalog(APP, service, *theirs, mapping)) == []
    ours = sample(ForeignServer, name="y", owner="app")
    assert objects(catalog(APP), catalog(APP, service, *theirs, ours)) == ["extra foreign server y"]


def test_a_missing_role_takes_its_user_mappings_along() -> None:
    mapping = sample(UserMapping, server="x", role="app", options={})
    (difference,) = compare(catalog(APP, mapping), catalog())
    assert (difference.object, difference.hidden) == ("role app", 1)


REAL = Comparison(scope=Scope.DATABASE)


def test_of_a_real_database_only_roles_count_that_have_something_in_either() -> None:
    idle, owner = sample(Role, name="idle"), sample(Role, name="owner")
    owned = sample(Schema, schema="s", owner="owner")
    seen = examine(catalog(APP, idle), catalog(APP, sample(Role, name="other")), options=REAL)
    assert (seen.differences, seen.notes) == (
        (),
        ("roles of the cluster that have nothing in this database: idle, other",),
    )
    assert objects(catalog(owner, owned), catalog(owned), REAL) == ["missing role owner"]
    assert objects(catalog(owner, owned), catalog(sample(Role, name="owner", login=True), owned), REAL) == [
        "differs role owner"
    ]
    unowned = sample(Schema, schema="s", owner="app")
    assert objects(catalog(APP, owner, owned), catalog(APP, owner, unowned), REAL) == ["differs schema s"]
    assert objects(catalog(APP, owner, unowned), catalog(APP, owner, owned), REAL) == ["differs schema s"]


def test_settings_of_all_roles_count_between_real_databases() -> None:
    setting = sample(RoleSetting, role="ALL", scope="database", name="jit")
    assert objects(catalog(), catalog(setting), REAL) == ['extra role setting "ALL".database.jit']


def test_every_role_counts_where_that_is_asked_for() -> None:
    idle = sample(Role, name="idle")
    for scope in (Scope.CONTRACT, Scope.DATABASE):
        assert objects(catalog(), catalog(idle), Comparison(scope=scope, every_role=True)) == ["extra role idle"]


def test_foreign_schemas_are_nobodys_on_either_side_and_said() -> None:
    options = Comparison(scope=Scope.DATABASE, foreign_schemas=("cron",))
    schema, jobs = sample(Schema, schema="cron"), sample(Table, schema="cron", name="jobs")
    for expected, actual in ((catalog(schema, jobs), catalog(schema)), (catalog(), catalog(schema, jobs))):
        seen = examine(expected, actual, options=options)
        assert (seen.differences, seen.notes) == ((), ("foreign schemas, left out: cron",))


def test_what_a_service_put_into_the_expected_database_is_not_missing() -> None:
    theirs = sample(Role, name="supabase_admin"), sample(Schema, schema="auth", owner="supabase_admin")
    seen = examine(catalog(*theirs), catalog(), options=REAL)
    assert seen.differences == ()
    assert seen.notes == ("Supabase (recognised by its role supabase_admin): 2 objects left out",)


def test_the_locale_counts_between_real_databases() -> None:
    ours, theirs = sample(Database, collate="C"), sample(Database, collate="de_DE", settings={"jit": "on"})
    (difference,) = compare(catalog(ours), catalog(theirs), options=Comparison(scope=Scope.DATABASE, environment=True))
    assert [a.name for a in difference] == ["collate", "settings"]
