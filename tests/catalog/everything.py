"""A database with one of everything that has a name, and statements that change it there and back."""

from __future__ import annotations

# Of everything that has a name one, and whatever may be written with it.
EVERYTHING = """
    CREATE SCHEMA "a.b"; CREATE SCHEMA other;
    CREATE TYPE "a.b".mood AS ENUM ('happy', 'it''s "so"');
    CREATE DOMAIN "a.b".positive AS int CONSTRAINT above CHECK (VALUE > 0);
    CREATE DOMAIN more AS "a.b".positive DEFAULT 2;
    CREATE TYPE pair AS (left_one int, right_one "a.b".mood);
    CREATE TYPE span AS RANGE (SUBTYPE = float8);
    CREATE COLLATION "C.own" FROM "C";
    CREATE FUNCTION twice(x int) RETURNS int IMMUTABLE LANGUAGE sql RETURN x * 2;
    CREATE FUNCTION "a.b".stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE FUNCTION mood_of(p pair) RETURNS "a.b".mood LANGUAGE sql RETURN (p).right_one;
    CREATE PROCEDURE proc() LANGUAGE sql AS '';
    CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int);
    CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
    CREATE OPERATOR FAMILY fam USING btree;
    CREATE OPERATOR CLASS cls FOR TYPE int USING btree FAMILY fam AS
        OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
    CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
    CREATE TEXT SEARCH CONFIGURATION conf (PARSER = "default");
    CREATE TEXT SEARCH PARSER pars (
        START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
    CREATE TEXT SEARCH TEMPLATE temp (LEXIZE = dsimple_lexize);
    ALTER TEXT SEARCH CONFIGURATION conf ADD MAPPING FOR word WITH dict;
    CREATE FOREIGN DATA WRAPPER wrap; CREATE SERVER srv FOREIGN DATA WRAPPER wrap;
    CREATE FOREIGN TABLE far (a int) SERVER srv;
    CREATE SEQUENCE counter;
    CREATE TABLE parent (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood "a.b".mood DEFAULT 'happy', size more,
        name text COLLATE "C.own" DEFAULT 'x', coupled pair, during span,
        doubled int GENERATED ALWAYS AS (twice(1)) STORED,
        number int DEFAULT nextval('counter'), CONSTRAINT small CHECK (twice(number) < 100), UNIQUE (name, number)
    );
    ALTER SEQUENCE counter OWNED BY parent.number;
    CREATE TABLE child (extra int) INHERITS (parent);
    CREATE TABLE refers (to_parent int REFERENCES parent ON DELETE CASCADE, n text, number int,
                         FOREIGN KEY (n, number) REFERENCES parent (name, number));
    CREATE TABLE parts (day date, n int) PARTITION BY RANGE (day); CREATE INDEX parts_n ON parts (n);
    CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE INDEX lowered ON parent (lower(name)) WHERE twice(number) > 0;
    CREATE INDEX classed ON parent (number cls);
    CREATE STATISTICS stat ON name, (twice(number)) FROM parent;
    CREATE VIEW seen AS SELECT p.id, p.mood, (p.coupled).left_one, total(r.to_parent) AS t
        FROM parent AS p JOIN refers AS r ON r.to_parent = p.id WHERE p.number === 1 GROUP BY p.id;
    CREATE VIEW seen_twice AS SELECT * FROM seen;
    CREATE MATERIALIZED VIEW kept AS SELECT id, mood_of(coupled) FROM parent;
    CREATE RULE elsewhere AS ON INSERT TO refers DO ALSO NOTIFY changed;
    CREATE TRIGGER stamped BEFORE UPDATE OF name ON parent FOR EACH ROW WHEN (OLD.mood <> NEW.mood)
        EXECUTE FUNCTION "a.b".stamp();
    CREATE POLICY own ON parent USING (twice(number) = 2);
    CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE CAST') EXECUTE FUNCTION on_ddl();
    CREATE PUBLICATION pub FOR TABLE parent, refers;
    CREATE TABLE of_type OF pair;
    CREATE FUNCTION takes_row(p parent) RETURNS SETOF parent LANGUAGE sql AS 'SELECT p.*';
    CREATE FUNCTION body() RETURNS int BEGIN ATOMIC SELECT id FROM seen; END;
    COMMENT ON COLUMN parent.name IS 'called'; COMMENT ON CONSTRAINT small ON parent IS 'few';
"""

