"""Propose `[[trigger]]` entries for triggers of known shape: what can be derived need not be written.

Known are moddatetime (contrib/spi), tsvector_update_trigger, and functions that set columns to the time: `clocks.py`.
Of WHEN conditions two are known, `OLD.* IS DISTINCT FROM NEW.*` and the same of one column: a trigger with another one
is left out, for which change it waits for is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import LiteralString, cast

from psycopg import sql

from pgassay.behaviors.clocks import Condition, clocks_of, condition_of
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.behavior import Expectation, Fills, Touches, TriggerBehavior

Given = Callable[[str], str]
"""Takes a table's name, as in SQL, and returns SQL that makes a row of it."""

# SQL for a value that a column does not have, null or not, by its type.
_OTHER: Mapping[str, LiteralString] = {
    "text": "coalesce({0}, '') || 'x'",
    "character varying": "coalesce({0}, '') || 'x'",
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), "coalesce({0}, 0) + 1"),
    "boolean": "{0} IS NOT TRUE",
    "date": "coalesce({0}, current_date) + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 second'",
    "timestamp without time zone": "coalesce({0}, localtimestamp) + interval '1 second'",
    "uuid": "gen_random_uuid()",
}


def suggest_behaviors(catalog: Catalog, given: Given | None = None) -> tuple[TriggerBehavior, ...]:
    """Propose an entry for each trigger of known shape that fires before UPDATE.

    Args:
        catalog: The catalog.
        given: Makes the row that each entry needs; default: none is made, and somebody must write it.
    """
    triggers = (cast(Trigger, record) for record in catalog.records.get("trigger", {}).values())
    return tuple(entry for trigger in triggers for entry in _suggested(catalog, trigger, given))


def toml_of(entries: tuple[TriggerBehavior, ...]) -> str:
    """Return proposed entries as text for behavior.toml."""
    return "\n".join(_entry(entry) for entry in entries)


def _suggested(catalog: Catalog, trigger: Trigger, given: Given | None) -> Iterator[TriggerBehavior]:
    usual = trigger.timing == "before" and trigger.level == "row" and "update" in trigger.events
    condition = Condition() if trigger.when is None else condition_of(trigger)
    if not usual or trigger.parent is not None or condition is None:
        return
    expect = _expectation(catalog, trigger)
    changed = _changed(catalog, trigger, expect, condition) if expect else None
    if expect is None or changed is None:
        return
    table = f"{quote_name(trigger.schema)}.{quote_name(trigger.table)}"
    yield TriggerBehavior(
        name=f"{trigger.name} on {table} does its job",
        table=table,
        trigger=trigger.name,
        given=given(table) if given else "",
        change=changed,
        expect=expect,
    )


def _expectation(catalog: Catalog, trigger: Trigger) -> Expectation | None:
    conditional = trigger.when is not None
    match trigger.function.rpartition(".")[2], trigger.arguments:
        case "moddatetime", (column,):
            return Touches(columns=(column,), noop=conditional)
        case "tsvector_update_trigger", (column, configuration, *columns):
            return _words(column, sql.Literal(configuration), columns)
        case "tsvector_update_trigger_column", (column, configuration, *columns):
            return _words(column, sql.Identifier(configuration), columns)
        case _:
            set_to_time, changes = _clocks(catalog, trigger)
            return Touches(columns=set_to_time, noop=conditional or changes) if set_to_time else None


def _words(column: str, configuration: sql.Composable, columns: list[str]) -> Fills:
    """The texts are parsed one after the other; null is left out."""
    texts = sql.SQL(", ").join(map(sql.Identifier, columns))
    words = sql.SQL("to_tsvector({}::regconfig, concat_ws(' ', {}))").format(configuration, texts)
    return Fills(expressions={column: words.as_string(None)})


def _clocks(catalog: Catalog, trigger: Trigger) -> tuple[tuple[str, ...], bool]:
    for record in catalog.records.get("function", {}).values():
        function = cast(Function, record)
        if trigger.function == f"{quote_name(function.schema)}.{quote_name(function.name)}":
            return clocks_of(function)
    return (), False


def _changed(catalog: Catalog, trigger: Trigger, expect: Expectation, condition: Condition) -> str | None:
    """Return an UPDATE on which the trigger fires; one that changes a value, where that is needed."""
    needed = not isinstance(expect, Touches) or expect.noop
    bound = _bound(catalog, trigger) if needed else set()
    for column in _settable(catalog, trigger):
        value = _OTHER.get(column.type) if needed else "{0}"
        if value and column.name not in bound and _is_meant(column.name, trigger, expect, condition):
            name = sql.Identifier(column.name)
            table = sql.Identifier(trigger.schema, trigger.table)
            return sql.SQL("UPDATE {} SET {} = {}").format(table, name, sql.SQL(value).format(name)).as_string(None)
    return None


def _is_meant(column: str, trigger: Trigger, expect: Expectation, condition: Condition) -> bool:
    """Return whether the trigger fires on a column, and does not itself set it."""
    fires = (not trigger.update_columns or column in trigger.update_columns) and condition.column in {None, column}
    return fires and (column not in expect.columns if isinstance(expect, Touches) else column in trigger.arguments[2:])


def _settable(catalog: Catalog, trigger: Trigger) -> Iterator[Column]:
    columns = cast("dict[Identity, Column]", catalog.records.get("column", {}))
    for identity, column in columns.items():
        here = identity[:2] == (trigger.schema, trigger.table)
        if here and column.generated is None and column.identity_column != "always":
            yield column


def _bound(catalog: Catalog, trigger: Trigger) -> set[str]:
    """Return the columns that a constraint speaks of: another value might be refused."""
    constraints = cast("dict[Identity, Constraint]", catalog.records.get("constraint", {}))
    here = (c for identity, c in constraints.items() if identity[:2] == (trigger.schema, trigger.table))
    return {column for constraint in here if constraint.constraint_type != "not null" for column in constraint.columns}


def _entry(entry: TriggerBehavior) -> str:
    given = (
        f"given = {_text(entry.given)}" if entry.given else "# given = a row that the change writes: INSERT INTO ..."
    )
    lines = (
        "[[trigger]]",
        f"name = {_text(entry.name)}",
        f"table = {_text(entry.table)}",
        f"trigger = {_text(entry.trigger or '')}",
        given,
        f"change = {_text(entry.change)}",
        _said(entry.expect),
    )
    return "\n".join([*lines, ""])


def _said(expect: Expectation) -> str:
    if isinstance(expect, Touches):
        columns = f"touches = [{', '.join(map(_text, expect.columns))}]"
        return f"{columns}\nnot_on_noop = true" if expect.noop else columns
    assert isinstance(expect, Fills)
    pairs = (f"{_text(column)} = {{ sql = {_text(text)} }}" for column, text in expect.expressions.items())
    return f"fills = {{ {', '.join(pairs)} }}"


def _text(text: str) -> str:
    """Return a basic string of TOML: JSON's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
