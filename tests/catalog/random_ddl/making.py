"""What can be made."""

from __future__ import annotations

from tests.catalog.random_ddl.world import forms

FOUNDATION = forms("""
    CREATE SCHEMA "S. ""x"" 🐘";
    CREATE {persistence}TABLE {new table} (id int PRIMARY KEY, n int, email varchar(50), "Ü. x" text);
    CREATE TABLE {new table} (id bigserial PRIMARY KEY, n int DEFAULT 1 + 1, email text NOT NULL, "Ü. x" text
        COLLATE "C");
    CREATE FUNCTION {new function}(a int) RETURNS int LANGUAGE sql {volatility} AS 'SELECT {number} + a';
    CREATE FUNCTION {new trigger_function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
    CREATE TYPE {new enum} AS ENUM ('a', 'B c', 'it''s');
    CREATE SEQUENCE {new sequence} {sequence_clause}
""")
"""What most forms are about."""

MAKING = forms("""
    CREATE SCHEMA {new schema} AUTHORIZATION {role};
    CREATE {persistence}TABLE {new table} (id int PRIMARY KEY, n int, email text, "Ü. x" text, {more_column});
    CREATE TABLE {new table} (id int, n int, email text, "Ü. x" text, {more_column}) WITH (fillfactor = {percent});
    CREATE TABLE {new table} (id int, n int, email text, "Ü. x" text) USING {access method};
    CREATE TABLE {new table} (LIKE {table} INCLUDING ALL);
    CREATE TABLE {new heir} (extra int DEFAULT {number}) INHERITS ({table});
    CREATE TABLE {new table} OF {composite};
    CREATE TABLE {new partitioned} (id int, k text, n int) PARTITION BY RANGE (id);
    CREATE TABLE {new partitioned} (id int, k text, n int) PARTITION BY LIST (lower(k));
    CREATE TABLE {new partition} PARTITION OF {partitioned} FOR VALUES FROM ({number}) TO (99);
    CREATE TABLE {new partition} PARTITION OF {partitioned} DEFAULT;
    CREATE INDEX ON {partitioned} (n, k);
    ALTER TABLE {partitioned} ADD PRIMARY KEY (id);
    CREATE INDEX {new index.bare} ON {table} ({key}, {key});
    CREATE UNIQUE INDEX {new index.bare} ON {table} ({key}) INCLUDE (id) WHERE {condition};
    CREATE INDEX {new index.bare} ON {table} USING hash ({own_column}) WITH (fillfactor = {percent});
    CREATE INDEX {new index.bare} ON {table} USING brin (n) WITH (pages_per_range = 2, autosummarize = {bool});
    CREATE INDEX {new index.bare} ON {table} USING gist (to_tsvector('english', email)) ;
    ALTER TABLE {table} ADD CONSTRAINT {new constraint} {constraint_body};
    CREATE VIEW {new view} AS {query};
    CREATE VIEW {new view} WITH (security_barrier, check_option = local) AS SELECT id, n FROM {table} WHERE {condition};
    CREATE MATERIALIZED VIEW {new materialized} AS {query};
    CREATE UNIQUE INDEX ON {materialized} (id);
    CREATE FUNCTION {new function}(a int) RETURNS int LANGUAGE sql {function_clause} AS $$ SELECT a $$;
    CREATE FUNCTION {new function}(a int) RETURNS int {function_clause} RETURN a + {number};
    CREATE FUNCTION {new function}(a int, b text DEFAULT {string}, VARIADIC c int[] DEFAULT ARRAY[1]) RETURNS
        SETOF int LANGUAGE sql ROWS 7 AS 'SELECT 1';
    CREATE FUNCTION {new function}(a int, OUT x int, OUT "Y z" text) LANGUAGE sql AS 'SELECT 1, NULL';
    CREATE FUNCTION {new query_function}() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM {table}; END;
    CREATE PROCEDURE {new procedure}(INOUT a int, b {type}) LANGUAGE plpgsql AS $$ BEGIN a := {number}; END $$;
    CREATE AGGREGATE {new aggregate}(int) (SFUNC = int4pl, STYPE = int, INITCOND = '{number}');
    CREATE AGGREGATE {new aggregate}(int) (SFUNC = int4larger, STYPE = int, SORTOP = >, COMBINEFUNC = int4larger);
    CREATE TRIGGER {new trigger} {moment} ON {table} {level} EXECUTE FUNCTION {trigger_function}('it''s', {number});
    CREATE TRIGGER {new trigger} BEFORE UPDATE ON {table} FOR EACH ROW WHEN (new.n > {number}) EXECUTE FUNCTION
        {trigger_function}();
    CREATE TRIGGER {new trigger} AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone EXECUTE FUNCTION
        {trigger_function}();
    CREATE CONSTRAINT TRIGGER {new trigger} AFTER INSERT ON {table} {deferring} FOR EACH ROW EXECUTE FUNCTION
        {trigger_function}();
    CREATE POLICY {new policy} ON {table} FOR {command} TO {who} USING ({condition});
    CREATE POLICY {new policy} ON {table} AS RESTRICTIVE TO {role}, reader USING (true) WITH CHECK ({condition});
    CREATE RULE {new rule} AS ON DELETE TO {table} WHERE old.n > {number} DO INSTEAD NOTHING;
    CREATE RULE {new rule} AS ON UPDATE TO {table} DO ALSO (NOTIFY news; SELECT {number});
    CREATE TYPE {new enum} AS ENUM ('x', {string});
    CREATE DOMAIN {new domain} AS int DEFAULT {number} CHECK (VALUE > -{number});
    CREATE DOMAIN {new domain} AS varchar(9) COLLATE "C" NOT NULL CONSTRAINT "C x" CHECK (VALUE <> {string});
    CREATE TYPE {new composite} AS (a int, "B c" text COLLATE "C", d {enum});
    CREATE TYPE {new range} AS RANGE (SUBTYPE = text, COLLATION = "C");
    CREATE TYPE {new range} AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
    CREATE TYPE {new shell};
    CREATE {persistence}SEQUENCE {new sequence} {sequence_clause} {sequence_clause};
    CREATE STATISTICS {new statistics} (mcv, dependencies) ON n, email FROM {table};
    CREATE STATISTICS {new statistics} ON (n + {number}), lower(email) FROM {table};
    CREATE PUBLICATION {new publication} FOR TABLE {table} WITH (publish = '{operation}');
    CREATE PUBLICATION {new publication} FOR ALL TABLES;
    CREATE PUBLICATION {new publication} FOR TABLES IN SCHEMA {schema}, TABLE {table} WHERE (id > {number});
    CREATE SUBSCRIPTION {new subscription} CONNECTION 'host=nowhere.invalid' PUBLICATION a, "B c" WITH (connect =
        false, slot_name = NONE, binary = {bool});
    CREATE FUNCTION {new event_function}() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER {new event trigger} ON ddl_command_end WHEN TAG IN ('CREATE CAST', 'DROP CAST') EXECUTE
        FUNCTION {event_function}();
    CREATE COLLATION {new collation} (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
    CREATE COLLATION {new collation} FROM "C";
    CREATE TEXT SEARCH DICTIONARY {new book} (TEMPLATE = snowball, LANGUAGE = german, STOPWORDS = english);
    CREATE TEXT SEARCH DICTIONARY {new book} (TEMPLATE = simple, ACCEPT = {bool});
    CREATE TEXT SEARCH CONFIGURATION {new configuration} (COPY = simple);
    CREATE TEXT SEARCH CONFIGURATION {new configuration} (PARSER = "default");
    CREATE TEXT SEARCH PARSER {new parser} (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
        LEXTYPES = prsd_lextype);
    CREATE TEXT SEARCH TEMPLATE {new template} (INIT = dsimple_init, LEXIZE = dsimple_lexize);
    CREATE OPERATOR {new operator} (LEFTARG = bigint, RIGHTARG = int, FUNCTION = int84eq, RESTRICT = eqsel);
    CREATE OPERATOR {schema}.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = int4lt, COMMUTATOR =
        OPERATOR({schema}.>>>));
    CREATE OPERATOR FAMILY {new family} USING btree;
    CREATE OPERATOR CLASS {new class} FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1
        btint4cmp(int4, int4);
    CREATE CAST {new cast} WITH INOUT AS ASSIGNMENT;
    CREATE CONVERSION {new conversion} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE ACCESS METHOD {new access method} TYPE TABLE HANDLER heap_tableam_handler;
    CREATE TRUSTED LANGUAGE {new language} HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
    CREATE FOREIGN DATA WRAPPER {new wrapper} OPTIONS (a '1', "b C" 'it''s');
    CREATE SERVER {new server} TYPE {string} VERSION '{number}' FOREIGN DATA WRAPPER {wrapper} OPTIONS (host {string});
    CREATE USER MAPPING FOR {who} SERVER {server} OPTIONS (user {string});
    CREATE FOREIGN TABLE {new foreign} (id int OPTIONS (c {string}), n int NOT NULL) SERVER {server} OPTIONS (x 'y');
    CREATE EXTENSION {new extension} SCHEMA {schema};
    SELECT lo_create({new large object})
""")
"""All sorts of objects."""
