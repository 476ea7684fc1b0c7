"""Finding the rows that a foreign key may refer to."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from pgassay.behaviors.rows.oracle import Oracle, identifier
from pgassay.behaviors.rows.shape import ForeignKey
from pgassay.behaviors.scene import Relation

_MANY = 100  # rows among which one is taken

_FIND = sql.SQL("SELECT {texts} FROM {parent} AS parent WHERE {conditions} ORDER BY {columns} LIMIT {many}")
_UNUSED = sql.SQL("NOT EXISTS (SELECT FROM {child} AS child WHERE {same})")

Key = Mapping[str, str | None]


def find_parent(
    oracle: Oracle, child: Relation, key: ForeignKey, decided: Key, *, number: int, unused: bool
) -> dict[str, str | None] | None:
    """Return the texts of a foreign key's columns that refer to a row which is there; None where there is none.

    Args:
        oracle: Asks the server.
        child: The referencing table.
        key: The foreign key.
        decided: Texts of some of its columns, which the row must have.
        number: Which of several is taken, in turn.
        unused: Whether no row of the child may refer to it.
    """
    columns = [identifier("parent", name) for name in key.columns.values()]
    conditions = [sql.SQL("{} IS NOT NULL").format(column) for column in columns]
    conditions += [sql.SQL("{} = %s").format(identifier("parent", key.columns[name])) for name in decided]
    if unused:
        conditions.append(_UNUSED.format(child=identifier(child.schema, child.name), same=_same(key)))
    query = _FIND.format(
        texts=sql.SQL(", ").join(sql.SQL("{}::text").format(column) for column in columns),
        parent=identifier(*key.parent),
        conditions=sql.SQL(" AND ").join(conditions),
        columns=sql.SQL(", ").join(columns),
        many=sql.Literal(_MANY),
    )
    rows = oracle.values(query, list(decided.values()))
    return dict(zip(key.columns, rows[number % len(rows)], strict=True)) if rows else None


def _same(key: ForeignKey) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(identifier("child", own), identifier("parent", referenced))
        for own, referenced in key.columns.items()
    )
