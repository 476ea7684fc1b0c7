"""Mends of columns."""

from __future__ import annotations

from pgassay.catalog.difference import AttributeDifference, Difference
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.mends import foreign_options, sequences
from pgassay.catalog.mends.common import new_privileges, set_comment
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.sequences import clauses
from pgassay.catalog.names import make_object_name
from pgassay.catalog.sqltext import change_options, dotted, literal, options, quote_name, sentence


def clause(column: Column, context: Context) -> str:
    """Return the column as CREATE TABLE wants it."""
    words = [quote_name(column.name), f"{column.type}{foreign_options.given(column.foreign_options)}"]
    words += [f"COLLATE {column.collation}"] if column.collation else []
    words += [generation(column, context)] if column.generated or column.identity_column else []
    words += [f"DEFAULT {column.default}"] if column.default is not None and not column.generated else []
    words += [_not_null(column)] if column.not_null else []
    return " ".join(words)


def _not_null(column: Column) -> str:
    """Return NOT NULL as a constraint of the column."""
    return f"{_name_of_not_null(column)}NOT NULL{_no_inherit(column)}"


def _name_of_not_null(column: Column) -> str:
    return f"CONSTRAINT {quote_name(column.not_null_name)} " if column.not_null_name else ""


def _no_inherit(column: Column) -> str:
    return " NO INHERIT" if column.not_null_no_inherit else ""


def generation(column: Column, context: Context) -> str:
    """Return GENERATED ALWAYS AS (...), or AS IDENTITY with its sequence."""
    if column.generated:
        return f"GENERATED ALWAYS AS ({column.default}) {column.generated.upper()}"
    sequence = identity_sequence(column, context)
    name = f" (SEQUENCE NAME {dotted(*sequence.identity)} {clauses(sequence)})" if sequence else ""
    return f"GENERATED {str(column.identity_column).upper()} AS IDENTITY{name}"


def identity_sequence(column: Column, context: Context) -> Sequence | None:
    """Return the sequence behind an expected identity column."""
    return next((s for s in owned_sequences(column, context) if s.identity_column), None)


def owned_sequences(column: Column, context: Context) -> list[Sequence]:
    """Return the expected sequences that are the column's."""
    found = context.expected.records.get(Sequence.KIND, {}).values()
    return [s for s in found if isinstance(s, Sequence) and s.owned_by == dotted(*column.identity)]


def create(column: Column, context: Context) -> Statements:
    """Add a column; it comes last."""
    if _of_a_view(column, context):
        return [sentence("mend the view: its columns follow")]
    table = dotted(column.schema, column.table)
    return [f"ALTER TABLE {table} ADD COLUMN {clause(column, context)};", *details(column)]


def _of_a_view(column: Column, context: Context) -> bool:
    identity = (column.schema, column.table)
    return any(identity in context.expected.records.get(kind.KIND, {}) for kind in (View, MaterializedView))


def details(column: Column) -> Statements:
    """Set what ADD COLUMN and CREATE TABLE cannot say of a column."""
    start = _start(column)
    statements = [f"{start} SET COMPRESSION {column.compression};"] if column.compression else []
    if column.statistics_target is not None:
        statements.append(f"{start} SET STATISTICS {column.statistics_target};")
    if column.options:
        statements.append(f"{start} SET {options(column.options)};")
    statements += new_privileges(column, None)
    if column.not_null_comment is not None:
        statements += _comment_on_not_null(column, _name_when_new(column))
    return statements + (set_comment(column, column.comment) if column.comment is not None else [])


def _comment_on_not_null(column: Column, name: str) -> Statements:
    text = "NULL" if column.not_null_comment is None else literal(column.not_null_comment)
    return [f"COMMENT ON CONSTRAINT {quote_name(name)} ON {dotted(column.schema, column.table)} IS {text};"]


def _name_when_new(column: Column) -> str:
    return column.not_null_name or make_object_name(column.table, column.name, "not_null")


def _name_once_mended(wanted: Column, found: Column) -> str:
    """Return what NOT NULL is called after its name was mended; it may have another than PostgreSQL's first choice."""
    same = wanted.not_null_name == found.not_null_name
    return (same and found.not_null_constraint) or _name_when_new(wanted)


def _start(column: Column) -> str:
    return f"ALTER TABLE {dotted(column.schema, column.table)} ALTER COLUMN {quote_name(column.name)}"


def drop(column: Column, _context: Context) -> Statements:
    """Drop a column, and say that its values go too."""
    table = dotted(column.schema, column.table)
    return [sentence("its values are lost"), f"ALTER TABLE {table} DROP COLUMN {quote_name(column.name)};"]


def alter(difference: Difference, context: Context) -> Statements:
    """Mend a column attribute by attribute, the type with the default out of its way."""
    wanted, found = both(difference)
    if difference.attribute("generated") or (wanted.generated and difference.attribute("default")):
        return _regenerate(wanted, found, context)
    left = {attribute.name: attribute for attribute in difference.attributes}
    statements: Statements = []
    if "identity_column" in left and wanted.identity_column is None:
        statements += _identity(wanted, found, context)
        del left["identity_column"]
    if "type" in left:
        statements += _retype(wanted, found)
        left = {name: a for name, a in left.items() if name not in BROUGHT_BY_TYPE}
    if "identity_column" in left:
        left.pop("default", None)  # an identity excludes it, and drops it first
    in_order = sorted(left.values(), key=lambda attribute: attribute.name == "identity_column")  # it wants NOT NULL
    return statements + [s for attribute in in_order for s in _alter(attribute, wanted, found, context)]


