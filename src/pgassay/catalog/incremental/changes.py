"""Asking what has changed since the last time: one statement over all watched catalogs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from pgassay.catalog.incremental.homes import home_of
from pgassay.catalog.incremental.watched import ALL, FEW, SINCE, WATCHED, Watched
from pgassay.catalog.kind import Row
from pgassay.catalog.kinds.subscriptions import SUBSCRIPTIONS

Key = tuple[int, ...]

ROLES = "pg_roles"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a watched catalog.

    Attributes:
        classid: The oid of the catalog that its object is of.
        object: The object's oid there.
        home: The oid of what the object is read with, 0 where it cannot be read alone.
        name: A hash of what others name the object by.
        counted: 1 where the row may be of what is not read, but counted.
    """

    classid: int
    object: int
    home: int
    name: int
    counted: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the catalogs showed.

    Attributes:
        counts: Watched catalog -> how many rows it has, where their keys are known.
        entries: Watched catalog -> those of its rows that were asked for, with their keys.
        states: Catalog -> a text that becomes another one as soon as a row changes.
        names: (`schema` or `role`, oid) -> name, of all that there are.
    """

    counts: Mapping[Watched, int]
    entries: Mapping[Watched, Sequence[tuple[Key, Entry]]]
    states: Mapping[str, str]
    names: Mapping[tuple[str, int], str]


# Names that are written everywhere, and that no dependence leads to.
NAMES = sql.SQL("""
SELECT 'schema' AS sort, oid::bigint, nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast_temp)_'
UNION ALL SELECT 'role', oid::bigint, rolname::text FROM pg_roles
""")


def everything(major: int) -> sql.Composed:
    """Return the statement for the first look: all rows whose keys have to be known."""
    watched = [_rows(number, one, sql.SQL("true")) for number, one in enumerate(WATCHED) if one.key]
    return sql.SQL(" UNION ALL ").join([*watched, *_states(major)])


def newer(major: int) -> sql.Composed:
    """Return the statement for a later look: rows of the transaction `mark`, its parameter, and of all later ones."""
    new = sql.SQL("age(x.xmin) <= (SELECT age(%(mark)s::xid))")
    watched = [_rows(number, one, new) for number, one in enumerate(WATCHED)]
    return sql.SQL(" UNION ALL ").join([*watched, *_states(major)])


def keys(watched: Watched) -> sql.Composed:
    """Return the statement that gives the keys of all rows of a catalog."""
    return sql.SQL("SELECT array_agg(ARRAY[{key}]::bigint[]) AS keys FROM {source}").format(
        key=sql.SQL(", ").join(map(sql.SQL, watched.key)), source=sql.SQL(watched.source)
    )


def look(rows: Iterable[Row], names: Iterable[Row]) -> Look:
    """Take the answers apart: to a statement of this module, and to `NAMES`."""
    by_watched, states = {}, {}
    for row in rows:
        if row["watched"] is None:
            states[row["catalog"]] = row["state"]
        else:
            by_watched[WATCHED[row["watched"]]] = row
    return Look(
        {watched: row["rows"] for watched, row in by_watched.items() if watched.key},
        {watched: [_entry(watched, e) for e in row["entries"] or ()] for watched, row in by_watched.items()},
        states,
        {(row["sort"], row["oid"]): row["name"] for row in names},
    )


def _entry(watched: Watched, values: Sequence[int]) -> tuple[Key, Entry]:
    n = len(watched.key)
    return tuple(values[:n]), Entry(*values[n:])


def _rows(number: int, watched: Watched, new: sql.Composable) -> sql.Composed:
    """Select those rows that are new, and how many there are, old ones too, where keys are known."""
    classid, oid = map(sql.SQL, watched.object)
    home = sql.SQL("coalesce({home}, 0)").format(home=home_of(classid, oid))
    name = sql.SQL("hashtext(ROW({name})::text)").format(name=sql.SQL(watched.name)) if watched.name else sql.SQL("0")
    counted = sql.SQL("({})::int").format(sql.SQL(watched.counted))
    return sql.SQL(_COUNTED if watched.key else _NEW).format(
        number=sql.Literal(number),
        values=sql.SQL(", ").join([*map(sql.SQL, watched.key), classid, oid, home, name, counted]),
        new=new,
        source=sql.SQL(watched.source),
    )


_COUNTED = (
    "SELECT {number} AS watched, count(*) AS rows,"
    " array_agg(ARRAY[{values}]::bigint[]) FILTER (WHERE {new}) AS entries,"
    " NULL AS catalog, NULL AS state FROM {source}"
)
_NEW = "SELECT {number}, NULL, array_agg(DISTINCT ARRAY[{values}]::bigint[]), NULL, NULL FROM {source} AND {new}"


def _states(major: int) -> list[sql.Composed]:
    """Each new row has a younger transaction than all old ones: at one count no other rows have the same sum."""
    return [
        sql.SQL(
            "SELECT NULL, NULL, NULL, {catalog}, count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0)"
            " FROM {name} WHERE {rows}"
        ).format(catalog=sql.Literal(name), name=sql.Identifier(name), rows=sql.SQL(rows))
        for name, rows in (ALL | FEW).items()
        if major >= SINCE.get(name, 0)
    ] + [
        sql.SQL(
            "SELECT NULL, NULL, NULL, {catalog}, count(*) || ' ' || coalesce(sum(hashtextextended(x::text, 0)), 0)"
            " FROM {source} AS x"
        ).format(catalog=sql.Literal(name), source=source)
        for name, source in secretive(major).items()
    ]


def secretive(major: int) -> Mapping[str, sql.Composable]:
    """Return what of catalogs with secrets everybody may read, which is not `xmin`: name -> what to select from."""
    return {
        ROLES: sql.SQL("pg_roles"),
        "pg_user_mappings": sql.SQL("pg_user_mappings"),
        "pg_subscription": sql.SQL("({})").format(SUBSCRIPTIONS.statement(major)),
    }
