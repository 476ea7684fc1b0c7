"""Foreign data, languages, casts, conversions, access methods and large objects."""

from __future__ import annotations

from tests.catalog.mend_cases.case import ODD, Case, both_ways, missing_and_extra

CONVERSION = "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;"


FAR = """
    DO $$ BEGIN CREATE FOREIGN DATA WRAPPER far; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    CREATE SERVER IF NOT EXISTS far FOREIGN DATA WRAPPER far;
    CREATE SERVER IF NOT EXISTS far_2 FOREIGN DATA WRAPPER far;
"""
FOREIGN = f"{FAR} CREATE FOREIGN TABLE t (a int OPTIONS (n 'b')) SERVER far OPTIONS (x 'y');"

IN_SCHEMAS: tuple[Case, ...] = (
    *missing_and_extra(
        "conversion",
        "",
        f"""CREATE DEFAULT CONVERSION {ODD} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
        COMMENT ON CONVERSION {ODD} IS 'it''s';""",
    ),
    *both_ways("conversion_default", "", CONVERSION, CONVERSION.replace("CREATE", "CREATE DEFAULT")),
    *both_ways(
        "conversion_encodings",
        "",
        CONVERSION + "COMMENT ON CONVERSION c IS 'stays';",
        "CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1; COMMENT ON CONVERSION c IS 'stays';",
    ),
    *both_ways("conversion_comment", CONVERSION, "COMMENT ON CONVERSION c IS 'x';", ""),
    *missing_and_extra(
        "foreign_table",
        FAR,
        f"""CREATE FOREIGN TABLE {ODD} (
            {ODD} varchar(9) OPTIONS ("it's" 'it''s', n '') COLLATE "C" NOT NULL DEFAULT 'x', CHECK ({ODD} <> ''), b int
        ) SERVER far OPTIONS ("a b" 'x=y', n '\\');
        ALTER FOREIGN TABLE {ODD} ALTER b SET (n_distinct = 5), ALTER b SET STATISTICS 7;
        COMMENT ON FOREIGN TABLE {ODD} IS 'x'; COMMENT ON COLUMN {ODD}.b IS 'y'; GRANT SELECT ON {ODD} TO PUBLIC;""",
    ),
    *both_ways(
        "foreign_table_options",
        FOREIGN,
        """ALTER FOREIGN TABLE t OPTIONS (SET x 'z', ADD "A b" '');
        ALTER FOREIGN TABLE t ALTER a OPTIONS (SET n 'c');""",
        "ALTER FOREIGN TABLE t OPTIONS (DROP x, ADD q 'r'); ALTER FOREIGN TABLE t ALTER a OPTIONS (DROP n, ADD o 'p');",
    ),
    *both_ways(
        "foreign_table_server",
        FAR,
        "CREATE FOREIGN TABLE t (a int) SERVER far; COMMENT ON FOREIGN TABLE t IS 'stays';",
        "CREATE FOREIGN TABLE t (a int) SERVER far_2; COMMENT ON FOREIGN TABLE t IS 'stays';",
    ),
    *both_ways(
        "foreign_table_column",
        FOREIGN,
        "ALTER FOREIGN TABLE t ADD \"B c\" text OPTIONS (n 'it''s') DEFAULT 'x';",
        "",
    ),
    *missing_and_extra(
        "foreign_partition",
        FAR + "CREATE TABLE p (id int, k text) PARTITION BY RANGE (id);",
        """CREATE FOREIGN TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10)
        SERVER far OPTIONS (x 'y');""",
    ),
)

