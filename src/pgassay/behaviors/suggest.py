"""Propose `[[trigger]]` entries for triggers of known shape: what can be derived need not be written.

Known are moddatetime (contrib/spi), tsvector_update_trigger, and functions in plpgsql whose whole body is
`NEW.x := now();` and `RETURN NEW;`. A trigger with a WHEN condition is left out: which change it waits for is unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import cast

from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.behavior import Expectation, Fills, Touches, TriggerBehavior

Given = Callable[[str], str]
"""Takes a table's name, as in SQL, and returns SQL that makes a row of it."""

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_CLOCK = r"(?:now\(\)|(?:clock|statement|transaction)_timestamp\(\)|current_timestamp)"
_ASSIGNMENT = rf"new\s*\.\s*(?P<name>{_NAME})\s*:?=\s*(?:pg_catalog\.)?{_CLOCK}\s*;\s*"
_ONE = re.compile(_ASSIGNMENT, re.IGNORECASE)
_BODY = re.compile(
    rf"\s*begin\s+(?P<all>(?:{_ASSIGNMENT.replace('?P<name>', '?:')})+)return\s+new\s*;\s*end\s*;?\s*", re.IGNORECASE
)


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
    expect = _expectation(catalog, trigger) if usual and trigger.when is None and trigger.parent is None else None
    changed = _changeable(catalog, trigger, expect) if expect is not None else None
    if expect is None or changed is None:
        return
    table = f"{quote_name(trigger.schema)}.{quote_name(trigger.table)}"
    name, column = sql.Identifier(trigger.schema, trigger.table), sql.Identifier(changed)
    yield TriggerBehavior(
        name=f"{trigger.name} on {table} does its job",
        table=table,
        trigger=trigger.name,
        given=given(table) if given else "",
        change=sql.SQL("UPDATE {} SET {} = {}").format(name, column, column).as_string(None),
        expect=expect,
    )


def _expectation(catalog: Catalog, trigger: Trigger) -> Expectation | None:
    match trigger.function.rpartition(".")[2], trigger.arguments:
        case "moddatetime", (column,):
            return Touches(columns=(column,))
        case "tsvector_update_trigger", (column, configuration, *columns):
            return _words(column, sql.Literal(configuration), columns)
        case "tsvector_update_trigger_column", (column, configuration, *columns):
            return _words(column, sql.Identifier(configuration), columns)
        case _:
            columns = _touched(catalog, trigger)
            return Touches(columns=tuple(columns)) if columns else None


def _words(column: str, configuration: sql.Composable, columns: list[str]) -> Fills:
    """The texts are parsed one after the other; null is left out."""
    texts = sql.SQL(", ").join(map(sql.Identifier, columns))
    words = sql.SQL("to_tsvector({}::regconfig, concat_ws(' ', {}))").format(configuration, texts)
    return Fills(expressions={column: words.as_string(None)})


def _touched(catalog: Catalog, trigger: Trigger) -> list[str]:
    """Return the columns that a function of plpgsql sets to a clock's time, where it does nothing else."""
    for record in catalog.records.get("function", {}).values():
        function = cast(Function, record)
        if trigger.function == f"{quote_name(function.schema)}.{quote_name(function.name)}":
            body = _BODY.fullmatch(_COMMENT.sub(" ", function.body)) if function.language == "plpgsql" else None
            names = [match["name"] for match in _ONE.finditer(body["all"])] if body else []
            return [n[1:-1].replace('""', '"') if n.startswith('"') else n.lower() for n in names]
    return []


def _changeable(catalog: Catalog, trigger: Trigger, expect: Expectation) -> str | None:
    """Return a column that an UPDATE may set, of those on which the trigger fires; none that it sets itself."""
    filled = expect.columns if isinstance(expect, Touches) else tuple(getattr(expect, "expressions", ()))
    columns = cast("dict[Identity, Column]", catalog.records.get("column", {}))
    settable = [
        column.name
        for identity, column in columns.items()
        if identity[:2] == (trigger.schema, trigger.table)
        and column.generated is None
        and column.identity_column != "always"
        and column.name not in filled
    ]
    return next((name for name in settable if not trigger.update_columns or name in trigger.update_columns), None)


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
        return f"touches = [{', '.join(map(_text, expect.columns))}]"
    assert isinstance(expect, Fills)
    pairs = (f"{_text(column)} = {{ sql = {_text(text)} }}" for column, text in expect.expressions.items())
    return f"fills = {{ {', '.join(pairs)} }}"


def _text(text: str) -> str:
    """Return a basic string of TOML: JSON's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
