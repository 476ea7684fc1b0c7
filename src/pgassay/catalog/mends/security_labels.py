"""Mends of security labels."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import literal, on_this_database, quote_name

Label = SecurityLabel | RoleSecurityLabel


def create(label: Label, _context: Context) -> Statements:
    """Set the label."""
    return [_set(label, literal(label.label_text))]


def drop(label: Label, _context: Context) -> Statements:
    """Take the label away."""
    return [_set(label, "NULL")]


def alter(difference: Difference, context: Context) -> Statements:
    """Set the label anew."""
    wanted, _ = both(difference)
    return create(wanted, context)


def _set(label: Label, text: str) -> str:
    statement = f"SECURITY LABEL FOR {quote_name(label.provider)} ON {_named(label)} IS {text}"
    of_database = isinstance(label, SecurityLabel) and label.object_type == "database"
    return on_this_database(statement) if of_database else f"{statement};"


def _named(label: Label) -> str:
    match label:
        case RoleSecurityLabel():
            return f"ROLE {quote_name(label.role)}"
        case SecurityLabel(object_type="database"):
            return "DATABASE {}"
        case _:
            word = "COLUMN" if label.object_type.endswith(" column") else label.object_type.upper()
            return f"{word} {label.name}"


OF_LABELS = Mender(create=create, drop=drop, alter=alter)
MENDERS = {SecurityLabel.KIND: OF_LABELS, RoleSecurityLabel.KIND: OF_LABELS}
