"""Operators, their classes and families."""

from __future__ import annotations

from pgassay.catalog.kinds.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.kinds.operators import Operator
from tests.catalog.properties.case import Subject, altered, anew, common, updated

OPERATOR = "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)"
SAME = "oprname = '==='"
NUMBER = "CREATE OPERATOR CLASS c FOR TYPE int USING btree FAMILY f AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int)"
BOXES = "CREATE OPERATOR CLASS c FOR TYPE polygon USING gist AS STORAGE polygon"
TYPED = "CREATE OPERATOR CLASS c FOR TYPE point USING hash AS STORAGE point"
FAMILIES = "CREATE OPERATOR FAMILY f USING btree; CREATE OPERATOR FAMILY g USING btree;"

OPERATORS = (
    Subject(
        Operator,
        "operator public.===(integer, integer)",
        OPERATOR,
        {
            **anew(
                "DROP OPERATOR === (int, int)",
                OPERATOR,
                function=("int4eq", "int4ne"),
                commutator=("int4eq", "int4eq, COMMUTATOR = ==="),
                hashes=("int4eq", "int4eq, HASHES"),
                merges=("int4eq", "int4eq, MERGES"),
            ),
            **altered(
                "ALTER OPERATOR === (int, int)",
                restrict=("SET (RESTRICT = eqsel)", "SET (RESTRICT = NONE)"),
                join=("SET (JOIN = eqjoinsel)", "SET (JOIN = NONE)"),
            ),
            **updated(
                "pg_operator",
                SAME,
                result=("oprresult", "'bool'::regtype | 'int'::regtype"),
                negator=("oprnegate", "0 | '<>(int, int)'::regoperator"),
            ),
            **common("OPERATOR === (int, int)"),
        },
    ),
    Subject(
        OperatorFamily,
        "operator family public.f using btree",
        "CREATE OPERATOR FAMILY f USING btree",
        {
            **altered(
                "ALTER OPERATOR FAMILY f USING btree",
                operators=("ADD OPERATOR 1 < (int, int8)", "DROP OPERATOR 1 (int, int8)"),
                functions=("ADD FUNCTION 1 btint48cmp(int, int8)", "DROP FUNCTION 1 (int, int8)"),
            ),
            **common("OPERATOR FAMILY f USING btree"),
        },
    ),
    Subject(
        OperatorClass,
        "operator class public.c using btree",
        f"{FAMILIES} {NUMBER}",
        {
            **anew(
                "DROP OPERATOR CLASS c USING btree",
                NUMBER,
                family=("FAMILY f", "FAMILY g"),
                operators=("OPERATOR 1 <", "OPERATOR 2 <="),
                functions=(", FUNCTION 1 btint4cmp(int, int)", ""),
            ),
            **common("OPERATOR CLASS c USING btree"),
        },
    ),
    Subject(
        OperatorClass,
        "operator class public.c using gist",
        BOXES,
        anew("DROP OPERATOR CLASS c USING gist", BOXES, storage=("STORAGE polygon", "STORAGE box")),
    ),
    Subject(
        OperatorClass,
        "operator class public.c using hash",
        TYPED,
        {
            **anew("DROP OPERATOR CLASS c USING hash", TYPED, default=("FOR TYPE", "DEFAULT FOR TYPE")),
            **updated("pg_opclass", "opcname = 'c'", type=("opcintype", "'point'::regtype | 'box'::regtype")),
        },
    ),
)