WRAPPER, SERVER, LANGUAGE, METHOD = (f'"{{}}. ""{word}"" 😀"' for word in ("w", "s", "l", "m"))
MADE_WRAPPER = f"CREATE FOREIGN DATA WRAPPER {WRAPPER} OPTIONS (a '1', b '2');"
MADE_SERVER = (
    f"{MADE_WRAPPER} CREATE SERVER {SERVER} VERSION '1' FOREIGN DATA WRAPPER {WRAPPER} OPTIONS (a '1', b '2');"
)
CHANGED = "OPTIONS (SET a 'it''s', DROP b, ADD \"c d\" '')"
PAIR = """
    CREATE TYPE pair AS (x int); CREATE FUNCTION to_int(pair) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION taken(internal) RETURNS pair LANGUAGE internal STABLE AS 'record_recv';
"""
CAST = "CREATE CAST (pair AS int) WITH FUNCTION to_int(pair); COMMENT ON CAST (pair AS int) IS 'stays';"
MADE_LANGUAGE = f"CREATE TRUSTED LANGUAGE {LANGUAGE} HANDLER plpgsql_call_handler;"
TRANSFORM = f"CREATE OR REPLACE TRANSFORM FOR pair LANGUAGE {LANGUAGE}"
MADE_METHOD = f"CREATE ACCESS METHOD {METHOD} TYPE TABLE HANDLER heap_tableam_handler;"

