"""Operators, their classes and families, aggregates and base types."""

from __future__ import annotations

from tests.catalog.mend_cases.case import LONG, ODD, Case, both_ways, missing_and_extra

PAIR = """CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION same(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x = $2.x';
CREATE FUNCTION less(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x < $2.x';
CREATE FUNCTION order_of(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.x - $2.x';
CREATE FUNCTION negated(pair) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT $1';"""
SAME = "CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same);"
LESS = "CREATE OPERATOR <<< (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less);"
ITEMS = "OPERATOR 1 <<< (pair, pair), OPERATOR 3 === (pair, pair), FUNCTION 1 order_of(pair, pair)"
CLASS = f"CREATE OPERATOR CLASS pair_ops FOR TYPE pair USING btree AS {ITEMS};"

OPERATORS: tuple[Case, ...] = (
    *missing_and_extra(
        "operator",
        PAIR,
        """CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, COMMUTATOR = ===, NEGATOR = !==,
        RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES); COMMENT ON OPERATOR === (pair, pair) IS 'it''s';""",
    ),
    *missing_and_extra("operator_prefix", PAIR, "CREATE OPERATOR ~~~ (RIGHTARG = pair, FUNCTION = negated);"),
    *missing_and_extra(
        "operators_of_each_other",
        PAIR,
        """CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, NEGATOR = !==);
        CREATE OPERATOR !== (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less, NEGATOR = ===);""",
    ),
    *both_ways(
        "operator_function",
        PAIR,
        SAME,
        "CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less);",
    ),
    *both_ways(
        "operator_estimators", PAIR + SAME, "ALTER OPERATOR === (pair, pair) SET (RESTRICT = eqsel, JOIN = NONE);", ""
    ),
    *both_ways(
        "operator_hashes",
        PAIR,
        "CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, COMMUTATOR = ===, HASHES, MERGES);",
        SAME,
    ),
    *both_ways(
        "operator_negator",
        PAIR,
        """CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, NEGATOR = !==);
        CREATE OPERATOR !== (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less, NEGATOR = ===);""",
        SAME + "CREATE OPERATOR !== (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less);",
    ),
    *both_ways(
        "operator_shell",
        PAIR,
        "CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, NEGATOR = !==);",
        SAME + "CREATE OPERATOR !== (LEFTARG = pair, RIGHTARG = pair, FUNCTION = less);",
    ),
    *missing_and_extra(
        "operator_family",
        PAIR + SAME + LESS,
        f"""CREATE OPERATOR FAMILY {ODD} USING btree; COMMENT ON OPERATOR FAMILY {ODD} USING btree IS 'x';
        ALTER OPERATOR FAMILY {ODD} USING btree ADD {ITEMS};""",
    ),
    *both_ways(
        "operator_family_members",
        PAIR + SAME + LESS + "CREATE OPERATOR FAMILY f USING btree;",
        f"ALTER OPERATOR FAMILY f USING btree ADD {ITEMS};",
        "ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 5 <<< (pair, pair), OPERATOR 3 === (pair, pair);",
    ),
    *missing_and_extra("operator_class", PAIR + SAME + LESS, CLASS),
    *missing_and_extra(
        "operator_class_with_loose_members",
        PAIR + SAME + LESS,
        f"""CREATE OPERATOR CLASS {ODD} DEFAULT FOR TYPE pair USING btree AS {ITEMS};
        ALTER OPERATOR FAMILY {ODD} USING btree ADD FUNCTION 4 (pair, pair) btequalimage(oid);
        COMMENT ON OPERATOR CLASS {ODD} USING btree IS 'x'; COMMENT ON OPERATOR FAMILY {ODD} USING btree IS 'y';""",
    ),
    *missing_and_extra(
        "operator_class_in_a_family",
        PAIR + SAME + LESS + "CREATE OPERATOR FAMILY f USING btree;",
        f"CREATE OPERATOR CLASS c FOR TYPE pair USING btree FAMILY f AS {ITEMS};",
    ),
    *missing_and_extra(
        "operator_classes_of_one_family",
        PAIR + SAME + LESS,
        f"CREATE OPERATOR FAMILY f USING btree; CREATE OPERATOR CLASS f FOR TYPE pair USING btree AS {ITEMS};"
        "CREATE OPERATOR CLASS a FOR TYPE int4 USING btree FAMILY f AS FUNCTION 1 btint4cmp(int4, int4);",
    ),
    *missing_and_extra(
        "operator_class_of_gist",
        "",
        """CREATE OPERATOR CLASS boxes FOR TYPE polygon USING gist AS OPERATOR 3 &&,
        OPERATOR 15 <-> (polygon, point) FOR ORDER BY float_ops,
        FUNCTION 1 gist_poly_consistent(internal, polygon, smallint, oid, internal),
        FUNCTION 2 gist_box_union(internal, internal), FUNCTION 3 gist_poly_compress(internal),
        FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal),
        FUNCTION 7 gist_box_same(box, box, internal), STORAGE box;""",
    ),
    *missing_and_extra("operator_class_empty", "", "CREATE OPERATOR CLASS e FOR TYPE int USING hash AS STORAGE int;"),
    *both_ways(
        "operator_class_all",
        PAIR + SAME + LESS,
        CLASS,
        "CREATE OPERATOR CLASS pair_ops DEFAULT FOR TYPE pair USING btree AS OPERATOR 3 ===,"
        " FUNCTION 1 order_of(pair, pair); COMMENT ON OPERATOR CLASS pair_ops USING btree IS 'x';",
    ),
    # aggregates
    *missing_and_extra(
        "aggregate",
        "",
        f"""CREATE FUNCTION {ODD}(int, int, text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE AGGREGATE {ODD}(int, VARIADIC "B c" text[]) (SFUNC = {ODD}, STYPE = int);
        COMMENT ON AGGREGATE {ODD}(int, text[]) IS 'x'; REVOKE ALL ON FUNCTION {ODD}(int, text[]) FROM PUBLIC;""",
    ),
    *missing_and_extra(
        "aggregate_of_nothing", "", "CREATE AGGREGATE n(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');"
    ),
    *missing_and_extra(
        "aggregate_parallel",
        "",
        """CREATE AGGREGATE a(int8) (SFUNC = int8_avg_accum, STYPE = internal, SSPACE = 48,
        FINALFUNC = numeric_poly_avg, COMBINEFUNC = int8_avg_combine,
        SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize,
        MSFUNC = int8_avg_accum, MINVFUNC = int8_avg_accum_inv, MSTYPE = internal, MSSPACE = 49,
        MFINALFUNC = numeric_poly_avg, PARALLEL = SAFE,
        FINALFUNC_MODIFY = SHAREABLE, MFINALFUNC_MODIFY = READ_WRITE);""",
    ),
    *missing_and_extra(
        "aggregate_ordered",
        "",
        """CREATE AGGREGATE o(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
        FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);""",
    ),
    *missing_and_extra(
        "aggregate_hypothetical",
        "",
        """CREATE AGGREGATE h(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi,
        STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);""",
    ),
    *both_ways(
        "aggregate_definition",
        "",
        "CREATE AGGREGATE a(int) (SFUNC = int4larger, STYPE = int, SORTOP = >, COMBINEFUNC = int4larger);",
        "CREATE AGGREGATE a(int) (SFUNC = int4pl, STYPE = int, INITCOND = '-1', PARALLEL = RESTRICTED);",
    ),
    *both_ways(
        "aggregate_result",
        "",
        "CREATE AGGREGATE a(int) (SFUNC = int4larger, STYPE = int);",
        "CREATE AGGREGATE a(b int) (SFUNC = int84pl, STYPE = int8, INITCOND = '0');",
    ),
    # base types
    *missing_and_extra(
        "base_type",
        "",
        f"""CREATE TYPE {ODD};
        CREATE FUNCTION "I n"(cstring) RETURNS {ODD} LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION outof({ODD}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE FUNCTION recv(internal) RETURNS {ODD} LANGUAGE internal STABLE STRICT AS 'textrecv';
        CREATE FUNCTION send({ODD}) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
        CREATE FUNCTION tin(cstring[]) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
        CREATE FUNCTION tout(int) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
        CREATE FUNCTION looks(internal) RETURNS bool LANGUAGE internal STRICT AS 'array_typanalyze';
        CREATE FUNCTION parts(internal) RETURNS internal LANGUAGE internal STRICT AS 'array_subscript_handler';
        CREATE TYPE {ODD} (INPUT = "I n", OUTPUT = outof, RECEIVE = recv, SEND = send, TYPMOD_IN = tin,
        TYPMOD_OUT = tout, ANALYZE = looks, ALIGNMENT = int4, STORAGE = external, CATEGORY = 'S', PREFERRED = true,
        DEFAULT = E'it''s \\\\', ELEMENT = int, SUBSCRIPT = parts, DELIMITER = ';', COLLATABLE = true);
        COMMENT ON TYPE {ODD} IS 'x'; REVOKE ALL ON TYPE {ODD} FROM PUBLIC;""",
    ),
    *missing_and_extra(
        "base_type_by_value",
        "",
        f"""CREATE TYPE "{LONG}";
        CREATE FUNCTION reads(cstring) RETURNS "{LONG}" LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
        CREATE FUNCTION writes("{LONG}") RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
        CREATE TYPE "{LONG}" (INPUT = reads, OUTPUT = writes, INTERNALLENGTH = 4, PASSEDBYVALUE);""",
    ),
    *both_ways(
        "base_type_settings",
        """CREATE TYPE b;
        CREATE FUNCTION reads(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION writes(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE FUNCTION sends(b) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'textsend';
        CREATE TYPE b (INPUT = reads, OUTPUT = writes, STORAGE = main);""",
        "ALTER TYPE b SET (SEND = sends);",
        "ALTER TYPE b SET (ANALYZE = array_typanalyze, STORAGE = extended);",
    ),
    *missing_and_extra("shell_type", "", f"CREATE TYPE {ODD}; COMMENT ON TYPE {ODD} IS 'x';"),
    Case(
        "shell_that_is_defined",
        "CREATE TYPE b;",
        """CREATE FUNCTION reads(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION writes(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE TYPE b (INPUT = reads, OUTPUT = writes);""",
        "",
    ),
    Case(
        "shell_of_a_range",
        "CREATE TYPE r;",
        """CREATE FUNCTION canon(r) RETURNS r LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
        CREATE TYPE r AS RANGE (SUBTYPE = int, CANONICAL = canon);""",
        "",
    ),
)
