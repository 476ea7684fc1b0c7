"""Sequences and triggers."""

from __future__ import annotations

from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.triggers import Trigger
from tests.catalog.properties.case import Property, Subject, altered, anew, comment, common, updated

SEQUENCE = "CREATE SEQUENCE s AS int START 5 INCREMENT 2 MINVALUE 2 MAXVALUE 99 CACHE 3"

SEQUENCES = (
    Subject(
        Sequence,
        "sequence public.s",
        f"CREATE TABLE t (a int); {SEQUENCE}",
        {
            **altered(
                "ALTER SEQUENCE s",
                type=("AS smallint", "AS int"),
                start=("START 6", "START 5"),
                increment=("INCREMENT 3", "INCREMENT 2"),
                minimum=("MINVALUE 1", "MINVALUE 2"),
                maximum=("MAXVALUE 98", "MAXVALUE 99"),
                cache=("CACHE 4", "CACHE 3"),
                cycle=("CYCLE", "NO CYCLE"),
                owned_by=("OWNED BY t.a", "OWNED BY NONE"),
            ),
            "persistence": Property("ALTER SEQUENCE s SET UNLOGGED", "ALTER SEQUENCE s SET LOGGED", since=15),
            **common("SEQUENCE s", "USAGE ON SEQUENCE s"),
        },
    ),
    Subject(
        Sequence,
        "sequence public.s",
        f"CREATE TABLE t (a int); {SEQUENCE} OWNED BY t.a",
        updated(
            "pg_depend",
            "objid = 's'::regclass AND refobjid = 't'::regclass",
            identity_column=("deptype", "'a' | 'i'"),
        ),
    ),
)

FUNCTIONS = """
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TABLE t (a int, b int); CREATE TABLE u (a int);
"""
TRIGGER = "CREATE TRIGGER r BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()"
GUARD = "CREATE CONSTRAINT TRIGGER r AFTER UPDATE ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()"
OLD = "CREATE TRIGGER r AFTER UPDATE ON t REFERENCING OLD TABLE AS old NEW TABLE AS new EXECUTE FUNCTION f()"
CONSTRAINT = "constraint public.t.r"

TRIGGERS = (
    Subject(
        Trigger,
        "trigger public.t.r",
        f"{FUNCTIONS} {TRIGGER}",
        {
            **anew(
                "DROP TRIGGER r ON t",
                TRIGGER,
                timing=("BEFORE", "AFTER"),
                events=("UPDATE OF a", "INSERT OR UPDATE OF a"),
                update_columns=("OF a", "OF b"),
                level=("ROW", "STATEMENT"),
                when=("ROW", "ROW WHEN (new.a > 0)"),
                function=("f()", "g()"),
                arguments=("f()", "f('it''s')"),
            ),
            **altered("ALTER TABLE t", enabled=("ENABLE REPLICA TRIGGER r", "ENABLE TRIGGER r")),
            **comment("TRIGGER r ON t"),
        },
    ),
    Subject(
        Trigger,
        "trigger public.t.r",
        f"{FUNCTIONS} {GUARD}",
        {
            name: change if name == "references" else change._replace(others=(CONSTRAINT,))
            for name, change in anew(
                "DROP TRIGGER r ON t",
                GUARD,
                constraint=(
                    "CONSTRAINT TRIGGER r AFTER UPDATE ON t DEFERRABLE",
                    "TRIGGER r AFTER UPDATE ON t",
                    "deferrable",
                ),
                deferrable=("DEFERRABLE", ""),
                deferred=("DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"),
                references=("ON t", "ON t FROM u"),
            ).items()
        },
    ),
    Subject(
        Trigger,
        "trigger public.t.r",
        f"{FUNCTIONS} {OLD}",
        anew("DROP TRIGGER r ON t", OLD, old_table=("AS old", "AS gone"), new_table=("AS new", "AS made")),
    ),
    Subject(
        Trigger,
        "trigger public.part.r",
        f"""{FUNCTIONS} CREATE TABLE p (a int) PARTITION BY RANGE (a);
        CREATE TABLE part PARTITION OF p FOR VALUES FROM (1) TO (2);
        CREATE TRIGGER r AFTER UPDATE ON part FOR EACH ROW EXECUTE FUNCTION f()""",
        {
            "parent": Property(
                "DROP TRIGGER r ON part; CREATE TRIGGER r AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION f()",
                "DROP TRIGGER r ON p; CREATE TRIGGER r AFTER UPDATE ON part FOR EACH ROW EXECUTE FUNCTION f()",
                others=("trigger public.p.r",),
            )
        },
    ),
)
