"""What follows ADD CONSTRAINT, written from a row: to have the server write it costs half of the query."""

from __future__ import annotations

from collections.abc import Iterable

from pgassay.catalog.kind import Row
from pgassay.catalog.record import quote_name

ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
MATCHES = {"f": " MATCH FULL", "p": " MATCH PARTIAL"}


def definition(row: Row) -> str:
    """Return it as `pg_get_constraintdef` writes it, but for NOT VALID.

    Args:
        row: What the query of constraints says of one that holds no expression.
    """
    return _body(row) + _state(row)


def _body(row: Row) -> str:
    match row["constraint_type"]:
        case "p":
            return f"PRIMARY KEY {_key(row)}"
        case "u":
            nulls = "NULLS NOT DISTINCT " if row["nulls_not_distinct"] else ""
            return f"UNIQUE {nulls}{_key(row)}"
        case "f":
            return _foreign_key(row)
        case _:
            return "TRIGGER"  # which no statement takes: CREATE CONSTRAINT TRIGGER makes it


def _key(row: Row) -> str:
    overlaps = " WITHOUT OVERLAPS" if row["period"] else ""
    include = f" INCLUDE ({_names(row['include'])})" if row["include"] else ""
    return f"({_names(row['columns'])}{overlaps}){include}"


def _foreign_key(row: Row) -> str:
    names = _names_with_period if row["period"] else _names
    to = f"{row['references']}({names(row['referenced_columns'])})"
    return f"FOREIGN KEY ({names(row['columns'])}) REFERENCES {to}{MATCHES.get(row['match'], '')}{_actions(row)}"


def _actions(row: Row) -> str:
    update, delete = ACTIONS.get(row["on_update"]), ACTIONS.get(row["on_delete"])
    on_update = f" ON UPDATE {update}" if update else ""
    on_delete = f" ON DELETE {delete}" if delete else ""
    columns = f" ({_names(row['delete_columns'])})" if row["delete_columns"] else ""
    return on_update + on_delete + columns


def _state(row: Row) -> str:
    deferrable = " DEFERRABLE" if row["deferrable"] else ""
    deferred = " INITIALLY DEFERRED" if row["deferred"] else ""
    enforced = "" if row["enforced"] else " NOT ENFORCED"
    return deferrable + deferred + enforced


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(quote_name, columns))


def _names_with_period(columns: Iterable[str]) -> str:
    *others, last = map(quote_name, columns)
    return ", ".join([*others, f"PERIOD {last}"])
