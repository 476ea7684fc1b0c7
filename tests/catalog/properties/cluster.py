"""The cluster, the database, and what else lives in no schema."""

from __future__ import annotations

from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.kinds.system_objects import SystemObject
from tests.catalog.properties.case import BOSS, Property, Subject, altered, comment, common, privileges, updated

ROLE = '"R. ""x"" 🐘"'
GROUP = "CREATE ROLE g; CREATE ROLE m; GRANT g TO m"
"""What is the cluster's is dropped by LEFT_BEHIND."""

LEFT_BEHIND = (
    f"DROP ROLE IF EXISTS {ROLE}, g, m",
    "DROP TABLESPACE IF EXISTS slow",
    f"REVOKE ALL ON PARAMETER jit FROM {BOSS}",
    f"REVOKE ALL ON TABLESPACE pg_default FROM {BOSS}",
)

CLUSTER = (
    Subject(
        Role,
        f"role {ROLE}",
        f"CREATE ROLE {ROLE}",
        {
            **altered(
                f"ALTER ROLE {ROLE}",
                superuser=("SUPERUSER", "NOSUPERUSER"),
                inherit=("NOINHERIT", "INHERIT"),
                create_role=("CREATEROLE", "NOCREATEROLE"),
                create_db=("CREATEDB", "NOCREATEDB"),
                login=("LOGIN", "NOLOGIN"),
                replication=("REPLICATION", "NOREPLICATION"),
                bypass_rls=("BYPASSRLS", "NOBYPASSRLS"),
                connection_limit=("CONNECTION LIMIT 3", "CONNECTION LIMIT -1"),
            ),
            **updated("pg_authid", "rolname ~ '^R. '", valid_until=("rolvaliduntil", "NULL | '2030-01-01'")),
            **comment(f"ROLE {ROLE}"),
        },
    ),
    Subject(
        Membership,
        "membership g.m.postgres",
        GROUP,
        {
            "admin": Property("GRANT g TO m WITH ADMIN OPTION", "REVOKE ADMIN OPTION FOR g FROM m"),
            "inherit": Property("GRANT g TO m WITH INHERIT FALSE", "GRANT g TO m WITH INHERIT TRUE", since=16),
            "set": Property("GRANT g TO m WITH SET FALSE", "GRANT g TO m WITH SET TRUE", since=16),
        },
    ),
    Subject(
        RoleSetting,
        f"role setting {ROLE}.cluster.work_mem",
        f"CREATE ROLE {ROLE}; ALTER ROLE {ROLE} SET work_mem = '2MB'",
        altered(f"ALTER ROLE {ROLE} SET work_mem =", value=("'3MB'", "'2MB'")),
    ),
    Subject(
        Tablespace,
        "tablespace slow",
        "CREATE TABLESPACE slow LOCATION ''",
        {
            **altered("ALTER TABLESPACE slow", options=("SET (seq_page_cost = 2)", "RESET (seq_page_cost)")),
            **common("TABLESPACE slow", "CREATE ON TABLESPACE slow"),
        },
    ),
    Subject(
        ParameterPrivileges,
        "parameter privileges jit",
        f"GRANT SET ON PARAMETER jit TO {BOSS}",
        privileges("ALTER SYSTEM ON PARAMETER jit"),
        15,
    ),
    Subject(
        RoleSecurityLabel,
        f"security label on role {ROLE} for p",
        f"""CREATE ROLE {ROLE}; INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
        SELECT oid, 'pg_authid'::regclass, 'p', 'x' FROM pg_roles WHERE rolname ~ '^R. '""",
        updated("pg_shseclabel", "provider = 'p'", label_text=("label", "'x' | 'it''s'")),
    ),
)

CITEXT_EQ = "FUNCTION citext_eq(citext, citext)"


def without_comment(properties: dict[str, Property]) -> dict[str, Property]:
    """Leave out the comment, which an extension gives its members."""
    return {name: change for name, change in properties.items() if name != "comment"}


HERE = "datname = current_database()"


def here(action: str) -> str:
    """Make the statement that does something to this database."""
    return f"DO $do$ BEGIN EXECUTE format($$ {action} $$, current_database()); END $do$"


