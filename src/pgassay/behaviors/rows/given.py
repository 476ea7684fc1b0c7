"""What a caller gives, as Python has it, and as a CHECK may be asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Json, Jsonb

from pgassay.behaviors.rows.candidate import Candidate, constant
from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.oracle import Oracle
from pgassay.behaviors.rows.pools import Pools
from pgassay.behaviors.rows.shape import Shape
from pgassay.catalog.record import quote_name

_WRAPPERS = {"json": Json, "jsonb": Jsonb}


def wrapped(shape: Shape, pools: Pools, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as the driver takes them: dictionaries and lists for a document are documents.

    Raises:
        RowsError: A column is not there, or is generated; the nearest names are named.
    """
    for name in values:
        if name not in shape.writable:
            raise _unwritable(shape, name)
    return {name: _wrapped(value, pools.base(shape.columns[name].type)) for name, value in values.items()}


def _wrapped(value: Any, type_: str) -> Any:
    wrapper = _WRAPPERS.get(type_)
    return wrapper(value) if wrapper and value is not None and not isinstance(value, str | Json | Jsonb) else value


def _unwritable(shape: Shape, name: str) -> RowsError:
    if name in shape.columns:
        return RowsError(f"column {quote_name(name)} of {shape.relation} is generated: nobody can give it a value")
    near = get_close_matches(name, shape.writable, n=3) or list(shape.writable)
    return RowsError(
        f"{shape.relation} has no column {quote_name(name)}", hint=f"there are: {', '.join(map(quote_name, near))}"
    )


def texts_of(oracle: Oracle, values: Mapping[str, Any]) -> dict[str, Candidate]:
    """Return what stands for given values where a CHECK or a foreign key is looked at: their texts."""
    return {name: constant(_text(oracle, value)) for name, value in values.items()}


def _text(oracle: Oracle, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    try:
        with oracle.connection.transaction(force_rollback=True):
            ((text,),) = oracle.values(sql.SQL("SELECT %s::text"), [value])
    except psycopg.Error:  # the server says what is wrong with it when it is stored
        return None
    return str(text)
