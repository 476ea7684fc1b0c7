"""Views, constraints and indexes."""

from __future__ import annotations

from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.views import MaterializedView, View
from tests.catalog.properties.case import Property, Subject, altered, anew, comment, common, updated

HEAP = "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;"
VIEW = "CREATE VIEW v AS SELECT a, b FROM t"
KEPT = "CREATE MATERIALIZED VIEW m USING heap AS SELECT a, b FROM t"

VIEWS = (
    Subject(
        View,
        "view public.v",
        f"CREATE TABLE t (a int, b int); {VIEW}",
        {
            **anew(
                "DROP VIEW v",
                VIEW,
                columns=("a, b", "b, a", "definition"),
                definition=("FROM t", "FROM t WHERE a > 0"),
            ),
            **altered("ALTER VIEW v", options=("SET (security_barrier)", "RESET (security_barrier)")),
            **common("VIEW v", "SELECT ON v"),
        },
    ),
    Subject(
        MaterializedView,
        "materialized view public.m",
        f"{HEAP} CREATE TABLE t (a int, b int); {KEPT}",
        {
            **anew(
                "DROP MATERIALIZED VIEW m",
                KEPT,
                columns=("a, b", "b, a", "definition"),
                definition=("FROM t", "FROM t WHERE a > 0"),
                populated=("FROM t", "FROM t WITH NO DATA"),
                access_method=("heap", "other"),
            ),
            **altered(
                "ALTER MATERIALIZED VIEW m",
                options=("SET (fillfactor = 50)", "RESET (fillfactor)"),
                tablespace=("SET TABLESPACE fast", "SET TABLESPACE pg_default"),
            ),
            **common("MATERIALIZED VIEW m", "SELECT ON m"),
        },
    ),
)

CHECK = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"
KEY = "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES one (a)"
DEFERRABLE = KEY + " DEFERRABLE"
BASES = "CREATE TABLE t (a int, b int); CREATE TABLE one (a int UNIQUE, b int UNIQUE); CREATE TABLE two (a int UNIQUE);"
DROP = "ALTER TABLE t DROP CONSTRAINT c"
UNIQUE = "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)"
OF_PARTS = (
    "CREATE TABLE parts (a int) PARTITION BY RANGE (a); CREATE TABLE t PARTITION OF parts FOR VALUES FROM (1) TO (2);"
)

