"""What a call gives or raises, beside what it must."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.functions.call import Parameters, parameters_of, prepare
from pgassay.behaviors.nearest import hint_for
from pgassay.behaviors.rejections import is_as_said, rejection
from pgassay.behaviors.scene import ask, say
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.contract.behavior import FunctionBehavior, Gives, Rejects
from pgassay.errors import ContractError
from pgassay.findings import Finding

SHOWN = 10  # rows that a finding shows
_DROP = sql.SQL("DROP {} CASCADE")
_NOT_ALLOWED = "is not allowed in a non-volatile function"


def gives(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], catalog: Catalog, function: Function
) -> Iterator[Finding]:
    """Call it once, in a transaction that is rolled back, and compare.

    Raises:
        ContractError: The call, its arguments or what it must give are no right SQL.
    """
    mend = f"look at {function.label}"
    try:
        with connection.transaction(force_rollback=True):
            found = _called(entry, connection, function)
            wanted = _wanted(entry, connection, found[0]) if isinstance(entry.expect, Gives) else found[1]
    except psycopg.Error as error:
        if not (isinstance(entry.expect, Rejects) and is_as_said(error, entry.expect)):
            _refuse_arguments(entry, connection, function, error)
            _refuse_call(entry, catalog, error)
        yield from _failed(entry, function, error, mend)
        return
    if isinstance(entry.expect, Rejects):
        expected = rejection(entry.expect, "the call is rejected")
        yield finding_of(
            entry, "call-not-rejected", expected=expected, found=f"it gives {_listed(found[1])}", mend=mend
        )
    elif wanted != found[1]:
        expected, gave = f"the call gives {_listed(wanted)}", f"it gives {_listed(found[1])}"
        yield finding_of(entry, "function-gives-otherwise", expected=expected, found=gave, mend=mend)


def require_call(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], catalog: Catalog, function: Function
) -> None:
    """Make sure that what comes of the entry's SQL comes of the function: it is tried without it, and rolled back.

    Raises:
        ContractError: It comes to the same without the function.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(_DROP.format(_as_is(function.label)))
            without = list(gives(entry, connection, catalog, function))
    except (psycopg.Error, ContractError):  # what cannot be dropped, as an extension's; a text that is none without it
        return
    if not without:
        raise entry.untriable("call", f"comes to the same without {function.label}", hint="let it call the function")


def _called(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], function: Function
) -> tuple[str, tuple[str | None, ...]]:
    """Return the result's type and its rows as texts."""
    if entry.arguments is None:
        cursor = connection.execute(entry.call.encode())
    else:
        word = "CALL" if function.function_kind == "procedure" else "SELECT"
        name = sql.Identifier(function.schema, function.name)
        markers = _markers(parameters_of(connection, function), len(entry.arguments))
        statement = sql.SQL("{} {}({})").format(sql.SQL(word), name, markers)
        cursor = ask(connection, statement, entry.arguments)
    return _texts(entry, connection, cursor)


def _markers(takes: Parameters, number: int) -> sql.Composed:
    """Return a parameter for each argument, of its type: two functions may differ in that alone."""
    names = [*takes.names[:number], *["any"] * (number - len(takes.names))]
    markers: list[sql.Composable] = [
        _as_is(f"${position}" if name.startswith("any") else f"${position}::{name}")
        for position, name in enumerate(names, 1)
    ]
    if takes.variadic and number == len(takes.names):
        markers[-1] = sql.SQL("VARIADIC ") + markers[-1]
    return sql.SQL(", ").join(markers)


def _as_is(text: str) -> sql.SQL:
    """Return SQL with a type in it as format_type() writes it, which quotes what needs it."""
    return sql.SQL(cast(Any, text))


