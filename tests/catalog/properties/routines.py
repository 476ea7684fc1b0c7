"""Functions and aggregates."""

from __future__ import annotations

from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.functions import Function
from tests.catalog.properties.case import Subject, altered, anew, common, updated

FUNCTION = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
IN_C = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'"
WINDOW = "CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE internal AS 'window_row_number'"
SET = "CREATE FUNCTION f(a int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'"
TRANSFORM = """
    CREATE TYPE pair AS (x int); CREATE FUNCTION taken(internal) RETURNS pair LANGUAGE internal STABLE AS 'record_recv';
    CREATE TRANSFORM FOR pair LANGUAGE sql (TO SQL WITH FUNCTION taken(internal));
"""
TAKES = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
LABEL = "function public.f(integer)"

FUNCTIONS = (
    Subject(
        Function,
        LABEL,
        FUNCTION,
        {
            **anew(
                "DROP FUNCTION f(int)",
                FUNCTION,
                signature=("a int", "b int DEFAULT 1"),
                result=("RETURNS int", "RETURNS integer[]"),
                body=("SELECT 1", "SELECT 2"),
                language=("LANGUAGE sql", "LANGUAGE plpgsql"),
            ),
            **altered(
                "ALTER FUNCTION f(int)",
                volatility=("STABLE", "VOLATILE"),
                strict=("STRICT", "CALLED ON NULL INPUT"),
                security_definer=("SECURITY DEFINER", "SECURITY INVOKER"),
                leakproof=("LEAKPROOF", "NOT LEAKPROOF"),
                parallel=("PARALLEL SAFE", "PARALLEL UNSAFE"),
                cost=("COST 7", "COST 100"),
                settings=("SET jit = off", "RESET jit"),
            ),
            **updated("pg_proc", "proname = 'f'", support=("prosupport", "'-' | 'generate_series_int4_support'")),
            **common("FUNCTION f(int)", "EXECUTE ON FUNCTION f(int)"),
        },
    ),
    Subject(Function, LABEL, SET, altered("ALTER FUNCTION f(int)", rows=("ROWS 7", "ROWS 1000"))),
    Subject(
        Function,
        LABEL,
        IN_C,
        anew("DROP FUNCTION f(int)", IN_C, binary=("$libdir/plpgsql", "plpgsql")),
    ),
    Subject(
        Function,
        LABEL,
        WINDOW,
        updated("pg_proc", "proname = 'f'", function_kind=("prokind", "'f' | 'w'")),
    ),
    Subject(
        Function,
        LABEL,
        f"{TRANSFORM} {TAKES}",
        anew("DROP FUNCTION f(int)", TAKES, transforms=("LANGUAGE sql", "TRANSFORM FOR TYPE pair LANGUAGE sql")),
    ),
)

OVERLOADS = "".join(
    f"CREATE FUNCTION {name}({first}, int) RETURNS {first} LANGUAGE sql AS 'SELECT 1';"
    for name in ("step", "step_2", "back", "back_2")
    for first in ("int", "bigint")
) + "".join(
    f"CREATE FUNCTION {name}({arguments}) RETURNS text LANGUAGE sql AS 'SELECT NULL';"
    for name in ("done", "done_2")
    for arguments in ("int", "bigint", "int, int")
)
TOTAL = (
    "CREATE AGGREGATE a(x int) (SFUNC = step, STYPE = int, FINALFUNC = done,"
    " MSFUNC = step, MINVFUNC = back, MSTYPE = int, MFINALFUNC = done)"
)
PACKED = (
    "CREATE AGGREGATE a(int8) (SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg,"
    " COMBINEFUNC = int8_avg_combine, SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize)"
)
PACKING = """
    CREATE FUNCTION ser(internal) RETURNS bytea LANGUAGE internal STRICT AS 'int8_avg_serialize';
    CREATE FUNCTION deser(bytea, internal) RETURNS internal LANGUAGE internal STRICT AS 'int8_avg_deserialize';
"""
ORDERED = (
    'CREATE AGGREGATE a(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi,'
    " STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA)"
)
SPLIT = "CREATE AGGREGATE a(int, int) (SFUNC = gone, STYPE = int)"

AGGREGATES = (
    Subject(
        Aggregate,
        "aggregate public.a(integer)",
        f"{OVERLOADS} {TOTAL}",
        {
            **anew(
                "DROP AGGREGATE a(int)",
                TOTAL,
                signature=("x int", "y int"),
                state_function=("SFUNC = step", "SFUNC = step_2"),
                state_type=("STYPE = int", "STYPE = bigint"),
                state_space=("STYPE = int", "STYPE = int, SSPACE = 7"),
                final_function=("FINALFUNC = done", "FINALFUNC = done_2"),
                final_extra=("FINALFUNC = done", "FINALFUNC = done, FINALFUNC_EXTRA"),
                final_modify=("FINALFUNC = done", "FINALFUNC = done, FINALFUNC_MODIFY = SHAREABLE"),
                combine_function=("STYPE = int", "STYPE = int, COMBINEFUNC = int4pl"),
                initial_condition=("STYPE = int", "STYPE = int, INITCOND = '0'"),
                moving_state_function=("MSFUNC = step", "MSFUNC = step_2"),
                moving_inverse_function=("MINVFUNC = back", "MINVFUNC = back_2"),
                moving_state_type=("MSTYPE = int", "MSTYPE = bigint"),
                moving_state_space=("MSTYPE = int", "MSTYPE = int, MSSPACE = 8"),
                moving_final_function=("MFINALFUNC = done", "MFINALFUNC = done_2"),
                moving_final_extra=("MFINALFUNC = done", "MFINALFUNC = done, MFINALFUNC_EXTRA"),
                moving_final_modify=("MFINALFUNC = done", "MFINALFUNC = done, MFINALFUNC_MODIFY = READ_WRITE"),
                moving_initial_condition=("MSTYPE = int", "MSTYPE = int, MINITCOND = '0'"),
                sort_operator=("STYPE = int", "STYPE = int, SORTOP = >"),
                parallel=("STYPE = int", "STYPE = int, PARALLEL = RESTRICTED"),
            ),
            **updated("pg_proc", "proname = 'a'", result=("prorettype", "'text'::regtype | 'int'::regtype")),
            **common("AGGREGATE a(int)", "EXECUTE ON FUNCTION a(int)"),
        },
    ),
    Subject(
        Aggregate,
        "aggregate public.a(bigint)",
        f"{PACKING} {PACKED}",
        anew(
            "DROP AGGREGATE a(int8)",
            PACKED,
            serial_function=("SERIALFUNC = int8_avg_serialize", "SERIALFUNC = ser"),
            deserial_function=("DESERIALFUNC = int8_avg_deserialize", "DESERIALFUNC = deser"),
        ),
    ),
    Subject(
        Aggregate,
        'aggregate public.a("any")',
        ORDERED,
        anew('DROP AGGREGATE a("any")', ORDERED, aggregate_kind=("EXTRA)", "EXTRA, HYPOTHETICAL)")),
    ),
    Subject(
        Aggregate,
        "aggregate public.a(integer, integer)",
        f"{OVERLOADS} CREATE FUNCTION gone(int, int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'; {SPLIT}",
        anew(
            "DROP AGGREGATE a(int, int)",
            SPLIT,
            direct_arguments=(
                "(int, int) (SFUNC = gone",
                "(int ORDER BY int) (SFUNC = step",
                "aggregate_kind",
                "signature",
                "state_function",
                "final_modify",
                "moving_final_modify",
            ),
        ),
    ),
)