CONSTRAINTS = (
    Subject(
        Constraint,
        "constraint public.t.c",
        f"{BASES} {CHECK}",
        {
            **anew(
                DROP,
                CHECK,
                definition=("a > 0", "a > 1"),
                validated=("(a > 0)", "(a > 0) NOT VALID"),
                no_inherit=("(a > 0)", "(a > 0) NO INHERIT", "definition"),
                columns=("a > 0", "b > 0", "definition"),
                constraint_type=(
                    "CHECK (a > 0)",
                    "FOREIGN KEY (a) REFERENCES one (a)",
                    "definition",
                    "references",
                    "referenced_columns",
                    "on_update",
                    "on_delete",
                    "match",
                ),
            ),
            **comment("CONSTRAINT c ON t"),
        },
    ),
    Subject(
        Constraint,
        "constraint public.t.c",
        f"{BASES} {CHECK}",
        anew(DROP, CHECK, enforced=("(a > 0)", "(a > 0) NOT ENFORCED", "definition", "validated")),
        18,
    ),
    Subject(
        Constraint,
        "constraint public.t.c",
        f"{BASES} {DEFERRABLE}",
        {
            **anew(
                DROP,
                DEFERRABLE,
                references=("one (a)", "two (a)", "definition"),
                referenced_columns=("one (a)", "one (b)", "definition"),
                on_update=("one (a)", "one (a) ON UPDATE CASCADE", "definition"),
                on_delete=("one (a)", "one (a) ON DELETE SET NULL", "definition"),
                match=("one (a)", "one (a) MATCH FULL", "definition"),
                deferrable=("DEFERRABLE", "", "definition"),
                deferred=("DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "definition"),
            ),
            **altered("ALTER TABLE t", fires=("DISABLE TRIGGER ALL", "ENABLE TRIGGER ALL")),
        },
    ),
    Subject(
        Constraint,
        "constraint public.t.c",
        "CREATE TABLE base (a int, CONSTRAINT c CHECK (a > 0)); CREATE TABLE t () INHERITS (base)",
        {
            "local": Property(
                "DROP TABLE t; CREATE TABLE t (CONSTRAINT c CHECK (a > 0)) INHERITS (base)",
                "DROP TABLE t; CREATE TABLE t () INHERITS (base)",
            )
        },
    ),
    Subject(
        Constraint,
        "constraint public.t.c",
        f"{OF_PARTS} ALTER TABLE ONLY parts ADD CONSTRAINT whole UNIQUE (a); {UNIQUE}",
        {
            "parent": Property(
                "ALTER INDEX whole ATTACH PARTITION c",
                "ALTER TABLE parts DROP CONSTRAINT whole; ALTER TABLE ONLY parts ADD CONSTRAINT whole UNIQUE (a);"
                + UNIQUE,
                ("local",),
                ("index public.c", "index public.whole"),
            )
        },
    ),
)

INDEX = "CREATE INDEX i ON t USING btree (a) INCLUDE (b) WITH (fillfactor = 70)"
ONCE = "CREATE UNIQUE INDEX i ON t (a)"
ROW = "indexrelid = 'i'::regclass"

INDEXES = (
    Subject(
        Index,
        "index public.i",
        f"CREATE TABLE t (a int, b int, c int); CREATE TABLE u (a int, b int, c int); {INDEX}",
        {
            **anew(
                "DROP INDEX i",
                INDEX,
                table=("ON t", "ON u"),
                columns=("(a)", "(a DESC)"),
                include=("(b)", "(c)"),
                predicate=("WITH (fillfactor = 70)", "WITH (fillfactor = 70) WHERE a > 0"),
                unique=("CREATE INDEX", "CREATE UNIQUE INDEX"),
            ),
            **altered(
                "ALTER INDEX i",
                options=("SET (fillfactor = 80)", "SET (fillfactor = 70)"),
                tablespace=("SET TABLESPACE fast", "SET TABLESPACE pg_default"),
            ),
            "clustered": Property("ALTER TABLE t CLUSTER ON i", "ALTER TABLE t SET WITHOUT CLUSTER"),
            **updated(
                "pg_index",
                ROW,
                valid=("indisvalid", "true | false"),
                ready=("indisready", "true | false"),
                live=("indislive", "true | false"),
                immediate=("indimmediate", "true | false"),
                primary=("indisprimary", "false | true"),
                exclusion=("indisexclusion", "false | true"),
            ),
            **comment("INDEX i"),
        },
    ),
    Subject(
        Index,
        "index public.i",
        "CREATE TABLE t (a text); CREATE INDEX i ON t USING gist (to_tsvector('english', a))",
        updated(
            "pg_class",
            "oid = 'i'::regclass",
            method=(
                "relam",
                "(SELECT oid FROM pg_am WHERE amname = 'gist') | (SELECT oid FROM pg_am WHERE amname = 'gin')",
            ),
        ),
    ),
    Subject(
        Index,
        "index public.i",
        f"CREATE TABLE t (a int); {ONCE}",
        anew("DROP INDEX i", ONCE, nulls_not_distinct=("(a)", "(a) NULLS NOT DISTINCT")),
        15,
    ),
    Subject(
        Index,
        "index public.i",
        f"CREATE TABLE t (a int); {ONCE}",
        {
            "constraint": Property(
                "ALTER TABLE t ADD CONSTRAINT i UNIQUE USING INDEX i",
                f"ALTER TABLE t DROP CONSTRAINT i; {ONCE}",
                others=("constraint public.t.i",),
            )
        },
    ),
    Subject(
        Index,
        "index public.i",
        f"{OF_PARTS} CREATE INDEX whole ON ONLY parts (a); CREATE INDEX i ON t (a)",
        {
            "parents": Property(
                "ALTER INDEX whole ATTACH PARTITION i",
                "DROP INDEX whole; CREATE INDEX whole ON ONLY parts (a); CREATE INDEX i ON t (a)",
                others=("index public.whole",),
            )
        },
    ),
)
