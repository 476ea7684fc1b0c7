"""What a kind of object is to the reader: a record, one query for the rows, and how a row becomes a record.

Adding a kind takes one module with its record, its query and a `Kind`, and one line in `kinds/__init__.py`:

    RULES = Kind(record=Rule, query=sql.SQL("SELECT ... "), words={"enabled": ENABLED})

The query's columns are called like the record's fields. The rest is said once, here: privileges, options and arrays are
converted by the fields' types, PostgreSQL's letters by `words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from types import NoneType
from typing import Any, LiteralString, get_args, get_origin, get_type_hints

from psycopg import sql

from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.making import maker, shared
from pgassay.catalog.record import Grant, Record, RoleName

Row = dict[str, Any]
Query = sql.SQL | sql.Composed
Words = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Since:
    """A piece of a query that differs by major version.

    Attributes:
        major: The first major that takes `text`.
        text: The piece from then on.
        before: The piece for older majors.
    """

    major: int
    text: sql.Composable
    before: sql.Composable | Since

    def at(self, major: int) -> sql.Composable:
        """Return the piece that a server of this major understands."""
        if major >= self.major:
            return self.text
        return self.before.at(major) if isinstance(self.before, Since) else self.before


@dataclass(frozen=True, slots=True)
class Deparse:
    """Text that PostgreSQL has to write from a parse tree, which takes locks and is not part of any snapshot.

    Every `pg_get_*` that meets an expression opens its table for a moment, and waits where somebody alters it; those
    that meet a query keep the lock on each of its tables until the transaction ends.

    Attributes:
        query: Takes an array of oids, and answers `oid` and the columns below, which replace those of the row.
        columns: The names of those columns. In rows that need no deparsing they are what the kind's own query says, or
            None where it does not have them.
        required: Those that cannot be NULL, unless the object has gone since its row was read.
        weight: How much of a batch one object takes: 1 where locks are momentary.
    """

    query: Query
    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Home:
    """What an object lives and dies with, and is read again with: its relation, or itself where it is on its own.

    In the kind's query `{home}` selects its oid, and `{part}` says whether it is among those that are read.

    Attributes:
        catalog: Whose oid it is: `pg_class`, `pg_proc` or `pg_type`.
        oid: The query's expression for it.
        rows: The catalog that gets a row with each new object.
    """

    catalog: str
    oid: LiteralString
    rows: str

    def pieces(self, *, part: bool) -> Mapping[str, sql.Composable]:
        """Return what the query's two placeholders stand for."""
        among = sql.SQL("{oid} = ANY(%(homes)s::oid[])" if part else "true").format(oid=sql.SQL(self.oid))
        return {"home": sql.SQL("{oid} AS home").format(oid=sql.SQL(self.oid)), "part": among}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One kind of object, as the reader sees it.

    Attributes:
        record: What a row becomes.
        query: One row an object, in one snapshot, without locks; `{name}` stands for a piece.
        among: Rows without which the query has none either, as FROM takes them, where that is quick to tell: of most
            kinds most databases have no object at all. `member` has the classid and objid of what extensions brought.
        home: Where objects of the kind can be read alone; the others are read all together.
        pieces: What the query's placeholders stand for, by major where they differ.
        words: For fields that PostgreSQL stores as a letter: letter -> word.
        deparse: Text to be read afterwards, for rows whose column `deparse` is true (such rows have an `oid`).
        given: Row -> the fields that take more than a look at their types to make, always the same ones.
        blind: Row -> what this reader may not see although the row is there, or None.
    """

    record: type[Record]
    query: sql.SQL
    among: LiteralString | None = None
    home: Home | None = None
    pieces: Mapping[str, sql.Composable | Since] = field(default_factory=dict)
    words: Words = field(default_factory=dict)
    deparse: Deparse | None = None
    given: Callable[[Row], Mapping[str, Any]] | None = None
    blind: Callable[[Row], BlindSpot | None] | None = None

    def statement(self, major: int, *, part: bool = False) -> sql.Composed:
        """Return the query as a server of this major understands it.

        Args:
            major: The server's major version.
            part: Whether it takes a parameter `homes`, oids, and gives the objects that are at home there.
        """
        pieces = {n: p.at(major) if isinstance(p, Since) else p for n, p in self.pieces.items()}
        return self.query.format(**pieces, **(self.home.pieces(part=part) if self.home else {}))

    def record_of(self, row: Row) -> Record:
        """Make the record of one row."""
        return next(self.records_of([row]))

    def records_of(self, rows: Sequence[Row]) -> Iterator[Record]:
        """Make the records of rows with the same columns."""
        return map(self._maker(rows[0]), rows) if rows else iter(())

    def _maker(self, row: Row) -> Callable[[Row], Record]:
        given = tuple(self.given(row)) if self.given else ()
        return _maker(self, tuple(row), given)


def occurrence(kinds: Iterable[Kind]) -> sql.Composed:
    """Return the query whether each of these kinds may occur, with a column for each, called like the kind."""
    columns = (
        sql.SQL("EXISTS (SELECT FROM {among}) AS {kind}").format(
            among=sql.SQL(kind.among), kind=sql.Identifier(kind.record.KIND)
        )
        for kind in kinds
        if kind.among is not None
    )
    return sql.SQL("WITH member AS MATERIALIZED ({members}) SELECT {columns}").format(
        members=sql.SQL(MEMBERS), columns=sql.SQL(", ").join(columns)
    )


MEMBERS: LiteralString = (
    "SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'"
)


_NO_PAIRS: Mapping[str, str] = {}  # one for all records: nobody changes what a record holds


def pairs(items: Iterable[str] | None) -> Mapping[str, str]:
    """Take `name=value` texts, as PostgreSQL stores options and settings, apart."""
    if not items:
        return _NO_PAIRS
    return dict(sorted((name, value) for name, _, value in (item.partition("=") for item in items)))


def grants(items: Iterable[Iterable[str]] | None) -> frozenset[Grant]:
    """Make grants of what `fragments.grants` selects."""
    return _grants(tuple(map(tuple, items))) if items else frozenset()


@lru_cache(maxsize=4096)  # the same few stand on every table
def _grants(items: tuple[tuple[str, str, str, str], ...]) -> frozenset[Grant]:
    return frozenset(
        Grant(RoleName(grantee), privilege, grantable == "true", RoleName(grantor))
        for grantee, privilege, grantable, grantor in items
    )


@lru_cache(maxsize=512)  # a kind's rows are alike
def _maker(kind: Kind, columns: tuple[str, ...], given: tuple[str, ...]) -> Callable[[Row], Record]:
    """Return what makes a kind's records: of columns that are called like the fields, and of what is given beside."""
    hints = get_type_hints(kind.record)
    names = [f.name for f in fields(kind.record) if f.name in columns and f.name not in given]
    conversions = {
        name: kind.words[name].__getitem__ if name in kind.words else _conversion(hints[name]) for name in names
    }
    return maker(kind.record, conversions, given=kind.given, names=given)


def _conversion(hint: Any) -> Callable[[Any], Any] | None:
    """Return what makes a field's value of what PostgreSQL sends; None where it is the value already."""
    origin = get_origin(hint)
    if origin is frozenset:
        return grants if get_args(hint) == (Grant,) else lambda value: frozenset(value or ())
    if origin is tuple:
        return lambda value: tuple(value or ())
    if origin is Mapping:
        return pairs
    return shared if _is_text(hint) else None


def _is_text(hint: Any) -> bool:
    """Tell whether a field is text, under whatever name of its own, or None."""
    return all(getattr(one, "__supertype__", one) in {str, NoneType} for one in get_args(hint) or (hint,))
