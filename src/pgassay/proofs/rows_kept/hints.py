"""How a step that fails on rows, or changes them, is written so that it does not."""

from __future__ import annotations

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import quote_name

_NOT_VALID = (
    "add it NOT VALID, mend the rows, then VALIDATE CONSTRAINT: new rows are checked from the start, and writers go on "
    "while the old ones are"
)
_CONVERT = (
    "say with USING what becomes of values that do not fit, or add a column of the new type beside the old one, fill "
    "it, and let them change places"
)

_ARITHMETIC = "2201"
"""What data exceptions begin with where a value can be had and not computed with: a logarithm, a division by zero."""

_UP = {
    "23502": (
        "add the column so that it may be null, or with a default; fill it for the rows that are there, in batches; "
        "SET NOT NULL in a later step"
    ),
    "23503": _NOT_VALID,
    "23505": (
        "look for the rows that are equal (GROUP BY ... HAVING count(*) > 1) and settle in the up which of them stays, "
        "or draw the line with a partial index"
    ),
    "23514": _NOT_VALID,
    "23P01": "look for the rows that exclude each other, and settle in the up which of them stays",
    "55006": "SET CONSTRAINTS ALL IMMEDIATE before the ALTER TABLE, or change the rows in a migration of their own",
}
_DOWN = {
    "23502": "say in the down what the rows get in place of NULL, before it sets NOT NULL again",
    "23503": "take the rows away in the down that refer to what goes, or to what is not there any more",
    "23505": "settle in the down which of the rows that are equal by now stays",
    "23514": "change the rows in the down that only the new constraint allowed, before it adds the old one",
    "22P02": (
        "say in the down what becomes of rows that hold the new value: UPDATE them first, or convert them with a CASE "
        "in USING"
    ),
}


def how_to(going: str, sqlstate: str | None) -> str:
    """Return how the step is done safely.

    Args:
        going: `up`, `down` or `second-up`.
        sqlstate: What the server said, or None.
    """
    if going == "second-up":
        return "write the down so that it takes away what the up put in, or the up so that it can meet it"
    known = (_DOWN if going == "down" else _UP).get(sqlstate or "")
    if known:
        return known
    code = sqlstate or ""
    if code.startswith("22") and not code.startswith(_ARITHMETIC):  # a value cannot be cast, is too long, out of range
        return _CONVERT
    return f"write the {going} so that it also works on tables that hold rows"


def of_triggers(catalog: Catalog, schema: str, table: str) -> str:
    """Return what to do about triggers that may have set a column on UPDATE; empty: there is none.

    Args:
        catalog: Of the database.
        schema: Of the table.
        table: Its name.
    """
    triggers = catalog.parts(Trigger, (schema, table)).values()
    names = [quote_name(t.name) for t in triggers if t.timing == "before" and "update" in t.events and t.level == "row"]
    if not names:
        return ""
    return f"where it was a trigger that set it ({', '.join(names)}), disable that around the UPDATE; else "
