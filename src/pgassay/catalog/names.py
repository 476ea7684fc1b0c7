"""The names that PostgreSQL makes up where the user gives none."""

from __future__ import annotations

NAME_BYTES = 63  # NAMEDATALEN - 1


def is_generated_name(name: str, table: str, column: str, label: str) -> bool:
    """Say whether PostgreSQL itself would have given this name.

    Args:
        name: The name of a constraint or an index.
        table: The table's name.
        column: The column's name; empty where the rule has none, as for domains.
        label: What the rule ends in, such as `not_null`; a number follows where the name was taken.
    """
    digits = name[len(name.rstrip("0123456789")) :]
    endings = (digits[start:] for start in range(len(digits) + 1))
    return any(name == make_object_name(table, column, label + ending) for ending in endings)


def make_object_name(table: str, column: str, label: str) -> str:
    """Join three names as PostgreSQL does, cut to 63 bytes.

    Source: makeObjectName() in src/backend/commands/indexcmds.c: the longer of the two names loses bytes until all
    fits, and then what is left of a character.
    """
    first, second = len(table.encode()), len(column.encode())
    room = NAME_BYTES - len(label.encode()) - 1 - bool(column)
    while first + second > room:
        if first > second:
            first -= 1
        else:
            second -= 1
    parts = [_clip(table, first), _clip(column, second), label]
    return "_".join(part for part in parts if part)


def array_type_name(name: str) -> str:
    """Return what an array type is called where that name is not taken (makeArrayTypeName() in pg_type.c)."""
    return "_" + _clip(name, NAME_BYTES - 1)


def _clip(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
