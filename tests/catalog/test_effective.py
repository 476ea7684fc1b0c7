"""What a catalog says that roles can do is what has_*_privilege says, whatever leads to it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.effective import OWNERSHIP, declared_roles, effective_privileges
from pgassay.catalog.grantable import KINDS as KINDS_WITH_PRIVILEGES
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import RoleName
from pgassay.catalog.roles_map import PUBLIC
from pgassay.catalog.serialize import field_types
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server

Connection = psycopg.Connection[tuple[object, ...]]

ROLES = ("anna", 'Ben "x"', "cara", "dora", "emil")
PREDEFINED = ("pg_read_all_data", "pg_write_all_data", "pg_monitor")
OBJECTS = {
    "SCHEMA": ("public", "s"),
    "TABLE": ("public.t", "s.t", "s.v", "s.m"),
    "SEQUENCE": ("s.q",),
    "FUNCTION": ("s.f(integer)", "s.f(text)"),
    "PROCEDURE": ("s.p()",),
    "FOREIGN DATA WRAPPER": ("wrapped",),
    "FOREIGN SERVER": ("far",),
    "LANGUAGE": ("again",),
    "TABLESPACE": ("fast",),
    "LARGE OBJECT": ("4242",),
    "PARAMETER": ("log_statement", "mine.x"),
}
PRIVILEGES = {
    "SCHEMA": ("USAGE", "CREATE"),
    "TABLE": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"),
    "SEQUENCE": ("USAGE", "SELECT", "UPDATE"),
    "FUNCTION": ("EXECUTE",),
    "PROCEDURE": ("EXECUTE",),
    "FOREIGN DATA WRAPPER": ("USAGE",),
    "FOREIGN SERVER": ("USAGE",),
    "LANGUAGE": ("USAGE",),
    "TABLESPACE": ("CREATE",),
    "LARGE OBJECT": ("SELECT", "UPDATE"),
    "PARAMETER": ("SET", "ALTER SYSTEM"),
}
SINCE = {"PARAMETER": 15, "LARGE OBJECT": 18}
"""Whose privileges the server tells since when."""
NAMES_IN_ALTER = {
    "public.t": "TABLE",
    "s.t": "TABLE",
    "s.v": "VIEW",
    "s.m": "MATERIALIZED VIEW",
    "far": "SERVER",
}
SCHEMA = """
CREATE SCHEMA s;
CREATE TABLE public.t (a int, "b (c)" int);
CREATE TABLE s.t (a int, "b (c)" int);
CREATE VIEW s.v AS SELECT a, "b (c)" FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT a, "b (c)" FROM s.t;
CREATE SEQUENCE s.q;
CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1';
CREATE FOREIGN DATA WRAPPER wrapped;
CREATE SERVER far FOREIGN DATA WRAPPER wrapped;
CREATE TRUSTED LANGUAGE again HANDLER plpgsql_call_handler;
SELECT lo_create(4242);
SET allow_in_place_tablespaces = on;
"""

# What the server says of one role, at once or as any role that it may become. A superuser may become anybody.
REFEREE = """
WITH acting AS (
    SELECT r.oid FROM pg_roles AS r WHERE r.rolname = %(role)s OR pg_has_role(%(role)s, r.oid, {set_role})
), object AS (
    SELECT 'r' AS kind, c.oid, c.relowner AS owner, c.oid::regclass::text AS name, w.word
      FROM pg_class AS c,
           unnest('{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER{maintain}}}'::text[]) AS w (word)
     WHERE c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm')
     UNION ALL
    SELECT 'S', c.oid, c.relowner, c.oid::regclass::text, w.word
      FROM pg_class AS c, unnest('{{USAGE,SELECT,UPDATE}}'::text[]) AS w (word)
     WHERE c.oid >= 16384 AND c.relkind = 'S'
     UNION ALL
    SELECT 'f', p.oid, p.proowner, p.oid::regprocedure::text, 'EXECUTE' FROM pg_proc AS p WHERE p.oid >= 16384
     UNION ALL
    SELECT 'n', n.oid, n.nspowner, n.nspname, w.word
      FROM pg_namespace AS n, unnest('{{USAGE,CREATE}}'::text[]) AS w (word)
     WHERE n.nspname IN ('public', 's')
     UNION ALL
    SELECT 'd', d.oid, d.datdba, 'database', w.word
      FROM pg_database AS d, unnest('{{CONNECT,CREATE,TEMPORARY}}'::text[]) AS w (word)
     WHERE d.datname = current_database()
     UNION ALL
    SELECT 'W', w.oid, w.fdwowner, w.fdwname, 'USAGE' FROM pg_foreign_data_wrapper AS w
     UNION ALL
    SELECT 'F', s.oid, s.srvowner, s.srvname, 'USAGE' FROM pg_foreign_server AS s
     UNION ALL
    SELECT 'l', l.oid, l.lanowner, l.lanname, 'USAGE' FROM pg_language AS l WHERE l.oid >= 16384
     UNION ALL
    SELECT 't', t.oid, t.spcowner, t.spcname, 'CREATE' FROM pg_tablespace AS t WHERE t.oid >= 16384
    {later}
)
SELECT o.kind || ' ' || o.name, o.word
  FROM object AS o
 WHERE EXISTS (
           SELECT FROM acting AS a
            WHERE CASE o.kind
                      WHEN 'r' THEN has_table_privilege(a.oid, o.oid, o.word)
                      WHEN 'S' THEN has_sequence_privilege(a.oid, o.oid, o.word)
                      WHEN 'f' THEN has_function_privilege(a.oid, o.oid, o.word)
                      WHEN 'W' THEN has_foreign_data_wrapper_privilege(a.oid, o.oid, o.word)
                      WHEN 'F' THEN has_server_privilege(a.oid, o.oid, o.word)
                      WHEN 'l' THEN has_language_privilege(a.oid, o.oid, o.word)
                      WHEN 't' THEN has_tablespace_privilege(a.oid, o.oid, o.word)
                      {told_later}
                      WHEN 'n' THEN has_schema_privilege(a.oid, o.oid, o.word)
                      ELSE has_database_privilege(a.oid, o.oid, o.word)
                  END)
 UNION
