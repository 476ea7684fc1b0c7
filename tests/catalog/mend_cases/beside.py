"""Rules, event triggers, statistics, publications, subscriptions, dependences on extensions, comments on NOT NULL.

`@case` is the case's name: what lives in no schema is called by it.
"""

from __future__ import annotations

from tests.catalog.mend_cases.case import ODD, TABLE, Case, alter, both_ways, missing_and_extra

RULE = f"CREATE RULE {ODD} AS ON "
ON_DDL = "CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
EVENT_TRIGGER = 'CREATE EVENT TRIGGER "@case. ""x"" 🐘" ON ddl_command_end EXECUTE FUNCTION on_ddl();'
STATISTICS = f"CREATE STATISTICS {ODD} (mcv, ndistinct) ON n, email, (n + 1), lower(email) FROM t;"
PUBLICATION = 'CREATE PUBLICATION "@case. ""x"" 🐘" FOR TABLE t;'
AGAIN = 'ALTER PUBLICATION "@case. ""x"" 🐘"'
SUBSCRIPTION = """CREATE SUBSCRIPTION "@case. ""x"" 🐘" CONNECTION 'host=nowhere.invalid' PUBLICATION a, "B c"
    WITH (connect = false, slot_name = NONE, streaming = off);"""
SUBSCRIBED = 'ALTER SUBSCRIPTION "@case. ""x"" 🐘"'
F = "CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';"

