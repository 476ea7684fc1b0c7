"""What a test may do to its database: a schema with one of everything, and statements against it."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE parent (id bigserial PRIMARY KEY, name text UNIQUE, note text);
INSERT INTO parent (name) SELECT 'seed ' || g FROM generate_series(1, 300) AS g;
CREATE TABLE child (id bigserial PRIMARY KEY, parent_id bigint NOT NULL REFERENCES parent ON DELETE CASCADE, big text);
CREATE TABLE audit (at timestamptz DEFAULT now(), what text);
CREATE FUNCTION log_child() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO audit (what) VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$;
CREATE TRIGGER child_is_logged AFTER INSERT OR UPDATE OR DELETE ON child FOR EACH ROW EXECUTE FUNCTION log_child();
CREATE TABLE part (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE part_old PARTITION OF part FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
CREATE TABLE part_new PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2040-01-01');
CREATE UNLOGGED TABLE fast (id int PRIMARY KEY, v text);
INSERT INTO fast SELECT g, 'x' FROM generate_series(1, 5) AS g;
CREATE TABLE "Odd ""name"".é" ("a.b" int GENERATED ALWAYS AS IDENTITY, "C" int[]);
CREATE INDEX ON "Odd ""name"".é" USING gin ("C");
CREATE TABLE base (id int); CREATE TABLE derived (extra int) INHERITS (base);
CREATE TABLE tenant (id int, owner text DEFAULT current_user);
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY; ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON tenant USING (current_setting('app.tenant', true) IS NULL);
CREATE TABLE stubborn (id int);
CREATE TRIGGER stays BEFORE DELETE ON stubborn FOR EACH ROW EXECUTE FUNCTION log_child();
ALTER TABLE stubborn ENABLE ALWAYS TRIGGER stays;
CREATE MATERIALIZED VIEW summary AS SELECT count(*) AS n FROM parent;
CREATE UNIQUE INDEX ON summary (n);
CREATE SEQUENCE plain; CREATE SEQUENCE cached CACHE 10; SELECT nextval('cached');
CREATE SEQUENCE turning MAXVALUE 3 CYCLE;
CREATE VIEW names AS SELECT name FROM parent;
CREATE TABLE exclusive (during int4range, EXCLUDE USING gist (during WITH &&));
CREATE TABLE later (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
"""
UNLOGGED_SEQUENCE = "CREATE UNLOGGED SEQUENCE quick;"  # from 15 on

# What is undone in place.
HARMLESS = (
    "INSERT INTO parent (name) VALUES (md5(random()::text))",
    "INSERT INTO parent (name, note) SELECT md5(g || random()::text), repeat('n', 9000) FROM generate_series(1, 5) g",
    "INSERT INTO child (parent_id, big) VALUES (1 + (random() * 299)::int, repeat(md5(random()::text), 500))",
    "INSERT INTO child (parent_id) SELECT id FROM parent ORDER BY id LIMIT 20",
    "INSERT INTO part VALUES (1, '2010-01-01'), (2, '2030-01-01')",
    "INSERT INTO fast SELECT max(id) + 1, 'y' FROM fast",
    """INSERT INTO "Odd ""name"".é" ("C") VALUES (ARRAY[1, 2, 3])""",
    "INSERT INTO base VALUES (1); INSERT INTO derived VALUES (2, 3)",
    "INSERT INTO tenant VALUES (1)",
    "INSERT INTO exclusive VALUES (int4range((random() * 1e9)::int, NULL))",
    "INSERT INTO later VALUES ((random() * 1e9)::int)",
    "SELECT nextval('plain')",
    "SELECT nextval('plain') FROM generate_series(1, 5)",
    "SELECT nextval('cached')",
    "SELECT nextval('turning') FROM generate_series(1, 3)",
    "SELECT setval('plain', 1000)",
    "SELECT count(*) FROM parent JOIN child ON child.parent_id = parent.id",
    "SELECT * FROM parent FOR UPDATE",
    "UPDATE audit SET what = what",
    "DELETE FROM child",
    "COPY audit (what) FROM PROGRAM 'echo copied'",
    "SELECT pg_advisory_lock(1)",
    "LISTEN channel",
    "NOTIFY channel, 'x'",
    "SET app.tenant = 'a'",
    "SET search_path = nowhere",
    "SET ROLE pg_monitor",
    "CREATE TEMP TABLE t AS SELECT 1 AS a",
    "CREATE TEMP TABLE indexed (id int PRIMARY KEY); INSERT INTO indexed VALUES (1)",
    "PREPARE p AS SELECT 1",
    "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM parent",
    "SELECT set_config('app.local', 'x', true)",
    "SELECT pg_logical_emit_message(true, 'a test', 'x')",
)

# What only a new copy undoes.
HARMFUL = (
    "UPDATE parent SET note = 'changed' WHERE id = 7",
    "UPDATE parent SET note = note",
    "DELETE FROM parent WHERE id = 300",
    "DELETE FROM fast WHERE id = 1",
    "UPDATE fast SET v = 'z' WHERE id = 2",
    "TRUNCATE child",
    "TRUNCATE parent, child RESTART IDENTITY",
    "TRUNCATE fast",
    "INSERT INTO stubborn VALUES (1)",
    "REFRESH MATERIALIZED VIEW summary",
    "INSERT INTO parent (name) VALUES ('one more'); REFRESH MATERIALIZED VIEW CONCURRENTLY summary",
    "CREATE TABLE made (id int)",
    "CREATE TABLE IF NOT EXISTS empty_one ()",
    "ALTER TABLE child ADD COLUMN more int DEFAULT 7",
    "ALTER TABLE child DROP COLUMN big",
    "ALTER TABLE child DISABLE TRIGGER child_is_logged",
    "ALTER TABLE child DISABLE TRIGGER ALL",
    "ALTER TABLE parent RENAME COLUMN note TO remark",
    "ALTER TABLE audit SET (fillfactor = 50)",
    "ALTER TABLE audit SET UNLOGGED",
    "ALTER TABLE fast SET LOGGED",
    "ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY",
    "ALTER SEQUENCE plain INCREMENT 5",
    "ALTER SEQUENCE plain RESTART",
    "ALTER TABLE part DETACH PARTITION part_old",
    "CREATE INDEX ON audit (what)",
    "REINDEX TABLE parent",
    "CLUSTER parent USING parent_pkey",
    "DROP TABLE audit CASCADE",
    "CREATE SCHEMA another",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE VIEW names AS SELECT name FROM parent WHERE id > 1",
    "CREATE TYPE mood AS ENUM ('a')",
    "CREATE STATISTICS s ON id, name FROM parent",
    "CREATE POLICY more ON tenant USING (true)",
    "COMMENT ON TABLE audit IS 'a comment'",
    "GRANT SELECT ON audit TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    "SELECT lo_from_bytea(0, 'x')",
    "ANALYZE parent",
    "VACUUM parent",
    "VACUUM FULL audit",
    "VACUUM FULL pg_class",
    "VACUUM (FREEZE) parent",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET app.x = 1', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''x''', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO PUBLIC', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 50', current_database()); END $$",
    "CREATE PUBLICATION pub FOR ALL TABLES",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()""",
    "UPDATE pg_class SET relpages = 99 WHERE relname = 'audit'",
    "PREPARE TRANSACTION 'prepared by a test'",
)