def _regenerate(wanted: Column, found: Column, context: Context) -> Statements:
    """Only a stored column can be made an ordinary one; from 17 on its expression can be changed."""
    start = _start(wanted)
    if wanted.generated is None and found.generated == "stored":
        default = [] if wanted.default is None else [f"{start} SET DEFAULT {wanted.default};"]
        return [f"{start} DROP EXPRESSION;", *default]
    if wanted.generated == found.generated and context.actual.major >= 17:
        return [f"{start} SET EXPRESSION AS ({wanted.default});"]
    return [
        sentence("a column cannot become a generated one: drop it and add it again, last in its table"),
        *drop(wanted, context),
        *create(wanted, context),
    ]


BROUGHT_BY_TYPE = frozenset({"type", "collation", "default", "storage"})
"""Attributes that `_retype` mends as well."""


def _retype(wanted: Column, found: Column) -> Statements:
    start = _start(wanted)
    collation = f" COLLATE {wanted.collation}" if wanted.collation else ""
    using = f" USING {quote_name(wanted.name)}::{wanted.type}"
    return [
        *([f"{start} DROP DEFAULT;"] if found.default is not None else []),
        f"{start} TYPE {wanted.type}{collation}{using};",
        *([f"{start} SET DEFAULT {wanted.default};"] if wanted.default is not None else []),
    ]


def _alter(attribute: AttributeDifference, wanted: Column, found: Column, context: Context) -> Statements:
    start = _start(wanted)
    action = _action(attribute.name, wanted)
    if action is not None:
        return [f"{start} {action};"]
    match attribute.name:
        case "not_null" | "not_null_no_inherit" | "not_null_name" | "not_null_validated":
            return _alter_not_null(attribute.name, wanted, found)
        case "not_null_comment":
            return _comment_on_not_null(wanted, _name_once_mended(wanted, found))
        case "identity_column":
            return _identity(wanted, found, context)
        case "options" | "foreign_options":
            change = change_options if attribute.name == "options" else foreign_options.change
            return change(start, missing=attribute.missing, extra=attribute.extra)
        case name:
            return [sentence(f"whether it is {name.replace('_', ' ')} cannot be altered: change the contract")]


def _action(attribute: str, wanted: Column) -> str | None:
    """Return what ALTER COLUMN does about an attribute that one clause mends."""
    target = -1 if wanted.statistics_target is None else wanted.statistics_target
    actions = {
        "default": "DROP DEFAULT" if wanted.default is None else f"SET DEFAULT {wanted.default}",
        "collation": f"TYPE {wanted.type} COLLATE {wanted.collation or 'pg_catalog.default'}",
        "storage": f"SET STORAGE {wanted.storage.upper()}",
        "compression": f"SET COMPRESSION {wanted.compression or 'default'}",
        "statistics_target": f"SET STATISTICS {target}",
    }
    return actions.get(attribute)


def _alter_not_null(attribute: str, wanted: Column, found: Column) -> Statements:
    drop_it = f"{_start(wanted)} DROP NOT NULL;"
    add_it = f"ALTER TABLE {dotted(wanted.schema, wanted.table)} ADD {_added_not_null(wanted)};"
    if attribute == "not_null":
        plain = f"{_start(wanted)} SET NOT NULL;"
        special = wanted.not_null_name is not None or wanted.not_null_no_inherit
        return [(add_it if special else plain) if wanted.not_null else drop_it]
    if not (wanted.not_null and found.not_null):
        return []
    if attribute == "not_null_no_inherit":
        return [drop_it, add_it]
    return _alter_not_null_constraint(attribute, wanted, found)


def _added_not_null(wanted: Column) -> str:
    """Return NOT NULL as a constraint of the table (18+)."""
    return f"{_name_of_not_null(wanted)}NOT NULL {quote_name(wanted.name)}{_no_inherit(wanted)}"


def _alter_not_null_constraint(attribute: str, wanted: Column, found: Column) -> Statements:
    table = f"ALTER TABLE {dotted(wanted.schema, wanted.table)}"
    before = quote_name(found.not_null_constraint or _name_when_new(found))
    after = quote_name(_name_once_mended(wanted, found))
    if attribute == "not_null_name":
        return [f"{table} RENAME CONSTRAINT {before} TO {after};"]
    if wanted.not_null_validated:
        return [f"{table} VALIDATE CONSTRAINT {after};"]
    return [sentence("NOT NULL holds for all rows here: change the contract")]


def _identity(wanted: Column, found: Column, context: Context) -> Statements:
    start = _start(wanted)
    if wanted.identity_column is None:
        return [f"{start} DROP IDENTITY;", *_serial(wanted, context)]
    if found.identity_column is not None:
        return [f"{start} SET GENERATED {wanted.identity_column.upper()};"]
    sequence = identity_sequence(wanted, context)
    default = [f"{start} DROP DEFAULT;"] if found.default is not None else []
    taken = sequence is not None and context.has(Sequence.KIND, *sequence.identity)
    dropped = [f"DROP SEQUENCE {dotted(*sequence.identity)};"] if sequence is not None and taken else []
    return [
        *default,
        *dropped,
        f"{start} ADD {generation(wanted, context)};",
        sentence("then set the new sequence behind the highest value: SELECT setval(...)"),
    ]


def _serial(wanted: Column, context: Context) -> Statements:
    """Make the sequences again that DROP IDENTITY took along and that the column's default needs."""
    owned = (s for s in owned_sequences(wanted, context) if not s.identity_column)
    return [
        s
        for sequence in owned
        if context.has(Sequence.KIND, *sequence.identity)
        for s in sequences.create(sequence, context)
    ]


MENDERS = {Column.KIND: Mender(create=create, drop=drop, alter=alter)}