# What is renamed, its name and another.
RENAMES = [
    ("SCHEMA {}", '"a.b"', "renamed"),
    ("SCHEMA {}", "other", '"an""other"'),
    ('TYPE "a.b".{}', "mood", '"Mood"'),
    ('DOMAIN "a.b".{}', "positive", "above_zero"),
    ("TYPE {}", "pair", "two"),
    ("TYPE {}", "span", "stretch"),
    ("COLLATION {}", '"C.own"', "own"),
    ("FUNCTION {}(int)", "twice", '"tw.ice"'),
    ('FUNCTION "a.b".{}()', "stamp", "stamps"),
    ("FUNCTION {}()", "on_ddl", "at_ddl"),
    ("PROCEDURE {}()", "proc", "procedure"),
    ("AGGREGATE {}(int)", "total", "sum_of"),
    ("OPERATOR FAMILY {} USING btree", "fam", "family"),
    ("OPERATOR CLASS {} USING btree", "cls", "class"),
    ("CONVERSION {}", "conv", "conversion"),
    ("TEXT SEARCH DICTIONARY {}", "dict", "dictionary"),
    ("TEXT SEARCH CONFIGURATION {}", "conf", "configuration"),
    ("TEXT SEARCH PARSER {}", "pars", "parser"),
    ("TEXT SEARCH TEMPLATE {}", "temp", "template"),
    ("FOREIGN DATA WRAPPER {}", "wrap", "wrapper"),
    ("SERVER {}", "srv", "server"),
    ("FOREIGN TABLE {}", "far", "away"),
    ("SEQUENCE {}", "counter", "counts"),
    ("TABLE {}", "parent", '"Parent"'),
    ("TABLE {}", "refers", "points"),
    ("TABLE {}", "parts", "pieces"),
    ("TABLE {}", "part", "piece"),
    ("INDEX {}", "lowered", "low"),
    ("INDEX {}", "parts_n", "pieces_n"),
    ("STATISTICS {}", "stat", "statistics"),
    ("VIEW {}", "seen", "looked"),
    ("MATERIALIZED VIEW {}", "kept", "stored"),
    ("EVENT TRIGGER {}", "watch", "watches"),
    ("PUBLICATION {}", "pub", "publication"),
    ("LANGUAGE {}", "plpgsql", "language"),
    ("ROLE {}", "somebody", "nobody"),
    ("TABLESPACE {}", "elsewhere", "there"),
]

# Of what, a part of which sort, its name and another.
PARTS = [
    ("TABLE parent", "COLUMN", "name", '"na.me"'),
    ("TABLE parent", "COLUMN", "number", "no"),
    ("TABLE parent", "CONSTRAINT", "small", "smaller"),
    ("TABLE parent", "CONSTRAINT", "parent_pkey", "parent_key"),
    ("TABLE refers", "CONSTRAINT", "refers_to_parent_fkey", "refers_key"),
    ("TABLE parts", "COLUMN", "day", "on_day"),
    ("VIEW seen", "COLUMN", "mood", "mode"),
    ("MATERIALIZED VIEW kept", "COLUMN", "id", "no"),
    ("FOREIGN TABLE far", "COLUMN", "a", "b"),
    ("TYPE pair", "ATTRIBUTE", "left_one", "first"),
    ('TYPE "a.b".mood', "VALUE", "'happy'", "'glad'"),
    ('DOMAIN "a.b".positive', "CONSTRAINT", "above", "over"),
]

# What is renamed on which table, its name and another.
ON_TABLES = [
    ("TRIGGER", "stamped", "parent", "stamps"),
    ("POLICY", "own", "parent", "mine"),
    ("RULE", "elsewhere", "refers", "there"),
]

MOVED = [
    ('TYPE "a.b".mood', "a.b"),
    ("DOMAIN more", "public"),
    ("TYPE pair", "public"),
    ("TYPE span", "public"),
    ('COLLATION "C.own"', "public"),
    ("FUNCTION twice(int)", "public"),
    ('FUNCTION "a.b".stamp()', "a.b"),
    ("PROCEDURE proc()", "public"),
    ("AGGREGATE total(int)", "public"),
    ("OPERATOR === (int, int)", "public"),
    ("OPERATOR FAMILY fam USING btree", "public"),
    ("OPERATOR CLASS cls USING btree", "public"),
    ("CONVERSION conv", "public"),
    ("TEXT SEARCH DICTIONARY dict", "public"),
    ("TEXT SEARCH CONFIGURATION conf", "public"),
    ("TEXT SEARCH PARSER pars", "public"),
    ("TEXT SEARCH TEMPLATE temp", "public"),
    ("FOREIGN TABLE far", "public"),
    ("SEQUENCE alone", "public"),
    ("TABLE parent", "public"),
    ("TABLE refers", "public"),
    ("TABLE parts", "public"),
    ("STATISTICS stat", "public"),
    ("VIEW seen", "public"),
    ("MATERIALIZED VIEW kept", "public"),
    ("EXTENSION pg_trgm", "public"),
]

