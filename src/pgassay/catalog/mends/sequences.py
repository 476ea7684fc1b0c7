"""Mends of sequences; those of identity columns live with their column."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.sqltext import dotted, sentence

CLAUSES = ("increment", "minimum", "maximum", "start", "cache", "cycle")


def clause(sequence: Sequence, name: str) -> str:
    """Return one clause of CREATE or ALTER SEQUENCE."""
    value = getattr(sequence, name)
    match name:
        case "type":
            return f"AS {value}"
        case "cycle":
            return "CYCLE" if value else "NO CYCLE"
        case _:
            words = {"increment": "INCREMENT BY", "minimum": "MINVALUE", "maximum": "MAXVALUE"}
            return f"{words.get(name, name.upper())} {value}"


def clauses(sequence: Sequence) -> str:
    """Return all clauses but the type and the owner."""
    return " ".join(clause(sequence, name) for name in CLAUSES)


def create(sequence: Sequence, _context: Context) -> Statements:
    """Create a sequence, owned by its column where that is there."""
    return [
        create_alone(sequence),
        *own(sequence),
        *finish(sequence),
    ]


def create_alone(sequence: Sequence) -> str:
    """Return CREATE SEQUENCE, without its column, which may come later."""
    unlogged = "UNLOGGED " if sequence.persistence == "unlogged" else ""
    name = dotted(sequence.schema, sequence.name)
    return f"CREATE {unlogged}SEQUENCE {name} AS {sequence.type} {clauses(sequence)};"


def own(sequence: Sequence) -> Statements:
    """Tie the sequence to its column, if it has one."""
    if sequence.owned_by is None:
        return []
    return [f"ALTER SEQUENCE {dotted(sequence.schema, sequence.name)} OWNED BY {sequence.owned_by};"]


def alter(difference: Difference, _context: Context) -> Statements:
    """Mend a sequence's clauses in one statement; its position stays."""
    wanted, _ = both(difference)
    name = dotted(wanted.schema, wanted.name)
    names = [attribute.name for attribute in difference.attributes]
    words = [clause(wanted, each) for each in ("type", *CLAUSES) if each in names]
    statements = [f"ALTER SEQUENCE {name} {' '.join(words)};"] if words else []
    if "persistence" in names:
        statements.append(f"ALTER SEQUENCE {name} SET {'UNLOGGED' if wanted.persistence == 'unlogged' else 'LOGGED'};")
    if "owned_by" in names:
        statements.append(f"ALTER SEQUENCE {name} OWNED BY {wanted.owned_by or 'NONE'};")
    if "identity_column" in names:
        statements.append(sentence("mend the identity of its column: the sequence follows"))
    return statements


MENDERS = {Sequence.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
