"""Rules, policies, statistics, event triggers, publications and subscriptions."""

from __future__ import annotations

from pgassay.catalog.kinds.event_triggers import EventTrigger
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.publications import Publication, PublicationTable
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.subscriptions import Subscription
from tests.catalog.properties.case import BOSS, Property, Subject, altered, anew, comment, common, updated

RULE = "CREATE OR REPLACE RULE r AS ON DELETE TO t DO ALSO NOTHING"
POLICY = "CREATE POLICY p ON t FOR ALL USING (true)"
STATISTICS = "CREATE STATISTICS s (mcv) ON a, b, (a + b) FROM t"
ON_DDL = """
    CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
"""
EVENT_TRIGGER = "CREATE EVENT TRIGGER e ON sql_drop WHEN TAG IN ('DROP CAST') EXECUTE FUNCTION f()"

BESIDE = (
    Subject(
        Rule,
        "rule public.t.r",
        f"CREATE TABLE t (a int); {RULE}",
        {
            **anew(
                "DROP RULE r ON t",
                RULE,
                event=("DELETE", "UPDATE"),
                instead=("ALSO", "INSTEAD"),
                condition=("TO t", "TO t WHERE old.a > 0"),
                action=("NOTHING", "SELECT 1"),
            ),
            **altered("ALTER TABLE t", enabled=("DISABLE RULE r", "ENABLE RULE r")),
            **comment("RULE r ON t"),
        },
    ),
    Subject(
        Policy,
        "policy public.t.p",
        f"CREATE TABLE t (a int); {POLICY}",
        {
            **anew(
                "DROP POLICY p ON t",
                POLICY,
                permissive=("ON t", "ON t AS RESTRICTIVE"),
                command=("ALL", "UPDATE"),
                roles=("ALL", f"ALL TO {BOSS}"),
                using=("true", "a > 0"),
                check=("(true)", "(true) WITH CHECK (a > 0)"),
            ),
            **comment("POLICY p ON t"),
        },
    ),
    Subject(
        StatisticsObject,
        "statistics object public.s",
        f"CREATE TABLE t (a int, b int, c int); CREATE TABLE u (a int, b int, c int); {STATISTICS}",
        {
            **anew(
                "DROP STATISTICS s",
                STATISTICS,
                table=("FROM t", "FROM u"),
                kinds=("mcv", "mcv, ndistinct"),
                columns=("a, b", "a, c"),
                expressions=("a + b", "a - b"),
            ),
            **altered("ALTER STATISTICS s", statistics_target=("SET STATISTICS 7", "SET STATISTICS -1")),
            **common("STATISTICS s"),
        },
    ),
    Subject(
        EventTrigger,
        "event trigger e",
        f"{ON_DDL} {EVENT_TRIGGER}",
        {
            **anew(
                "DROP EVENT TRIGGER e",
                EVENT_TRIGGER,
                event=("sql_drop", "ddl_command_end"),
                tags=("'DROP CAST'", "'DROP CAST', 'DROP RULE'"),
                function=("f()", "g()"),
            ),
            **altered("ALTER EVENT TRIGGER e", enabled=("DISABLE", "ENABLE")),
            **common("EVENT TRIGGER e"),
        },
    ),
)

SUBSCRIPTION = (
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE, streaming = off)"
)

REPLICATION = (
    Subject(
        Publication,
        "publication p",
        "CREATE PUBLICATION p",
        {
            **anew("DROP PUBLICATION p", "CREATE PUBLICATION p", all_tables=("p", "p FOR ALL TABLES")),
            **altered(
                "ALTER PUBLICATION p",
                publish=("SET (publish = 'insert')", "SET (publish = 'insert, update, delete, truncate')"),
                publish_via_partition_root=(
                    "SET (publish_via_partition_root)",
                    "SET (publish_via_partition_root = false)",
                ),
            ),
            "publish_generated_columns": Property(
                "ALTER PUBLICATION p SET (publish_generated_columns = stored)",
                "ALTER PUBLICATION p SET (publish_generated_columns = none)",
                since=18,
            ),
            **common("PUBLICATION p"),
        },
    ),
    Subject(
        PublicationTable,
        "publication table p.public.t",
        "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE PUBLICATION p FOR TABLE t",
        altered(
            "ALTER PUBLICATION p",
            columns=("SET TABLE t (a)", "SET TABLE t"),
            row_filter=("SET TABLE t WHERE (a > 0)", "SET TABLE t"),
        ),
        15,
    ),
    Subject(
        Subscription,
        "subscription s",
        SUBSCRIPTION,
        {
            **altered(
                "ALTER SUBSCRIPTION s SET",
                publications=("PUBLICATION q WITH (refresh = false)", "PUBLICATION p WITH (refresh = false)"),
                slot_name=("(slot_name = 'a')", "(slot_name = NONE)"),
                synchronous_commit=("(synchronous_commit = 'local')", "(synchronous_commit = 'off')"),
                binary=("(binary)", "(binary = false)"),
                streaming=("(streaming = on)", "(streaming = off)"),
            ),
            "disable_on_error": Property(
                "ALTER SUBSCRIPTION s SET (disable_on_error)",
                "ALTER SUBSCRIPTION s SET (disable_on_error = false)",
                since=15,
            ),
            **{
                name: Property(
                    f"ALTER SUBSCRIPTION s SET ({name} = {there})",
                    f"ALTER SUBSCRIPTION s SET ({name} = {back})",
                    since=16,
                )
                for name, there, back in (
                    ("password_required", "false", "true"),
                    ("run_as_owner", "true", "false"),
                    ("origin", "none", "any"),
                )
            },
            **{
                name: Property(
                    f"DROP SUBSCRIPTION s; {SUBSCRIPTION.replace('off)', f'off, {name})')}",
                    f"DROP SUBSCRIPTION s; {SUBSCRIPTION}",
                    since=since,
                )
                for name, since in (("two_phase", 15), ("failover", 17))
            },
            **updated("pg_subscription", "subname = 's'", enabled=("subenabled", "false | true")),
            **common("SUBSCRIPTION s"),
        },
    ),
)
