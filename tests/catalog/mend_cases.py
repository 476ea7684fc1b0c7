"""What a mend is tried on: SQL for the expected database, SQL for the actual one; each in a schema of its own."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One defect.

    Attributes:
        name: Also the schema's name.
        base: SQL for both databases, with that schema as search path.
        expected: SQL for the expected one alone.
        actual: SQL for the actual one alone.
        since: The first major that understands it.
    """

    name: str
    base: str
    expected: str
    actual: str
    since: int = 14


TABLE = "CREATE TABLE t (id int PRIMARY KEY, email varchar(100), n int);"
ODD = '"we""ird. Nämé 🐘 $x"'
LONG = "ä" * 31 + "x"  # 63 bytes


def missing_and_extra(name: str, base: str, made: str, since: int = 14) -> tuple[Case, Case]:
    """The same objects once missing and once too many."""
    return Case(f"{name}_missing", base, made, "", since), Case(f"{name}_extra", base, "", made, since)


def both_ways(name: str, base: str, one: str, other: str, since: int = 14) -> tuple[Case, Case]:
    """Mend the one to the other, and back."""
    return Case(f"{name}_there", base, one, other, since), Case(f"{name}_back", base, other, one, since)


def alter(name: str, action: str, *, base: str = TABLE, since: int = 14) -> tuple[Case, Case]:
    """Something that ALTER TABLE t does, to be done and to be undone."""
    return both_ways(name, base, f"ALTER TABLE t {action};", "", since)


F = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;"
VIEW = "CREATE VIEW v AS SELECT id, email FROM t;"
PARTS = "CREATE TABLE p (id int, k text) PARTITION BY RANGE (id);"
ONE_PART = PARTS + "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);"
PARENT = "CREATE TABLE parent (id int CHECK (id > 0), k text DEFAULT 'x');"

