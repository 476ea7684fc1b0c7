"""Roles, privileges, the database and what is outside of schemas: on a server of one's own."""

from __future__ import annotations

from collections.abc import Mapping

from tests.catalog.mend_cases.outside import OUTSIDE_SCHEMAS

SHARED: Mapping[str, tuple[str, str]] = {
    "role": ("", "CREATE ROLE @a LOGIN CREATEDB BYPASSRLS CONNECTION LIMIT 5; COMMENT ON ROLE @a IS $$it's$$"),
    "role_until": ("", "CREATE ROLE @a NOINHERIT CREATEROLE VALID UNTIL '2030-01-01 00:00:00+00'"),
    "role_attributes": ("CREATE ROLE @a", "ALTER ROLE @a LOGIN CREATEDB CONNECTION LIMIT 3 VALID UNTIL '2031-01-01'"),
    "role_setting": ("CREATE ROLE @a", "ALTER ROLE @a SET search_path = \"$user\", 'it''s', public"),
    "role_setting_value": (
        "CREATE ROLE @a; ALTER ROLE @a SET work_mem = '2MB'",
        "ALTER ROLE @a SET work_mem = '3MB'",
    ),
    "role_setting_here": (
        "CREATE ROLE @a",
        "DO $$ BEGIN EXECUTE format('ALTER ROLE @a IN DATABASE %I SET jit = off', current_database()); END $$",
    ),
    "membership": ("CREATE ROLE @a; CREATE ROLE @b", "GRANT @a TO @b"),
    "membership_admin": ("CREATE ROLE @a; CREATE ROLE @b; GRANT @a TO @b", "GRANT @a TO @b WITH ADMIN OPTION"),
    "defaults": (
        "CREATE ROLE @a; CREATE ROLE @b",
        "ALTER DEFAULT PRIVILEGES FOR ROLE @a GRANT SELECT, INSERT ON TABLES TO @b",
    ),
    "defaults_here": (
        "CREATE ROLE @a; CREATE ROLE @b",
        "ALTER DEFAULT PRIVILEGES FOR ROLE @a IN SCHEMA defaults_here GRANT USAGE ON SEQUENCES TO @b WITH GRANT OPTION",
    ),
    "defaults_more": (
        "CREATE ROLE @a; ALTER DEFAULT PRIVILEGES FOR ROLE @a GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE @a GRANT INSERT ON TABLES TO PUBLIC",
    ),
    "defaults_revoked": (
        "CREATE ROLE @a",
        "ALTER DEFAULT PRIVILEGES FOR ROLE @a REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    ),
    "defaults_of_types": (
        "CREATE ROLE @a",
        "ALTER DEFAULT PRIVILEGES FOR ROLE @a REVOKE ALL ON TYPES FROM PUBLIC, @a",
    ),
    "defaults_of_schemas": (
        "CREATE ROLE @a; CREATE ROLE @b",
        "ALTER DEFAULT PRIVILEGES FOR ROLE @a GRANT USAGE ON SCHEMAS TO @b",
    ),
    "owner_of_table": ("CREATE ROLE @a; CREATE TABLE t (id serial)", "ALTER TABLE t OWNER TO @a"),
    "owner_of_view": ("CREATE ROLE @a; CREATE VIEW v AS SELECT 1 AS x", "ALTER VIEW v OWNER TO @a"),
    "owner_of_function": (
        "CREATE ROLE @a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION f() OWNER TO @a",
    ),
    "owner_of_types": (
        "CREATE ROLE @a; CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS int",
        "ALTER TYPE e OWNER TO @a; ALTER DOMAIN d OWNER TO @a",
    ),
    "owner_of_base_type": (
        """CREATE ROLE @a; CREATE TYPE b; CREATE TYPE shell;
        CREATE FUNCTION reads(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION writes(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE TYPE b (INPUT = reads, OUTPUT = writes)""",
        "ALTER TYPE b OWNER TO @a; ALTER TYPE shell OWNER TO @a; GRANT USAGE ON TYPE b TO @a WITH GRANT OPTION",
    ),
    "owner_of_aggregate": (
        "CREATE ROLE @a; CREATE ROLE @b; CREATE AGGREGATE n(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0')",
        "ALTER AGGREGATE n(*) OWNER TO @a; GRANT EXECUTE ON FUNCTION n() TO @b",
    ),
    "owner_of_operators": (
        """CREATE ROLE @a; CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
        CREATE OPERATOR CLASS c FOR TYPE int USING hash AS OPERATOR 1 ===""",
        """ALTER OPERATOR === (int, int) OWNER TO @a; ALTER OPERATOR CLASS c USING hash OWNER TO @a;
        ALTER OPERATOR FAMILY c USING hash OWNER TO @a""",
    ),
    "owner_of_words": (
        """CREATE ROLE @a; CREATE COLLATION c FROM "C"; CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple);
        CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)""",
        """ALTER COLLATION c OWNER TO @a; ALTER TEXT SEARCH DICTIONARY d OWNER TO @a;
        ALTER TEXT SEARCH CONFIGURATION c OWNER TO @a""",
    ),
    "owner_of_schema": (
        "CREATE ROLE @a",
        "ALTER SCHEMA owner_of_schema OWNER TO @a; COMMENT ON SCHEMA owner_of_schema IS 'x'",
    ),
    "owner_beside": (
        """CREATE ROLE @a SUPERUSER; CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t;
        CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f(); CREATE PUBLICATION p;
        CREATE SUBSCRIPTION u CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE)""",
        """ALTER STATISTICS s OWNER TO @a; ALTER EVENT TRIGGER e OWNER TO @a; ALTER PUBLICATION p OWNER TO @a;
        ALTER SUBSCRIPTION u OWNER TO @a""",
    ),
    "owner_and_grants": (
        "CREATE ROLE @a; CREATE ROLE @b; CREATE TABLE t (id int)",
        "ALTER TABLE t OWNER TO @a; GRANT SELECT ON t TO @b; REVOKE DELETE ON t FROM @a",
    ),
    "grants": (
        "CREATE ROLE @a; CREATE ROLE @b; CREATE TABLE t (id int); GRANT USAGE ON SCHEMA grants TO @a",
        "GRANT SELECT, UPDATE ON t TO @a WITH GRANT OPTION; SET ROLE @a; GRANT SELECT ON t TO @b; RESET ROLE",
    ),
    "grant_option": (
        "CREATE ROLE @a; CREATE TABLE t (id int); GRANT SELECT ON t TO @a",
        "GRANT SELECT ON t TO @a WITH GRANT OPTION",
    ),
    "grants_on_schema": ("CREATE ROLE @a", "GRANT USAGE, CREATE ON SCHEMA grants_on_schema TO @a"),
    "grants_on_sequence": ("CREATE ROLE @a; CREATE SEQUENCE s", "GRANT USAGE ON SEQUENCE s TO @a"),
    "grants_on_domain": (
        "CREATE ROLE @a; CREATE DOMAIN d AS int",
        "REVOKE USAGE ON DOMAIN d FROM PUBLIC; GRANT USAGE ON DOMAIN d TO @a",
    ),
    "policy_roles": (
        "CREATE ROLE @a; CREATE TABLE t (id int); CREATE POLICY p ON t USING (true)",
        "ALTER POLICY p ON t TO @a",
    ),
    **OUTSIDE_SCHEMAS,
}
"""Name -> SQL before, SQL that changes. The name is a schema and the search path; @a and @b are roles of the case."""

WITHOUT_NAME = """
ALTER ROLE ALL SET work_mem = '9MB';
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 77', current_database());
    EXECUTE format('ALTER DATABASE %I SET search_path = "$user", public, "A b"', current_database());
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'it''s 100%');
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('ALTER DATABASE %I OWNER TO "database a"', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO "database b"', current_database());
END $$;
"""
"""What changes the database itself, and settings of all roles."""


def statements(name: str, *, changed: bool) -> bytes:
    """Return what makes a case, in a schema that is called like it."""
    base, change = SHARED[name]
    text = f"CREATE SCHEMA {name}; SET search_path = {name}; {base}; {change if changed else ''}"
    return text.replace("@a", f'"{name} a"').replace("@b", f'"{name} b"').encode()