DATABASE = (
    Subject(
        Database,
        "database",
        "",
        {
            "connection_limit": Property(
                here("ALTER DATABASE %I CONNECTION LIMIT 7"), here("ALTER DATABASE %I CONNECTION LIMIT -1")
            ),
            "settings": Property(here("ALTER DATABASE %I SET jit = off"), here("ALTER DATABASE %I RESET jit")),
            "owner": Property(
                here(f"ALTER DATABASE %I OWNER TO {BOSS}"), here("ALTER DATABASE %I OWNER TO postgres"), ("privileges",)
            ),
            "privileges": Property(
                here(f"GRANT CREATE ON DATABASE %I TO {BOSS}"), here(f"REVOKE CREATE ON DATABASE %I FROM {BOSS}")
            ),
            "comment": Property(here("COMMENT ON DATABASE %I IS 'x'"), here("COMMENT ON DATABASE %I IS NULL")),
            **updated("pg_database", HERE, allow_connections=("datallowconn", "true | false")),
        },
    ),
    Subject(Schema, 'schema "S. x"', 'CREATE SCHEMA "S. x"', common('SCHEMA "S. x"', 'USAGE ON SCHEMA "S. x"')),
    Subject(
        Extension,
        "extension citext",
        "CREATE SCHEMA other; CREATE EXTENSION citext",
        {
            **updated(
                "pg_extension",
                "extname = 'citext'",
                version=(
                    "extversion",
                    "(SELECT default_version FROM pg_available_extensions WHERE name = 'citext') | '0'",
                ),
                schema=("extnamespace", "'public'::regnamespace | 'other'::regnamespace"),
                owner=("extowner", f"'postgres'::regrole | '{BOSS}'::regrole"),
            ),
            "members": Property(
                "CREATE VIEW v AS SELECT 1 AS a; ALTER EXTENSION citext ADD VIEW v",
                "ALTER EXTENSION citext DROP VIEW v; DROP VIEW v",
            ),
            "comment": Property("COMMENT ON EXTENSION citext IS 'x'", "COMMENT ON EXTENSION citext IS NULL"),
        },
    ),
    Subject(
        DefaultPrivileges,
        'default privileges postgres."".tables',
        f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {BOSS}",
        altered(
            "ALTER DEFAULT PRIVILEGES",
            privileges=(f"GRANT INSERT ON TABLES TO {BOSS}", f"REVOKE INSERT ON TABLES FROM {BOSS}"),
        ),
    ),
    Subject(
        LargeObject,
        "large object 4242",
        "SELECT lo_create(4242)",
        common("LARGE OBJECT 4242", "SELECT ON LARGE OBJECT 4242"),
    ),
    Subject(
        SystemObject,
        "tablespace pg_default",
        f"GRANT CREATE ON TABLESPACE pg_default TO {BOSS}",
        altered("ALTER TABLESPACE pg_default", options=("SET (seq_page_cost = 2)", "RESET (seq_page_cost)")),
    ),
    Subject(
        SystemObject,
        "function public.citext_eq(public.citext,public.citext)",
        "CREATE EXTENSION citext; REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM PUBLIC",
        {
            **without_comment(common(CITEXT_EQ, f"EXECUTE ON {CITEXT_EQ}")),
            "extension": Property(
                "UPDATE pg_depend SET refobjid = (SELECT oid FROM pg_extension WHERE extname = 'plpgsql')"
                " WHERE deptype = 'e' AND objid = 'citext_eq(citext, citext)'::regprocedure",
                "UPDATE pg_depend SET refobjid = (SELECT oid FROM pg_extension WHERE extname = 'citext')"
                " WHERE deptype = 'e' AND objid = 'citext_eq(citext, citext)'::regprocedure",
                others=("extension citext", "extension plpgsql"),
            ),
        },
    ),
    Subject(
        SecurityLabel,
        "security label on table public.t for p",
        """CREATE TABLE t (); INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
        VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'p', 'x')""",
        updated("pg_seclabel", "provider = 'p'", label_text=("label", "'x' | 'it''s'")),
    ),
)