_OUTSIDE_SCHEMAS = {
    "wrapper": (
        "CREATE ROLE @a",
        f"""CREATE FOREIGN DATA WRAPPER {WRAPPER} VALIDATOR postgresql_fdw_validator;
        COMMENT ON FOREIGN DATA WRAPPER {WRAPPER} IS 'it''s'; GRANT USAGE ON FOREIGN DATA WRAPPER {WRAPPER} TO @a""",
    ),
    "wrapper_functions": (
        f"CREATE FOREIGN DATA WRAPPER {WRAPPER}",
        f"ALTER FOREIGN DATA WRAPPER {WRAPPER} VALIDATOR postgresql_fdw_validator",
    ),
    "wrapper_options": (MADE_WRAPPER, f"ALTER FOREIGN DATA WRAPPER {WRAPPER} {CHANGED}"),
    "wrapper_owner": (
        f"CREATE ROLE @a SUPERUSER; {MADE_WRAPPER}",
        f"ALTER FOREIGN DATA WRAPPER {WRAPPER} OWNER TO @a",
    ),
    "wrapper_comment": (MADE_WRAPPER, f"COMMENT ON FOREIGN DATA WRAPPER {WRAPPER} IS 'x'"),
    "server": (
        f"CREATE ROLE @a; {MADE_WRAPPER}",
        f"""CREATE SERVER {SERVER} TYPE 'it''s' VERSION '\\' FOREIGN DATA WRAPPER {WRAPPER} OPTIONS (a 'x=y', "b c" '');
        COMMENT ON SERVER {SERVER} IS 'x'; GRANT USAGE ON FOREIGN SERVER {SERVER} TO @a WITH GRANT OPTION;
        CREATE USER MAPPING FOR @a SERVER {SERVER} OPTIONS (user 'it''s');
        CREATE USER MAPPING FOR PUBLIC SERVER {SERVER}; ALTER SERVER {SERVER} OWNER TO @a""",
    ),
    "server_version": (MADE_SERVER, f"ALTER SERVER {SERVER} VERSION '2'"),
    "server_without_version": (MADE_SERVER, f"ALTER SERVER {SERVER} VERSION NULL"),
    "server_options": (MADE_SERVER, f"ALTER SERVER {SERVER} {CHANGED}"),
    "server_comment": (MADE_SERVER, f"COMMENT ON SERVER {SERVER} IS 'x'"),
    "server_wrapper": (
        f"CREATE FOREIGN DATA WRAPPER another; {MADE_SERVER} CREATE USER MAPPING FOR PUBLIC SERVER {SERVER}",
        f"""DROP SERVER {SERVER} CASCADE; CREATE SERVER {SERVER} TYPE 'x' FOREIGN DATA WRAPPER another;
        CREATE USER MAPPING FOR PUBLIC SERVER {SERVER}""",
    ),
    "mapping": (
        f"CREATE ROLE @a; {MADE_SERVER}",
        f"CREATE USER MAPPING FOR @a SERVER {SERVER} OPTIONS (user 'it''s', password_required 'false')",
    ),
    "mapping_options": (
        f"CREATE ROLE @a; {MADE_SERVER} CREATE USER MAPPING FOR @a SERVER {SERVER} OPTIONS (user 'x', username 'y')",
        f"""ALTER USER MAPPING FOR @a SERVER {SERVER}
        OPTIONS (SET user 'it''s', DROP username, ADD password_required 'false')""",
    ),
    "wrapper_of_extension": (
        "CREATE ROLE @a; CREATE ROLE @b SUPERUSER; CREATE EXTENSION postgres_fdw",
        """ALTER FOREIGN DATA WRAPPER postgres_fdw OWNER TO @b;
        GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO @a WITH GRANT OPTION""",
    ),
    "server_of_extension": (
        f"CREATE ROLE @a; {MADE_SERVER} CREATE EXTENSION citext; ALTER EXTENSION citext ADD SERVER {SERVER}",
        f"GRANT USAGE ON FOREIGN SERVER {SERVER} TO @a",
    ),
    "language_of_initdb": (
        "CREATE ROLE @a",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO @a",
    ),
    "language_made": (
        "CREATE ROLE @a",
        f"""CREATE TRUSTED LANGUAGE {LANGUAGE} HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler
        VALIDATOR plpgsql_validator; COMMENT ON LANGUAGE {LANGUAGE} IS 'x';
        GRANT USAGE ON LANGUAGE {LANGUAGE} TO @a; REVOKE USAGE ON LANGUAGE {LANGUAGE} FROM PUBLIC""",
    ),
    "language_functions": (
        f"CREATE ROLE @a; {MADE_LANGUAGE} ALTER LANGUAGE {LANGUAGE} OWNER TO @a",
        MADE_LANGUAGE.replace("CREATE TRUSTED", "CREATE OR REPLACE").replace(";", " VALIDATOR plpgsql_validator"),
    ),
    "language_owner": (f"CREATE ROLE @a; {MADE_LANGUAGE}", f"ALTER LANGUAGE {LANGUAGE} OWNER TO @a"),
    "cast_made": (PAIR, CAST.replace(";", " AS IMPLICIT;", 1)),
    "cast_context": (PAIR + CAST, f"DROP CAST (pair AS int); {CAST.replace(';', ' AS ASSIGNMENT;', 1)}"),
    "cast_method": (PAIR + CAST, f"DROP CAST (pair AS int); {CAST.replace('FUNCTION to_int(pair)', 'INOUT')}"),
    "cast_comment": (PAIR + CAST, "COMMENT ON CAST (pair AS int) IS 'x'"),
    "transform_made": (
        PAIR + MADE_LANGUAGE,
        f"""{TRANSFORM} (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION taken(internal));
        COMMENT ON TRANSFORM FOR pair LANGUAGE {LANGUAGE} IS 'x'""",
    ),
    "transform_functions": (
        f"{PAIR} {MADE_LANGUAGE} {TRANSFORM} (FROM SQL WITH FUNCTION prsd_lextype(internal))",
        f"{TRANSFORM} (TO SQL WITH FUNCTION taken(internal))",
    ),
    "access_method": ("", f"{MADE_METHOD} COMMENT ON ACCESS METHOD {METHOD} IS 'x'"),
    "access_method_handler": (
        MADE_METHOD,
        f"DROP ACCESS METHOD {METHOD}; CREATE ACCESS METHOD {METHOD} TYPE INDEX HANDLER bthandler",
    ),
    "large_object": (
        "CREATE ROLE @a; CREATE ROLE @b",
        """SELECT lo_create(5001); COMMENT ON LARGE OBJECT 5001 IS 'it''s'; ALTER LARGE OBJECT 5001 OWNER TO @a;
        GRANT SELECT ON LARGE OBJECT 5001 TO @b WITH GRANT OPTION""",
    ),
    "large_object_owner": ("CREATE ROLE @a; SELECT lo_create(5002)", "ALTER LARGE OBJECT 5002 OWNER TO @a"),
    "large_object_grants": (
        "CREATE ROLE @a; SELECT lo_create(5003); REVOKE UPDATE ON LARGE OBJECT 5003 FROM postgres",
        "GRANT UPDATE ON LARGE OBJECT 5003 TO @a",
    ),
    "large_object_comment": ("SELECT lo_create(5004)", "COMMENT ON LARGE OBJECT 5004 IS 'large_object_comment.'"),
}

OUTSIDE_SCHEMAS = {
    name: (base.replace("{}", name), change.replace("{}", name)) for name, (base, change) in _OUTSIDE_SCHEMAS.items()
}
"""Name -> SQL before, SQL that changes; @a and @b are roles of the case, and what has a name begins with the case's."""
