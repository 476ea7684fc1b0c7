"""Operator classes and operator families, and who of their members belongs to which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, LiteralString

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind, Row
from pgassay.catalog.record import Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorMember:
    """An operator of a family.

    Attributes:
        operator: With its schema.
        sort_family: The btree family that it orders by (FOR ORDER BY), or None where it searches.
    """

    strategy: int
    operator: str
    left: str
    right: str
    sort_family: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionMember:
    """A support function of a family.

    Attributes:
        function: With its schema and the types of its arguments.
        left: This and `right`: the types that it is for, which need not be its arguments'.
    """

    number: int
    function: str
    left: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OperatorFamily(Record):
    """An operator family.

    Attributes:
        operators: Its loose ones: those that belong to no operator class.
        functions: Its loose support functions.
    """

    KIND: ClassVar[str] = "operator family"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name", "method")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    method: str
    operators: tuple[OperatorMember, ...]
    functions: tuple[FunctionMember, ...]
    owner: RoleName
    comment: str | None

    @property
    def label(self) -> str:
        """Kind, qualified name and method."""
        return _label(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OperatorClass(Record):
    """An operator class.

    Attributes:
        type: The type that it is for.
        default: Whether an index takes it for that type where none is named.
        family: With its schema.
        storage: The type that is stored, None where it is the same.
        operators: Those that live and die with the class; the others are loose members of its family.
        functions: Its support functions, likewise.
    """

    KIND: ClassVar[str] = "operator class"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name", "method")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    method: str
    type: str
    default: bool
    family: str
    storage: str | None
    operators: tuple[OperatorMember, ...]
    functions: tuple[FunctionMember, ...]
    owner: RoleName
    comment: str | None

    @property
    def label(self) -> str:
        """Kind, qualified name and method."""
        return _label(self)

    @property
    def summary(self) -> str:
        """The type, and whether it is the type's default."""
        return f"{'default ' if self.default else ''}for {self.type}"


def _label(record: OperatorClass | OperatorFamily) -> str:
    name = f"{quote_name(record.schema)}.{quote_name(record.name)}"
    return f"{record.KIND} {name} using {quote_name(record.method)}"


def made_by(family: OperatorFamily, classes: Iterable[OperatorClass]) -> OperatorClass | None:
    """Return the operator class that made the family, as CREATE OPERATOR CLASS does where no family is named.

    Args:
        family: Any family.
        classes: Those of the same catalog.
    """
    name = f"{quote_name(family.schema)}.{quote_name(family.name)}"
    members = [one for one in classes if (one.family, one.method) == (name, family.method)]
    return members[0] if [one.identity for one in members] == [family.identity] else None


# Members are rows of pg_amop and pg_amproc. pg_depend tells to whom one belongs: to a class, with which it is dropped,
# or to the family alone, by which ALTER OPERATOR FAMILY drops it. (An operator that orders depends on the family that
# it orders by, too.)
OPERATOR_MEMBERS = sql.SQL("""
(SELECT array_agg(ARRAY[o.amopstrategy::text, {operator}, format_type(o.amoplefttype, NULL),
                        format_type(o.amoprighttype, NULL), {sort_family}])
   FROM pg_amop AS o
   JOIN pg_depend AS d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid
                      AND d.refclassid = {owner}::regclass AND d.refobjid = {oid}
  WHERE o.amopfamily = {family})
""")
FUNCTION_MEMBERS = sql.SQL("""
(SELECT array_agg(ARRAY[f.amprocnum::text, {function}, format_type(f.amproclefttype, NULL),
                        format_type(f.amprocrighttype, NULL)])
   FROM pg_amproc AS f
   JOIN pg_depend AS d ON d.classid = 'pg_amproc'::regclass AND d.objid = f.oid
                      AND d.refclassid = {owner}::regclass AND d.refobjid = {oid}
  WHERE f.amprocfamily = {family})
""")
SORT_FAMILY = sql.SQL("""
(SELECT {name} FROM pg_opfamily AS s JOIN pg_namespace AS sn ON sn.oid = s.opfnamespace WHERE s.oid = o.amopsortfamily)
""").format(name=fragments.qualified("sn.nspname", "s.opfname"))


def _members(owner: LiteralString, oid: LiteralString, family: LiteralString) -> dict[str, sql.Composable]:
    """Select the members of a class, or the loose ones of a family."""
    of = {"owner": sql.Literal(owner), "oid": sql.SQL(oid), "family": sql.SQL(family)}
    return {
        "operators": OPERATOR_MEMBERS.format(operator=fragments.operator("o.amopopr"), sort_family=SORT_FAMILY, **of),
        "functions": FUNCTION_MEMBERS.format(function=fragments.signature("f.amproc"), **of),
    }


def _operators(row: Row) -> tuple[OperatorMember, ...]:
    members = (
        OperatorMember(strategy=int(strategy), operator=operator, left=left, right=right, sort_family=sort_family)
        for strategy, operator, left, right, sort_family in row["operators"] or ()
    )
    return tuple(sorted(members, key=lambda member: (member.strategy, member.left, member.right)))


def _functions(row: Row) -> tuple[FunctionMember, ...]:
    members = (
        FunctionMember(number=int(number), function=function, left=left, right=right)
        for number, function, left, right in row["functions"] or ()
    )
    return tuple(sorted(members, key=lambda member: (member.number, member.left, member.right)))


def _members_of(row: Row) -> dict[str, Any]:
    return {"operators": _operators(row), "functions": _functions(row)}


OPERATOR_FAMILIES = Kind(
    record=OperatorFamily,
    among="pg_opfamily WHERE oid >= 16384 AND ('pg_opfamily'::regclass, oid) NOT IN (SELECT * FROM member)",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       k.opfname AS name,
       m.amname AS method,
       {operators} AS operators,
       {functions} AS functions,
       pg_get_userbyid(k.opfowner) AS owner,
       obj_description(k.oid, 'pg_opfamily') AS comment
FROM pg_opfamily AS k
JOIN pg_namespace AS n ON n.oid = k.opfnamespace
JOIN pg_am AS m ON m.oid = k.opfmethod
WHERE {made} AND {seen}
"""),
    pieces={
        **_members("pg_opfamily", "k.oid", "k.oid"),
        "made": fragments.made("pg_opfamily", "k.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    given=_members_of,
)

OPERATOR_CLASSES = Kind(
    record=OperatorClass,
    among="pg_opclass WHERE oid >= 16384 AND ('pg_opclass'::regclass, oid) NOT IN (SELECT * FROM member)",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       c.opcname AS name,
       m.amname AS method,
       format_type(c.opcintype, NULL) AS type,
       c.opcdefault AS default,
       {family} AS family,
       {storage} AS storage,
       {operators} AS operators,
       {functions} AS functions,
       pg_get_userbyid(c.opcowner) AS owner,
       obj_description(c.oid, 'pg_opclass') AS comment
FROM pg_opclass AS c
JOIN pg_namespace AS n ON n.oid = c.opcnamespace
JOIN pg_am AS m ON m.oid = c.opcmethod
JOIN pg_opfamily AS k ON k.oid = c.opcfamily
JOIN pg_namespace AS kn ON kn.oid = k.opfnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        **_members("pg_opclass", "c.oid", "c.opcfamily"),
        "family": fragments.qualified("kn.nspname", "k.opfname"),
        "storage": fragments.type_name("c.opckeytype"),
        "made": fragments.made("pg_opclass", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    given=_members_of,
)
