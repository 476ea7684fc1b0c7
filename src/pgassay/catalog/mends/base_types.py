"""Mends of base types and shell types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pgassay.catalog.base_types import BaseType, ShellType, is_function_of
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Difference
from pgassay.catalog.functions import Function
from pgassay.catalog.mends import functions
from pgassay.catalog.mends.common import drop, finish, named
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import clauses, literal, sentence

CAN_BE_SET = {
    "receive": "RECEIVE",
    "send": "SEND",
    "typmod_in": "TYPMOD_IN",
    "typmod_out": "TYPMOD_OUT",
    "analyze": "ANALYZE",
    "subscript": "SUBSCRIPT",
    "storage": "STORAGE",
}
"""Attributes that ALTER TYPE can change, as it calls them."""


def create_base_type(wanted: BaseType, context: Context) -> Statements:
    """Create a base type: the shell first, then its functions, then the type itself."""
    shell = [] if context.has(ShellType.KIND, *wanted.identity) else [f"CREATE {named(wanted)};"]
    missing = (f for f in _functions(wanted, context.expected) if not context.has(Function.KIND, *f.identity))
    made = [statement for function in missing for statement in functions.create(function, context)]
    return [*shell, *made, f"CREATE {named(wanted)} {clauses(_clauses(wanted))};", *finish(wanted)]


def _functions(base_type: BaseType, catalog: Catalog) -> Iterator[Function]:
    for record in catalog.records.get(Function.KIND, {}).values():
        if is_function_of(function := cast(Function, record), base_type):
            yield function


def _clauses(wanted: BaseType) -> dict[str, str | bool | None]:
    return {
        "INPUT": wanted.input,
        "OUTPUT": wanted.output,
        **{word: getattr(wanted, name) for name, word in CAN_BE_SET.items()},
        "INTERNALLENGTH": "VARIABLE" if wanted.length is None else str(wanted.length),
        "PASSEDBYVALUE": wanted.by_value,
        "ALIGNMENT": wanted.alignment,
        "CATEGORY": literal(wanted.category),
        "PREFERRED": "true" if wanted.preferred else None,
        "DEFAULT": None if wanted.default is None else literal(wanted.default),
        "ELEMENT": wanted.element,
        "DELIMITER": literal(wanted.delimiter),
        "COLLATABLE": "true" if wanted.collatable else None,
    }


def drop_base_type(found: BaseType, context: Context) -> Statements:
    """Drop a base type with the functions that take or give it, and those of its functions that do not."""
    others = [f for f in _functions(found, context.actual) if not _takes_or_gives(f, found)]
    return [
        sentence("its functions go with it, and so does every column of this type"),
        f"{drop(found)[0].removesuffix(';')} CASCADE;",
        *(s for f in others if not _is_needed(f, found, context) for s in drop(f)),
    ]


def _takes_or_gives(function: Function, base_type: BaseType) -> bool:
    name = named(base_type).removeprefix("TYPE ")
    return name in (function.arguments, function.result)


def _is_needed(function: Function, found: BaseType, context: Context) -> bool:
    """Tell whether a function should be there, or belongs to another base type too."""
    others = context.actual.records.get(BaseType.KIND, {}).values()
    return function.identity in context.expected.records.get(Function.KIND, {}) or any(
        is_function_of(function, cast(BaseType, other)) for other in others if other is not found
    )


def alter_base_type(difference: Difference, _context: Context) -> Statements:
    """Set what ALTER TYPE can set; say of the rest that it cannot be changed."""
    wanted, _ = both(difference)
    names = [attribute.name for attribute in difference.attributes]
    changed = {CAN_BE_SET[name]: getattr(wanted, name) or "NONE" for name in names if _can_be_set(name, wanted)}
    fixed = [name.replace("_", " ") for name in names if not _can_be_set(name, wanted)]
    return [
        *([f"ALTER {named(wanted)} SET {clauses(changed)};"] if changed else []),
        *([_cannot_change(", ".join(fixed))] if fixed else []),
    ]


def _can_be_set(name: str, wanted: BaseType) -> bool:
    """Tell whether ALTER TYPE takes it; it refuses to make values plain that may have been compressed or moved out."""
    return name in CAN_BE_SET and not (name == "storage" and wanted.storage == "plain")


def _cannot_change(names: str) -> str:
    return sentence(f"a base type's {names} cannot be changed: create a new type, alter the columns to it")


def create_shell(wanted: ShellType, _context: Context) -> Statements:
    """Declare a type."""
    return [f"CREATE {named(wanted)};", *finish(wanted)]


def drop_shell(found: ShellType, context: Context) -> Statements:
    """Drop a shell; but not where it is to become a base type."""
    if found.identity in context.expected.records.get(BaseType.KIND, {}):
        return [sentence("CREATE TYPE makes it the base type that is missing")]
    return drop(found)


MENDERS = {
    ShellType.KIND: Mender(create=create_shell, drop=drop_shell, alter=lambda _d, _c: []),
    BaseType.KIND: Mender(create=create_base_type, drop=drop_base_type, alter=alter_base_type),
}
