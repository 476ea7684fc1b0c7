"""Mends of base types and shell types."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.base_types import BaseType, ShellType, is_function_of
from pgassay.catalog.kinds.types import RangeType
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.mends.type_functions import create_missing, drop_with_functions
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
    made = create_missing(wanted, context, is_function_of)
    return [*shell, *made, f"CREATE {named(wanted)} {clauses(_clauses(wanted))};", *finish(wanted)]


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
    """Drop a base type with its functions."""
    return drop_with_functions(found, context, is_function_of)


def alter_base_type(difference: Difference, context: Context) -> Statements:
    """Set what ALTER TYPE can set; say of the rest that it cannot be changed."""
    wanted, _ = both(difference)
    names = [attribute.name for attribute in difference.attributes]
    changed = {CAN_BE_SET[name]: getattr(wanted, name) or "NONE" for name in names if _can_be_set(name, wanted)}
    fixed = [name.replace("_", " ") for name in names if not _can_be_set(name, wanted)]
    made = create_missing(wanted, context, is_function_of) if changed else []
    return [
        *made,
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
    """Drop a shell; but not where CREATE TYPE makes it the type that is missing."""
    if any(found.identity in context.expected.records.get(kind, {}) for kind in (BaseType.KIND, RangeType.KIND)):
        return [sentence("CREATE TYPE makes it the type that is missing")]
    return drop(found)


MENDERS = {
    ShellType.KIND: Mender(create=create_shell, drop=drop_shell, alter=lambda _d, _c: []),
    BaseType.KIND: Mender(create=create_base_type, drop=drop_base_type, alter=alter_base_type),
}
