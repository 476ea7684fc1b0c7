"""Functions, sequences, views and types; comments and privileges."""

from __future__ import annotations

from tests.catalog.mend_cases.case import ODD, TABLE, VIEW, Case, F, both_ways, missing_and_extra

OTHERS: tuple[Case, ...] = (
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
    *both_ways(
        "domain_not_null_comment",
        "CREATE DOMAIN d AS int NOT NULL;",
        "COMMENT ON CONSTRAINT d_not_null ON DOMAIN d IS 'x';",
        "",
        17,
    ),
    *missing_and_extra(
        "range", "", 'CREATE TYPE r AS RANGE (SUBTYPE = text, COLLATION = "C", SUBTYPE_OPCLASS = text_pattern_ops);'
    ),
    *missing_and_extra(
        "range_functions",
        "",
        f"""CREATE TYPE {ODD}; CREATE FUNCTION apart(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0';
        CREATE FUNCTION canon({ODD}) RETURNS {ODD} LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
        CREATE TYPE {ODD} AS RANGE (SUBTYPE = int, CANONICAL = canon, SUBTYPE_DIFF = apart);""",
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
