"""What is put on tables: indexes, triggers, policies."""

from __future__ import annotations

from tests.catalog.mend_cases.case import MEMBER, ONE_PART, TABLE, VIEW, Case, F, both_ways, missing_and_extra

ON_TABLES: tuple[Case, ...] = (
    # indexes
    *missing_and_extra(
        "index", TABLE, 'CREATE UNIQUE INDEX "I x" ON t (lower(email) varchar_pattern_ops, n DESC) WHERE n > 0;'
    ),
    *missing_and_extra(
        "index_details",
        TABLE,
        """CREATE INDEX i ON t ((n + 1)) WITH (fillfactor = 50);
        ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 50; ALTER TABLE t CLUSTER ON i; COMMENT ON INDEX i IS 'x';""",
    ),
    *both_ways("index_order", TABLE, "CREATE INDEX i ON t (n, email);", "CREATE INDEX i ON t (email, n);"),
    *both_ways("index_method", TABLE, "CREATE INDEX i ON t USING hash (n);", "CREATE INDEX i ON t (n);"),
    *both_ways("index_include", TABLE, "CREATE INDEX i ON t (n) INCLUDE (email);", "CREATE INDEX i ON t (n);"),
    *both_ways(
        "index_predicate",
        TABLE,
        "CREATE UNIQUE INDEX i ON t (n) WHERE email IS NULL;",
        "CREATE UNIQUE INDEX i ON t (n);",
    ),
    *both_ways("index_options", TABLE, "CREATE INDEX i ON t (n) WITH (fillfactor = 50);", "CREATE INDEX i ON t (n);"),
    *both_ways("index_renamed", TABLE, 'CREATE INDEX "I x" ON t (n);', "CREATE INDEX j ON t (n);"),
    *both_ways("index_clustered", TABLE + "CREATE INDEX i ON t (n);", "ALTER TABLE t CLUSTER ON i;", ""),
    Case(
        "index_invalid",
        TABLE + "CREATE INDEX i ON t (n);",
        "",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass;",
    ),
    *both_ways("index_comment", TABLE + "CREATE INDEX i ON t (n);", "COMMENT ON INDEX i IS 'x';", ""),
    *missing_and_extra("index_of_partitioned", ONE_PART, "CREATE INDEX ON p (k);"),
    *both_ways("index_of_partitioned_renamed", ONE_PART, "CREATE INDEX a ON p (k);", "CREATE INDEX b ON p (k);"),
    Case(
        "index_not_attached",
        ONE_PART + "CREATE INDEX p1_k_idx ON p1 (k);",
        "CREATE INDEX i ON p (k);",
        "CREATE INDEX i ON ONLY p (k);",
    ),
    # triggers and policies
    *missing_and_extra(
        "trigger",
        TABLE + F,
        """CREATE TRIGGER "T r" BEFORE INSERT OR UPDATE OF n ON t
        FOR EACH ROW WHEN (new.n > 0) EXECUTE FUNCTION f('it''s', 'b'); COMMENT ON TRIGGER "T r" ON t IS 'x';""",
    ),
    *missing_and_extra(
        "constraint_trigger",
        TABLE + F,
        """CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f();""",
    ),
    *missing_and_extra(
        "trigger_of_view",
        TABLE + F + VIEW,
        "CREATE TRIGGER r INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f();",
    ),
    *missing_and_extra(
        "trigger_of_partitioned", ONE_PART + F, "CREATE TRIGGER r AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();"
    ),
    *both_ways(
        "trigger_event",
        TABLE + F,
        "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
        "CREATE TRIGGER r AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
    ),
    *both_ways(
        "trigger_disabled",
        TABLE + F + "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
        "ALTER TABLE t ENABLE ALWAYS TRIGGER r;",
        "ALTER TABLE t DISABLE TRIGGER r;",
    ),
    *missing_and_extra(
        "policy", TABLE, "CREATE POLICY p ON t FOR INSERT WITH CHECK (n > 0); COMMENT ON POLICY p ON t IS 'x';"
    ),
    *both_ways("policy_using", TABLE, "CREATE POLICY p ON t USING (n > 0);", "CREATE POLICY p ON t USING (n > 1);"),
    *both_ways(
        "policy_check",
        TABLE,
        "CREATE POLICY p ON t USING (n > 0) WITH CHECK (n > 1);",
        "CREATE POLICY p ON t USING (n > 0);",
    ),
    *both_ways(
        "policy_command", TABLE, "CREATE POLICY p ON t FOR SELECT USING (n > 0);", "CREATE POLICY p ON t USING (n > 0);"
    ),
    # on a member of an extension
    *missing_and_extra(
        "trigger_of_extension", MEMBER + F, "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
    ),
    *missing_and_extra("rule_of_extension", MEMBER, "CREATE RULE r AS ON DELETE TO t WHERE old.n > 0 DO NOTHING;"),
    *missing_and_extra("policy_of_extension", MEMBER, "CREATE POLICY p ON t USING (n > 0);"),
    *both_ways(
        "changes_of_extension",
        MEMBER + F,
        """CREATE POLICY p ON t USING (n > 0); CREATE RULE r AS ON DELETE TO t WHERE old.n > 0 DO NOTHING;
        CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER r;""",
        """CREATE POLICY p ON t USING (n > 1); CREATE RULE r AS ON DELETE TO t WHERE old.n > 1 DO NOTHING;
        CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();""",
    ),
)