SELECT o.kind || ' ' || o.name, 'OWNERSHIP'
  FROM object AS o
 WHERE EXISTS (SELECT FROM acting AS a WHERE pg_has_role(a.oid, o.owner, 'USAGE')) AND o.owner <> 0
 UNION
SELECT 'r ' || c.oid::regclass::text, w.word || ' (' || quote_ident(a.attname) || ')'
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0,
       unnest('{{SELECT,INSERT,UPDATE,REFERENCES}}'::text[]) AS w (word)
 WHERE c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm')
   AND EXISTS (SELECT FROM acting AS x WHERE has_column_privilege(x.oid, c.oid, a.attnum, w.word))
   AND NOT EXISTS (SELECT FROM acting AS x WHERE has_table_privilege(x.oid, c.oid, w.word))
"""
# Parameters have no owner. Of some nothing is granted but to the superuser that initdb made, who needs it not.
PARAMETERS = """
     UNION ALL
    SELECT 'p', 0, 0, p.parname, w.word
      FROM pg_parameter_acl AS p, unnest('{SET,ALTER SYSTEM}'::text[]) AS w (word)
     WHERE EXISTS (SELECT FROM aclexplode(p.paracl) AS g WHERE g.grantee <> 10)
"""
LARGE_OBJECTS = """
     UNION ALL
    SELECT 'L', l.oid, l.lomowner, l.oid::text, w.word
      FROM pg_largeobject_metadata AS l, unnest('{SELECT,UPDATE}'::text[]) AS w (word)