CASES: tuple[Case, ...] = (
    # tables
    *missing_and_extra(
        "table",
        "CREATE TABLE other (id int PRIMARY KEY);" + F,
        f"""CREATE UNLOGGED TABLE {ODD} (
            id bigserial PRIMARY KEY, "user" text COLLATE "C" NOT NULL DEFAULT 'it''s',
            always int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 5),
            double int GENERATED ALWAYS AS (1 + 1) STORED,
            o int REFERENCES other ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
            EXCLUDE USING btree (o WITH =), UNIQUE ("user") INCLUDE (o), CONSTRAINT "a b" CHECK (o > 0) NO INHERIT
        ) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
        CREATE INDEX ON {ODD} (lower("user") DESC, o) INCLUDE (id) WHERE o > 1;
        CREATE TRIGGER "a trigger" AFTER INSERT ON {ODD} FOR EACH ROW EXECUTE FUNCTION f();
        ALTER TABLE {ODD} DISABLE TRIGGER "a trigger", ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY,
            REPLICA IDENTITY FULL, ALTER o SET STATISTICS 5, ALTER "user" SET (n_distinct = 4);
        CREATE POLICY "a policy" ON {ODD} AS RESTRICTIVE FOR UPDATE USING (o > 1) WITH CHECK (o > 2);
        COMMENT ON TABLE {ODD} IS $$it's \\ a "comment"$$;
        COMMENT ON COLUMN {ODD}."user" IS 'x'; COMMENT ON CONSTRAINT "a b" ON {ODD} IS 'y';
        GRANT SELECT, UPDATE (o) ON {ODD} TO PUBLIC;""",
    ),
    *missing_and_extra("long_name", "", f'CREATE TABLE "{LONG}" ("{LONG}" serial PRIMARY KEY);'),
    *missing_and_extra("partition", PARTS, "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);"),
    *missing_and_extra(
        "partition_with_indexes",
        PARTS + "ALTER TABLE p ADD PRIMARY KEY (id); CREATE UNIQUE INDEX ON p (k, id); CREATE INDEX ON p (k);",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);",
    ),
    *missing_and_extra("partitioned", "", ONE_PART + "ALTER TABLE p ADD PRIMARY KEY (id); CREATE INDEX ON p (k);"),
    *missing_and_extra("heir", PARENT, "CREATE TABLE child (more int) INHERITS (parent);"),
    *alter("unlogged", "SET UNLOGGED"),
    *alter("row_security", "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    *alter("storage_options", "SET (fillfactor = 50, toast.autovacuum_enabled = off)"),
    *both_ways("option_value", TABLE, "ALTER TABLE t SET (fillfactor = 50);", "ALTER TABLE t SET (fillfactor = 60);"),
    *alter("replica_full", "REPLICA IDENTITY FULL"),
    *alter(
        "replica_index",
        'REPLICA IDENTITY USING INDEX "I x"',
        base=TABLE.replace("n int", "n int NOT NULL") + 'CREATE UNIQUE INDEX "I x" ON t (n);',
    ),
    *both_ways(
        "bound",
        PARTS,
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (20);",
    ),
    *both_ways("attached", ONE_PART, "", "ALTER TABLE p DETACH PARTITION p1;"),
    *both_ways(
        "inherits",
        "CREATE TABLE parent (id int); CREATE TABLE child (id int) INHERITS (parent);",
        "",
        "ALTER TABLE child NO INHERIT parent;",
    ),
    *missing_and_extra("typed", "CREATE TYPE c AS (a int, b text);", "CREATE TABLE t OF c (PRIMARY KEY (a));"),
    *both_ways("typed_later", "CREATE TYPE c AS (a int); CREATE TABLE t (a int);", "ALTER TABLE t OF c;", ""),
    # columns
    *alter("column", f"ADD COLUMN {ODD} numeric(5, 2) NOT NULL DEFAULT 1.5"),
    *alter("column_identity_added", "ADD COLUMN c int GENERATED BY DEFAULT AS IDENTITY (START 7)"),
    *alter("column_generated_added", "ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED"),
    *alter(
        "column_of_parent",
        "ADD COLUMN c int DEFAULT 3",
        base=PARENT.replace("parent", "t") + "CREATE TABLE child () INHERITS (t);",
    ),
    *alter("type", "ALTER email TYPE text"),
    *alter("type_with_default", "ALTER email TYPE text", base=TABLE + "ALTER TABLE t ALTER email SET DEFAULT 'x';"),
    *alter("collation", 'ALTER email TYPE varchar(100) COLLATE "C"'),
    *both_ways(
        "type_and_all",
        "",
        "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY);",
        "CREATE TABLE t (a int DEFAULT 5);",
    ),
    *alter("not_null", "ALTER n SET NOT NULL"),
    *alter("not_null_called_so", 'ADD CONSTRAINT "a NOT NULL b" NOT NULL n', since=18),
    *alter("default", "ALTER n SET DEFAULT 5"),
    *both_ways("default_value", TABLE, "ALTER TABLE t ALTER n SET DEFAULT 5;", "ALTER TABLE t ALTER n SET DEFAULT 6;"),
    *alter("identity", "ALTER id ADD GENERATED ALWAYS AS IDENTITY"),
    *both_ways(
        "identity_kind",
        "",
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY);",
        "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY);",
    ),
    *both_ways(
        "serial_identity", "", "CREATE TABLE t (id serial);", "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY);"
    ),
    *both_ways(
        "generated",
        "",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED);",
        "CREATE TABLE t (a int, b int);",
    ),
    *both_ways(
        "generated_otherwise",
        "",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED);",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 2) STORED);",
    ),
    *both_ways(
        "virtual",
        "",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL);",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 2) STORED);",
        18,
    ),
    *both_ways(
        "not_null_name",
        TABLE,
        'ALTER TABLE t ADD CONSTRAINT "A b" NOT NULL n;',
        "ALTER TABLE t ALTER n SET NOT NULL;",
        18,
    ),
    *alter("not_null_named", 'ADD CONSTRAINT "A b" NOT NULL n NO INHERIT', since=18),
    Case("not_null_valid", TABLE, "ALTER TABLE t ADD NOT NULL n;", "ALTER TABLE t ADD NOT NULL n NOT VALID;", 18),
    *alter("storage", "ALTER email SET STORAGE EXTERNAL"),
    *alter("compression", "ALTER email SET COMPRESSION pglz"),
    *alter("statistics", "ALTER n SET STATISTICS 50"),
    *alter("attribute_options", "ALTER n SET (n_distinct = 7)"),
    *both_ways("column_privileges", TABLE, "GRANT SELECT (n), UPDATE (n) ON t TO PUBLIC;", ""),
    *both_ways("column_comment", TABLE, "COMMENT ON COLUMN t.n IS 'a';", "COMMENT ON COLUMN t.n IS 'b';"),
    # constraints
    *alter("check", 'ADD CONSTRAINT "my check" CHECK (n > 0)'),
    *alter("check_of_parent", "ADD CHECK (n > 0)", base=TABLE + "CREATE TABLE child () INHERITS (t);"),
    *both_ways(
        "check_otherwise",
        TABLE,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0);",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 1);",
    ),
    *alter("unique", "ADD UNIQUE (n) INCLUDE (email)"),
    *both_ways(
        "unique_otherwise",
        TABLE,
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (n);",
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (email);",
    ),
    *both_ways(
        "unique_by_index", TABLE, "ALTER TABLE t ADD CONSTRAINT u UNIQUE (n);", "CREATE UNIQUE INDEX u ON t (n);"
    ),
    *both_ways("primary_key", "CREATE TABLE t (id int NOT NULL);", "ALTER TABLE t ADD PRIMARY KEY (id);", ""),
    *both_ways(
        "nulls_not_distinct",
        TABLE,
        "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (n);",
        "ALTER TABLE t ADD UNIQUE (n);",
        15,
    ),
    *alter("foreign_key", "ADD FOREIGN KEY (n) REFERENCES t (id) MATCH FULL ON DELETE SET NULL"),
    *both_ways(
        "foreign_key_action",
        TABLE,
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t ON DELETE CASCADE;",
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t;",
    ),
    *both_ways(
        "foreign_key_deferrable",
        TABLE,
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t DEFERRABLE;",
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t;",
    ),
    *both_ways(
        "foreign_key_valid",
        TABLE,
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t;",
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t NOT VALID;",
    ),
    Case(
        "foreign_key_fires",
        TABLE + "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t;",
        "",
        "ALTER TABLE t DISABLE TRIGGER ALL;",
    ),
    *both_ways(
        "not_enforced",
        TABLE,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0);",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT ENFORCED;",
        18,
    ),
    *both_ways("constraint_comment", TABLE, "COMMENT ON CONSTRAINT t_pkey ON t IS 'a';", ""),
    *both_ways("constraint_renamed", TABLE, 'ALTER TABLE t RENAME CONSTRAINT t_pkey TO "T p";', ""),
    *both_ways(
        "check_renamed",
        "",
        "CREATE TABLE t (n int CONSTRAINT a CHECK (n > 0));",
        "CREATE TABLE t (n int CONSTRAINT b CHECK (n > 0));",
    ),
    *alter("exclusion", "ADD EXCLUDE USING btree (n WITH =) WHERE (n > 0)"),
    *alter("unique_of_partitioned", "ADD UNIQUE (id)", base=ONE_PART.replace("p (", "t (").replace("OF p", "OF t")),
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
    # functions
    *missing_and_extra(
        "function",
        "",
        f"""CREATE FUNCTION {ODD}(a int, VARIADIC b text[] DEFAULT '{{x}}') RETURNS SETOF int
        LANGUAGE sql STABLE STRICT SECURITY DEFINER PARALLEL SAFE COST 5 ROWS 7 SET search_path = pg_catalog, "$user"
        AS $$ SELECT 1 $$; COMMENT ON FUNCTION {ODD} IS 'x'; REVOKE ALL ON FUNCTION {ODD} FROM PUBLIC;""",
    ),
    *missing_and_extra("procedure", "", "CREATE PROCEDURE p(INOUT a int) LANGUAGE sql AS 'SELECT 1';"),
    *missing_and_extra("standard_body", "", "CREATE FUNCTION g(a int) RETURNS int RETURN a + 1;"),
    *both_ways(
        "function_body",
        "",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT  2' IMMUTABLE;",
    ),
    *both_ways(
        "function_result",
        "",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';",
    ),
    *both_ways(
        "function_arguments",
        "",
        "CREATE FUNCTION f(a int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION f(b int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    *both_ways(
        "function_settings",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "ALTER FUNCTION f() SET work_mem = '1MB';",
        "ALTER FUNCTION f() SET jit = off;",
    ),
    *both_ways(
        "function_privileges",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "REVOKE ALL ON FUNCTION f() FROM PUBLIC;",
        "",
    ),
    # sequences
    *missing_and_extra(
        "sequence", "", 'CREATE SEQUENCE "S x" AS smallint START 5 INCREMENT -2 MINVALUE -9 MAXVALUE 9 CACHE 3 CYCLE;'
    ),
    *both_ways(
        "sequence_clauses", "", "CREATE SEQUENCE s AS int START 3 CACHE 4 CYCLE;", "CREATE SEQUENCE s MAXVALUE 99;"
    ),
    *both_ways("sequence_owned", TABLE + "CREATE SEQUENCE s;", "ALTER SEQUENCE s OWNED BY t.n;", ""),
    *both_ways(
        "sequence_renamed",
        "",
        "CREATE TABLE t (id serial);",
        'CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq RENAME TO "Old seq";',
    ),
    *both_ways("sequence_unlogged", "", "CREATE UNLOGGED SEQUENCE s;", "CREATE SEQUENCE s;", 15),
    # views
    *missing_and_extra(
        "view",
        TABLE + F,
        f"""CREATE VIEW {ODD} WITH (security_barrier) AS SELECT id, email AS "E m" FROM t;
        ALTER VIEW {ODD} ALTER id SET DEFAULT 5; COMMENT ON COLUMN {ODD}.id IS 'x'; GRANT SELECT ON {ODD} TO PUBLIC;
        CREATE TRIGGER r INSTEAD OF INSERT ON {ODD} FOR EACH ROW EXECUTE FUNCTION f();""",
    ),
    *both_ways("view_query", TABLE, VIEW, "CREATE VIEW v AS SELECT id, email FROM t WHERE n > 0;"),
    *both_ways("view_columns", TABLE, VIEW, "CREATE VIEW v AS SELECT id FROM t;"),
    *both_ways("view_types", TABLE, VIEW, "CREATE VIEW v AS SELECT id, email::text FROM t;"),
    *both_ways("view_options", TABLE + VIEW, "ALTER VIEW v SET (security_barrier, check_option = local);", ""),
    *both_ways("view_default", TABLE + VIEW, "ALTER VIEW v ALTER id SET DEFAULT 5;", ""),
    *missing_and_extra(
        "materialized",
        TABLE,
        """CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT id, n FROM t;
        CREATE UNIQUE INDEX ON m (id); COMMENT ON MATERIALIZED VIEW m IS 'x'; COMMENT ON COLUMN m.id IS 'y';""",
    ),
    *both_ways(
        "materialized_query",
        TABLE,
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM t; CREATE INDEX ON m (id);",
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM t WHERE n > 0; CREATE INDEX ON m (id);",
    ),
    *both_ways(
        "populated",
        TABLE,
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;",
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM t WITH NO DATA;",
    ),
    *both_ways(
        "materialized_options",
        TABLE + "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;",
        "ALTER MATERIALIZED VIEW m SET (fillfactor = 50);",
        "",
    ),
    # types
    *missing_and_extra(
        "enum",
        "",
        "CREATE TYPE e AS ENUM ('it''s', 'B c'); COMMENT ON TYPE e IS 'x'; REVOKE ALL ON TYPE e FROM PUBLIC;",
    ),
    Case(
        "enum_labels",
        "",
        "CREATE TYPE e AS ENUM ('0', 'a', 'b', 'b2', 'c', 'd');",
        "CREATE TYPE e AS ENUM ('a', 'b', 'c');",
    ),
    Case("enum_empty", "", "CREATE TYPE e AS ENUM ('a', 'b');", "CREATE TYPE e AS ENUM ();"),
    *missing_and_extra(
        "composite", "", 'CREATE TYPE c AS (a int, "B c" text COLLATE "C"); COMMENT ON COLUMN c.a IS \'x\';'
    ),
    Case(
        "composite_fields",
        "",
        "CREATE TYPE c AS (a int, b text, d int);",
        "CREATE TYPE c AS (x int, a bigint, b text);",
    ),
    *both_ways("composite_comment", "CREATE TYPE c AS (a int);", "COMMENT ON COLUMN c.a IS 'x';", ""),
    *missing_and_extra(
        "domain",
        "",
        """CREATE DOMAIN d AS varchar(9) COLLATE "C" DEFAULT 'x' NOT NULL CONSTRAINT "C x" CHECK (VALUE <> '');
        COMMENT ON CONSTRAINT "C x" ON DOMAIN d IS 'x'; COMMENT ON DOMAIN d IS 'y';""",
    ),
    *both_ways(
        "domain_all",
        "",
        "CREATE DOMAIN d AS int DEFAULT 1 NOT NULL CONSTRAINT a CHECK (VALUE > 0) CONSTRAINT b CHECK (VALUE > 1);",
        "CREATE DOMAIN d AS int CONSTRAINT b CHECK (VALUE > 2) CONSTRAINT c CHECK (VALUE > 3);",
    ),
    Case(
        "domain_valid",
        "CREATE DOMAIN d AS int;",
        "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0);",
        "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;",
    ),
    *both_ways(
        "domain_comment",
        "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0);",
        "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x';",
        "",
    ),
    *missing_and_extra(
        "range", "", 'CREATE TYPE r AS RANGE (SUBTYPE = text, COLLATION = "C", SUBTYPE_OPCLASS = text_pattern_ops);'
    ),
    # common
    *both_ways("comment", TABLE, "COMMENT ON TABLE t IS 'a';", "COMMENT ON TABLE t IS E'b\\\\\\'';"),
    *both_ways(
        "privileges",
        TABLE,
        "GRANT SELECT, INSERT ON t TO PUBLIC; REVOKE DELETE ON t FROM CURRENT_USER;",
        "GRANT UPDATE ON t TO PUBLIC;",
    ),
)