def _texts(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], cursor: psycopg.Cursor[Any]
) -> tuple[str, tuple[str | None, ...]]:
    result = cursor.pgresult
    if cursor.description is None or result is None:
        return "", ()
    if len(cursor.description) != 1 and isinstance(entry.expect, Gives):
        raise entry.untriable("gives", f"the call gives {len(cursor.description)} columns", hint="select one")
    encoding = connection.info.encoding
    values = [result.get_value(row, 0) for row in range(result.ntuples)]
    row = connection.execute("SELECT format_type(%s, NULL)", [cursor.description[0].type_code]).fetchone()
    return (row or ("text",))[0], tuple(None if value is None else value.decode(encoding) for value in values)


def _wanted(entry: FunctionBehavior, connection: psycopg.Connection[Any], type_name: str) -> tuple[str | None, ...]:
    """Return what must come back as the result's type writes it: '1.50' of numeric, 't' of boolean."""
    assert isinstance(entry.expect, Gives)
    if type_name == "record":  # which no text is read as
        return entry.expect.rows
    statement = _as_is(f"SELECT $1::{type_name or 'text'}")
    try:
        cursors = [ask(connection, statement, [text]) for text in entry.expect.rows]
    except psycopg.Error as error:
        raise entry.untriable("gives", f"of type {type_name}: {say(error)}", hint="correct the value") from error
    values = [cursor.pgresult.get_value(0, 0) for cursor in cursors if cursor.pgresult]
    return tuple(None if value is None else value.decode(connection.info.encoding) for value in values)


def _refuse_arguments(
    entry: FunctionBehavior, connection: psycopg.Connection[Any], function: Function, error: psycopg.Error
) -> None:
    """Raise where a call fails for its arguments, which are the entry's mistake.

    Raises:
        ContractError: They are too few, too many, or not of their types.
    """
    if entry.arguments is None:
        return
    takes, number = parameters_of(connection, function), len(entry.arguments)
    hint = f"correct them: {function.label}"
    if isinstance(error, psycopg.errors.UndefinedFunction) and number != len(takes.oids):
        raise entry.untriable("arguments", f"there are {number}, and it takes {len(takes.oids)}", hint=hint) from error
    if any(name.startswith("any") for name in takes.names):
        if error.diag.context is None:  # not of what the function does
            raise entry.untriable("arguments", say(error), hint='say "call", which tells their types') from error
        return
    try:
        prepare(connection, function, entry.arguments)
    except psycopg.Error as unread:
        raise entry.untriable("arguments", say(unread), hint=hint) from unread


def _refuse_call(entry: FunctionBehavior, catalog: Catalog, error: psycopg.Error) -> None:
    """Raise where the text of a call is wrong, and not what a function in it does.

    Raises:
        ContractError: It is.
    """
    if entry.call and (error.sqlstate or "").startswith("42") and error.diag.context is None:
        raise entry.untriable("call", say(error), hint=hint_for(error, catalog, "correct the text")) from error


def _failed(entry: FunctionBehavior, function: Function, error: psycopg.Error, mend: str) -> Iterator[Finding]:
    if isinstance(entry.expect, Rejects):
        if not is_as_said(error, entry.expect):
            expected = rejection(entry.expect, "the call is rejected")
            yield finding_of(entry, "call-rejected-otherwise", expected=expected, found=say(error), mend=mend)
    elif _NOT_ALLOWED in str(error) and function.volatility != "volatile":
        expected = f"being {function.volatility}, the function writes nothing"
        yield finding_of(entry, "function-writes", expected=expected, found=say(error), mend=as_volatile(function))
    else:
        yield finding_of(entry, "call-fails", expected="the call succeeds", found=say(error), mend=mend)


def as_volatile(function: Function, word: str = "VOLATILE") -> str:
    """Return the statement that declares a function as what it is."""
    return f"ALTER {function.label.upper().split(' ', 1)[0]} {function.label.split(' ', 1)[1]} {word};"


def _listed(rows: tuple[str | None, ...]) -> str:
    shown = ["null" if row is None else f"'{row}'" for row in rows[:SHOWN]]
    more = [f"and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return ", ".join([*shown, *more]) or "no row"