"""
TOLD = {
    15: (PARAMETERS, "WHEN 'p' THEN has_parameter_privilege(a.oid, o.name, o.word)"),
    18: (LARGE_OBJECTS, "WHEN 'L' THEN has_largeobject_privilege(a.oid, o.oid, o.word)"),
}
NOT_GIVEN_AWAY = {"FOREIGN DATA WRAPPER", "PARAMETER"}
"""Only a superuser may own the first, and nobody owns the second."""
LETTERS = {
    "table": "r",
    "view": "r",
    "materialized view": "r",
    "sequence": "S",
    "function": "f",
    "schema": "n",
    "foreign-data wrapper": "W",
    "foreign server": "F",
    "language": "l",
    "tablespace": "t",
    "parameter privileges": "p",
    "large object": "L",
}


@pytest.fixture(scope="module")
def cluster(any_private_server: Server) -> Iterator[Connection]:
    name = scratch_name("effective")
    create_database(any_private_server, name)
    with any_private_server.connect(name) as connection:
        connection.execute(SCHEMA)
        connection.execute("CREATE TABLESPACE fast LOCATION ''")
        for role in ROLES:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        yield connection


def shuffle(connection: Connection, dice: random.Random) -> None:
    """Grant, revoke, and make members at random."""
    names = [sql.Identifier(role).as_string(None) for role in ROLES]
    major = connection.info.server_version // 10000
    for kind, objects in OBJECTS.items():
        for thing in objects if major >= SINCE.get(kind, 0) else ():
            word, role = dice.choice(PRIVILEGES[kind]), dice.choice([*names, "PUBLIC", "pg_database_owner"])
            columns = (
                ' (a, "b (c)")' if word in {"SELECT", "UPDATE"} and kind == "TABLE" and dice.random() < 0.6 else ""
            )
            run(connection, f"GRANT {word}{columns} ON {kind} {thing} TO {role}")
            if dice.random() < 0.3 and kind not in NOT_GIVEN_AWAY:
                run(connection, f"ALTER {NAMES_IN_ALTER.get(thing, kind)} {thing} OWNER TO {dice.choice(names)}")
            if dice.random() < 0.2:
                run(connection, f"REVOKE ALL ON {kind} {thing} FROM PUBLIC, {dice.choice(names)}")
    database = sql.Identifier(connection.info.dbname).as_string(None)
    run(connection, f"GRANT {dice.choice(('CREATE', 'TEMP'))} ON DATABASE {database} TO {dice.choice(names)}")
    run(connection, f"ALTER DATABASE {database} OWNER TO {dice.choice([*names, 'postgres'])}")
    since_17 = ["pg_maintain"] if connection.info.server_version >= 170000 else []
    for member in names:
        attributes = f"{dice.choice(('INHERIT', 'NOINHERIT'))} {'SUPERUSER' if dice.random() < 0.1 else 'NOSUPERUSER'}"
        run(connection, f"ALTER ROLE {member} {attributes}")
        for role in dice.sample([*names, *PREDEFINED, *since_17], k=2):
            how = f" WITH INHERIT {dice.choice(('TRUE', 'FALSE'))}, SET {dice.choice(('TRUE', 'FALSE'))}"
            new = connection.info.server_version >= 160000 and dice.random() < 0.7
            run(connection, f"GRANT {role} TO {member}{how if new else ''}")


def run(connection: Connection, statement: str) -> None:
    """Circles of memberships and the like are refused, which is as good."""
    try:
        connection.execute(statement.encode())
    except psycopg.errors.InvalidGrantOperation:
        return


def by_catalog(catalog: Catalog, role: str) -> set[tuple[str, str]]:
    found = effective_privileges(catalog, [RoleName(role)])
    held = set()
    for effective in found.values():
        record = effective.object
        if record.KIND == "large object" and catalog.major < 18:  # which the server does not tell
            continue
        name = ".".join(sql.Identifier(part).as_string(None) for part in record.identity[:2])
        name = name.replace('"', "").removeprefix("public.")
        if record.KIND == "function":
            name = f"{name}({record.identity[2]})"
        key = "d database" if record.KIND == "database" else f"{LETTERS[record.KIND]} {name}"
        held |= {(key, privilege) for privilege in effective.privileges}
    return held


def by_server(connection: Connection, role: str) -> set[tuple[str, str]]:
    major = connection.info.server_version // 10000
    later = [told for since, told in TOLD.items() if major >= since]
    query = REFEREE.format(
        set_role="'SET'" if major >= 16 else "'MEMBER'",
        maintain=",MAINTAIN" if major >= 17 else "",
        later="".join(rows for rows, _ in later),
        told_later=" ".join(told for _, told in later),
    )
    return {(str(key), str(word)) for key, word in connection.execute(query.encode(), {"role": role}).fetchall()}


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_the_server(cluster: Connection, seed: int) -> None:
    dice = random.Random(seed)
    shuffle(cluster, dice)
    catalog = read_catalog(cluster)
    for role in ROLES:
        assert by_catalog(catalog, role) == by_server(cluster, role), role


def test_every_kind_with_privileges_is_known() -> None:
    """But for those whose privileges are another object's, or of objects to come."""
    kinds = {kind.record.KIND for kind in KINDS if "privileges" in field_types(kind.record)}
    assert kinds == {*KINDS_WITH_PRIVILEGES, "column", "system object", "default privileges"}


def test_paths_say_how(private_server: Server) -> None:
    name = scratch_name("paths")
    create_database(private_server, name)
    with private_server.connect(name) as connection:
        connection.execute(
            """
            CREATE ROLE reader; CREATE ROLE staff NOINHERIT; CREATE ROLE boss; CREATE ROLE app;
            CREATE ROLE root SUPERUSER;
            GRANT reader TO staff; GRANT staff TO app;
            CREATE TABLE t (a int, b int); ALTER TABLE t OWNER TO boss;
            GRANT SELECT ON t TO reader; GRANT INSERT ON t TO staff; GRANT DELETE ON t TO PUBLIC;
            GRANT UPDATE (b) ON t TO app;
            """
        )
        catalog = read_catalog(connection)
    assert declared_roles(catalog) == ("app", "boss", "reader", "root", "staff")
    found = effective_privileges(catalog, [RoleName("app"), RoleName("boss"), RoleName("root"), PUBLIC])
    assert found["table public.t", RoleName("app")].paths == {
        "UPDATE (b)": "",
        "DELETE": "PUBLIC",
        "INSERT": "staff",
        "SELECT": "SET ROLE reader",
    }
    assert found["table public.t", RoleName("boss")].paths[OWNERSHIP] == ""
    assert set(found["table public.t", RoleName("root")].paths.values()) == {"PUBLIC", "superuser"}
    assert found["table public.t", PUBLIC].paths == {"DELETE": ""}