# What is everyday in a migration, and what only one row tells of: none of it takes a full read.
CHEAP = [
    "CREATE TABLE fresh (id serial PRIMARY KEY, v text UNIQUE REFERENCES fresh (v)); DROP TABLE fresh",
    "ALTER TABLE parent ADD COLUMN more_of text NOT NULL DEFAULT 'x'; ALTER TABLE parent DROP COLUMN more_of",
    "ALTER TABLE parent ALTER name DROP DEFAULT; ALTER TABLE parent ALTER name SET DEFAULT 'x'",
    "ALTER TABLE parent DROP CONSTRAINT small; ALTER TABLE parent ADD CONSTRAINT small CHECK (twice(number) < 100)",
    (
        "ALTER TABLE refers DROP CONSTRAINT refers_to_parent_fkey;"
        " ALTER TABLE refers ADD CONSTRAINT refers_to_parent_fkey FOREIGN KEY (to_parent) REFERENCES parent NOT VALID"
    ),
    "ALTER TABLE refers VALIDATE CONSTRAINT refers_to_parent_fkey",
    "ALTER TABLE parent DISABLE TRIGGER ALL; ALTER TABLE parent ENABLE TRIGGER ALL",
    "COMMENT ON TABLE parent IS 'one'; COMMENT ON TABLE parent IS NULL",
    "COMMENT ON COLUMN parent.name IS NULL; COMMENT ON COLUMN parent.name IS 'again'",
    "COMMENT ON CONSTRAINT small ON parent IS NULL; COMMENT ON TRIGGER stamped ON parent IS 'x'",
    "COMMENT ON SCHEMA public IS 'ours'; COMMENT ON SCHEMA public IS NULL",
    "COMMENT ON ROLE somebody IS 'x'; COMMENT ON ROLE somebody IS NULL",
    "COMMENT ON TYPE pair IS 'x'; COMMENT ON COLUMN pair.left_one IS 'y'; COMMENT ON COLUMN pair.left_one IS NULL",
    "ALTER SEQUENCE counter OWNED BY NONE; ALTER SEQUENCE counter OWNED BY parent.number",
    "ALTER TABLE child NO INHERIT parent; ALTER TABLE child INHERIT parent",
    (
        "ALTER TABLE parts DETACH PARTITION part;"
        " ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"
    ),
    "GRANT SELECT ON parent TO somebody; REVOKE ALL ON parent FROM somebody",
    "GRANT SELECT (name) ON parent TO somebody; REVOKE ALL (name) ON parent FROM somebody",
    "ALTER TABLE parent OWNER TO somebody; ALTER TABLE parent OWNER TO CURRENT_USER",
    (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO somebody;"
        " ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM somebody"
    ),
    "CREATE ROLE another; GRANT somebody TO another; REVOKE somebody FROM another; DROP ROLE another",
    "ALTER ROLE somebody CREATEDB; ALTER ROLE somebody NOCREATEDB",
    "ALTER ROLE somebody SET work_mem = '1MB'; ALTER ROLE somebody RESET ALL",
    "CREATE SCHEMA fresh AUTHORIZATION somebody; DROP SCHEMA fresh",
    (
        "CREATE OR REPLACE VIEW seen_twice AS SELECT *, 1 AS one FROM seen;"
        " DROP VIEW seen_twice; CREATE VIEW seen_twice AS SELECT * FROM seen"
    ),
    "REFRESH MATERIALIZED VIEW kept WITH NO DATA; REFRESH MATERIALIZED VIEW kept",
    "CREATE TYPE fresh AS ENUM ('a'); ALTER TYPE fresh ADD VALUE 'b' BEFORE 'a'; DROP TYPE fresh",
    "CREATE OR REPLACE FUNCTION twice(x int) RETURNS int IMMUTABLE LANGUAGE sql RETURN x + x",
    "ALTER FUNCTION twice(int) COST 7; ALTER FUNCTION twice(int) RESET ALL",
    (
        "DROP TRIGGER stamped ON parent; CREATE TRIGGER stamped BEFORE UPDATE OF name ON parent FOR EACH ROW"
        ' EXECUTE FUNCTION "a.b".stamp()'
    ),
    "DROP POLICY own ON parent; CREATE POLICY own ON parent TO somebody USING (true)",
    "DROP RULE elsewhere ON refers; CREATE RULE elsewhere AS ON INSERT TO refers DO ALSO NOTIFY changed",
    "DROP STATISTICS stat; CREATE STATISTICS stat ON name, size FROM parent",
    "ALTER STATISTICS stat SET STATISTICS 7; ALTER TABLE parent ALTER name SET STATISTICS 3",
    "ALTER INDEX classed SET (fillfactor = 70); ALTER INDEX classed RESET (fillfactor)",
    "ALTER TABLE parent REPLICA IDENTITY USING INDEX parent_pkey; ALTER TABLE parent REPLICA IDENTITY DEFAULT",
    "ALTER TABLE parent CLUSTER ON classed; ALTER TABLE parent SET WITHOUT CLUSTER",
    "ALTER TABLE parent SET (toast.autovacuum_enabled = off); ALTER TABLE parent RESET (toast.autovacuum_enabled)",
    "ALTER PUBLICATION pub DROP TABLE refers; ALTER PUBLICATION pub ADD TABLE refers",
    "ALTER EVENT TRIGGER watch DISABLE; ALTER EVENT TRIGGER watch ENABLE",
    "SELECT lo_create(77); COMMENT ON LARGE OBJECT 77 IS 'x'; SELECT lo_unlink(77)",
    'CREATE TABLE "odd \' name" ("a.b" int); ALTER TABLE "odd \' name" RENAME TO "a.b"; DROP TABLE "a.b"',
    "VACUUM parent; ANALYZE parent; REINDEX TABLE parent; CLUSTER parent USING classed; TRUNCATE parent CASCADE",
    "CREATE TEMPORARY TABLE passing (a serial PRIMARY KEY); DROP TABLE passing",
]
