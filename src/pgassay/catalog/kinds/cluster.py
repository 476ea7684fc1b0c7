"""What belongs to the whole cluster beside roles: tablespaces, and who may set which parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind, Since
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tablespace(Record):
    """A tablespace; where it lies is the machine's affair and not read."""

    KIND: ClassVar[str] = "tablespace"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Its owner."""
        return f"owner {self.owner}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParameterPrivileges(Record):
    """Who may SET a parameter, or ALTER SYSTEM, without being a superuser (15+).

    Attributes:
        name: The parameter, in lower case.
        privileges: Without those of the superuser that initdb made, who needs none.
    """

    KIND: ClassVar[str] = "parameter privileges"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    privileges: frozenset[Grant]

    @property
    def summary(self) -> str:
        """What is granted."""
        return ", ".join(sorted(map(str, self.privileges)))


# pg_tablespace alone; what is shared is no member of an extension.
TABLESPACES = Kind(
    record=Tablespace,
    query=sql.SQL("""
SELECT t.spcname AS name,
       t.spcoptions AS options,
       pg_get_userbyid(t.spcowner) AS owner,
       {privileges} AS privileges,
       shobj_description(t.oid, 'pg_tablespace') AS comment
FROM pg_tablespace AS t
WHERE t.oid >= 16384
"""),
    pieces={"privileges": fragments.grants("t.spcacl", "t", "t.spcowner")},
)

# pg_parameter_acl (15+). Parameters have no owner: the superuser that initdb made (oid 10) grants in the place of one.
PARAMETERS_SINCE_15 = sql.SQL("""
SELECT p.parname AS name, {privileges} AS privileges
FROM pg_parameter_acl AS p
CROSS JOIN LATERAL (SELECT array_agg(item) AS others FROM unnest(p.paracl) AS item
                     WHERE EXISTS (SELECT FROM aclexplode(ARRAY[item]) AS a WHERE a.grantee <> 10)) AS granted_to
WHERE others IS NOT NULL
""").format(privileges=fragments.grants("others", "p", "10"))

PARAMETER_PRIVILEGES = Kind(
    record=ParameterPrivileges,
    query=sql.SQL("{rows}"),
    pieces={"rows": Since(15, PARAMETERS_SINCE_15, sql.SQL("SELECT NULL AS name, NULL AS privileges WHERE false"))},
)