BESIDE: tuple[Case, ...] = (
    # rules
    *missing_and_extra(
        "rule",
        TABLE,
        f"""{RULE}UPDATE TO t WHERE old.email <> ' DO ' DO INSTEAD (DELETE FROM t WHERE n = old.n; SELECT 'x';);
        ALTER TABLE t ENABLE ALWAYS RULE {ODD}; COMMENT ON RULE {ODD} ON t IS 'x';""",
    ),
    *both_ways(
        "rule_defined_otherwise",
        TABLE,
        f"{RULE}UPDATE TO t WHERE old.n > 1 DO ALSO NOTHING; ALTER TABLE t DISABLE RULE {ODD};",
        f"{RULE}DELETE TO t DO INSTEAD NOTHING; ALTER TABLE t ENABLE REPLICA RULE {ODD};",
    ),
    *alter("rule_enabled", f"DISABLE RULE {ODD}", base=f"{TABLE}{RULE}DELETE TO t DO INSTEAD NOTHING;"),
    *both_ways(
        "rule_comment",
        f"{TABLE}{RULE}DELETE TO t DO INSTEAD NOTHING;",
        f"COMMENT ON RULE {ODD} ON t IS 'it''s';",
        "",
    ),
    *missing_and_extra(
        "rule_of_view", TABLE, f"CREATE VIEW v AS SELECT n FROM t; {RULE}DELETE TO v DO INSTEAD NOTHING;"
    ),
    *both_ways(
        "rule_of_view_made_anew",
        TABLE,
        f"CREATE VIEW v AS SELECT n FROM t; {RULE}DELETE TO v DO INSTEAD NOTHING;",
        "CREATE VIEW v AS SELECT email FROM t;",
    ),
    *missing_and_extra("rule_of_table", "", f"{TABLE}{RULE}DELETE TO t DO INSTEAD NOTHING;{STATISTICS}"),
    # event triggers
    *missing_and_extra(
        "event_trigger",
        ON_DDL,
        """CREATE EVENT TRIGGER "@case. ""x"" 🐘" ON ddl_command_start WHEN TAG IN ('DROP TABLE', 'CREATE TABLE')
            EXECUTE FUNCTION on_ddl();
        ALTER EVENT TRIGGER "@case. ""x"" 🐘" ENABLE REPLICA; COMMENT ON EVENT TRIGGER "@case. ""x"" 🐘" IS 'x';""",
    ),
    *both_ways(
        "event_trigger_defined_otherwise",
        ON_DDL,
        EVENT_TRIGGER + 'COMMENT ON EVENT TRIGGER "@case. ""x"" 🐘" IS \'x\';',
        EVENT_TRIGGER.replace("ddl_command_end", "sql_drop WHEN TAG IN ('DROP VIEW')"),
    ),
    *both_ways("event_trigger_enabled", ON_DDL + EVENT_TRIGGER, 'ALTER EVENT TRIGGER "@case. ""x"" 🐘" DISABLE;', ""),
    *missing_and_extra("event_trigger_login", ON_DDL, EVENT_TRIGGER.replace("ddl_command_end", "login"), 17),
    # statistics
    *missing_and_extra(
        "statistics",
        TABLE,
        f"{STATISTICS} ALTER STATISTICS {ODD} SET STATISTICS 7; COMMENT ON STATISTICS {ODD} IS 'x';",
    ),
    *missing_and_extra("statistics_of_expression", TABLE, "CREATE STATISTICS s ON (n % 2) FROM t;"),
    *both_ways(
        "statistics_defined_otherwise",
        TABLE,
        STATISTICS,
        f"CREATE STATISTICS {ODD} (dependencies) ON id, n, (n + 2) FROM t;",
    ),
    *both_ways("statistics_target", TABLE + STATISTICS, f"ALTER STATISTICS {ODD} SET STATISTICS 0;", ""),
    *both_ways("statistics_renamed", TABLE + STATISTICS, f'ALTER STATISTICS {ODD} RENAME TO "Other x";', ""),
    *missing_and_extra(
        "statistics_of_materialized",
        TABLE,
        "CREATE MATERIALIZED VIEW m AS SELECT id, n FROM t; CREATE STATISTICS s ON id, n FROM m;",
    ),
    # publications
    *missing_and_extra(
        "publication",
        TABLE + 'CREATE TABLE "T x" () INHERITS (t);',
        """CREATE PUBLICATION "@case. ""x"" 🐘" FOR TABLE ONLY t, "T x" WITH (publish = 'insert, truncate',
            publish_via_partition_root);
        COMMENT ON PUBLICATION "@case. ""x"" 🐘" IS 'x';""",
    ),
    *missing_and_extra(
        "publication_of_parts",
        TABLE,
        PUBLICATION.replace("TABLE t", "TABLE t (id, email) WHERE (id > 5)"),
        15,
    ),
    *missing_and_extra(
        "publication_of_schema",
        TABLE,
        PUBLICATION.replace("TABLE t", 'TABLES IN SCHEMA "@case"'),
        15,
    ),
    *missing_and_extra("publication_of_all", "", 'CREATE PUBLICATION "@case" FOR ALL TABLES;'),
    *both_ways(
        "publication_all_tables", "", 'CREATE PUBLICATION "@case" FOR ALL TABLES;', 'CREATE PUBLICATION "@case";'
    ),
    *both_ways(
        "publication_options",
        TABLE + PUBLICATION,
        f"{AGAIN} SET (publish = '', publish_via_partition_root);",
        f"{AGAIN} SET (publish = 'delete, update');",
    ),
    *both_ways(
        "publication_generated", TABLE + PUBLICATION, f"{AGAIN} SET (publish_generated_columns = stored);", "", 18
    ),
    *both_ways(
        "publication_members",
        TABLE + "CREATE TABLE other (id int);" + PUBLICATION,
        f"{AGAIN} SET TABLE other;",
        "",
    ),
    *both_ways(
        "publication_columns_and_rows",
        TABLE + PUBLICATION,
        f"{AGAIN} SET TABLE t (id, n) WHERE (id > 5);",
        f"{AGAIN} SET TABLE t WHERE (id > 6);",
        15,
    ),
    *both_ways("publication_schemas", TABLE + PUBLICATION, f'{AGAIN} ADD TABLES IN SCHEMA "@case";', "", 15),
    *missing_and_extra(
        "publication_table", 'CREATE PUBLICATION "@case";', f'{TABLE} ALTER PUBLICATION "@case" ADD TABLE t;'
    ),
    # subscriptions
    Case("subscription_extra", "", "", SUBSCRIPTION),
    *both_ways(
        "subscription_options",
        SUBSCRIPTION,
        f"{SUBSCRIBED} SET (binary, streaming = on, synchronous_commit = 'local', slot_name = 'a');",
        f"{SUBSCRIBED} SET PUBLICATION d WITH (refresh = false); COMMENT ON {SUBSCRIBED[6:]} IS 'x';",
    ),
    *both_ways(
        "subscription_new_options",
        SUBSCRIPTION,
        f"{SUBSCRIBED} SET (disable_on_error, password_required = false, run_as_owner, origin = none);",
        "",
        16,
    ),
    *both_ways(
        "subscription_enabled", SUBSCRIPTION + f"{SUBSCRIBED} SET (slot_name = 'a');", f"{SUBSCRIBED} ENABLE;", ""
    ),
    # dependences on extensions
    *both_ways("depends", F, "ALTER FUNCTION f DEPENDS ON EXTENSION plpgsql;", ""),
    *both_ways(
        "trigger_depends",
        F
        + f"""{TABLE} CREATE TRIGGER {ODD} BEFORE INSERT ON t EXECUTE FUNCTION suppress_redundant_updates_trigger();
        CREATE INDEX {ODD} ON t (n);""",
        f"ALTER TRIGGER {ODD} ON t DEPENDS ON EXTENSION plpgsql; ALTER INDEX {ODD} DEPENDS ON EXTENSION plpgsql;",
        "",
    ),
    # comments on NOT NULL
    *both_ways(
        "not_null_comment",
        f"CREATE TABLE t (a int NOT NULL, {ODD} int CONSTRAINT {ODD} NOT NULL); ALTER TABLE t RENAME TO {ODD};",
        f"COMMENT ON CONSTRAINT {ODD} ON {ODD} IS 'it''s'; COMMENT ON CONSTRAINT t_a_not_null ON {ODD} IS 'x';",
        "",
        18,
    ),
    *both_ways(
        "not_null_with_comment",
        "",
        "CREATE TABLE t (a int CONSTRAINT mine NOT NULL); COMMENT ON CONSTRAINT mine ON t IS 'x';",
        "CREATE TABLE t (a int NOT NULL); COMMENT ON CONSTRAINT t_a_not_null ON t IS 'y';",
        18,
    ),
    *missing_and_extra(
        "not_null_and_its_comment",
        "CREATE TABLE t (b int);",
        "ALTER TABLE t ADD a int NOT NULL; COMMENT ON CONSTRAINT t_a_not_null ON t IS 'x';",
        18,
    ),
)
