"""Finding one's way to what lives in no schema: foreign data, languages, casts, tablespaces, large objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from pgassay.catalog.casts import Cast, Transform
from pgassay.catalog.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.languages import AccessMethod, Language
from pgassay.catalog.large_objects import LargeObject
from pgassay.catalog.named import Named
from pgassay.catalog.record import Identity, Record

Found = TypeVar("Found")


class NavigationOutsideSchemas:
    """A mapping for each kind of object that lives in no schema, and a look-up by name for those that have one."""

    __slots__ = ()

    if TYPE_CHECKING:
        records: Mapping[str, Mapping[Identity, Record]]

    def of_kind(self, record: type[Found]) -> Named[Found]:
        """Return all objects of one kind, by identity."""
        kind = cast(type[Record], record).KIND
        return Named(kind, cast(Mapping[Identity, Found], self.records.get(kind, {})))

    @property
    def foreign_data_wrappers(self) -> Named[ForeignDataWrapper]:
        """All foreign-data wrappers."""
        return self.of_kind(ForeignDataWrapper)

    def foreign_data_wrapper(self, name: str) -> ForeignDataWrapper:
        """Return one foreign-data wrapper."""
        return self.foreign_data_wrappers[name]

    @property
    def foreign_servers(self) -> Named[ForeignServer]:
        """All foreign servers."""
        return self.of_kind(ForeignServer)

    def foreign_server(self, name: str) -> ForeignServer:
        """Return one foreign server."""
        return self.foreign_servers[name]

    @property
    def user_mappings(self) -> Named[UserMapping]:
        """All user mappings: `user_mappings["server", "role"]`; the role of everybody's is `PUBLIC`."""
        return self.of_kind(UserMapping)

    @property
    def languages(self) -> Named[Language]:
        """All languages that neither initdb nor an extension made."""
        return self.of_kind(Language)

    def language(self, name: str) -> Language:
        """Return one language."""
        return self.languages[name]

    @property
    def transforms(self) -> Named[Transform]:
        """All transforms: `transforms["integer", "plpgsql"]`."""
        return self.of_kind(Transform)

    @property
    def casts(self) -> Named[Cast]:
        """All casts: `casts["public.mood", "integer"]`."""
        return self.of_kind(Cast)

    @property
    def access_methods(self) -> Named[AccessMethod]:
        """All access methods."""
        return self.of_kind(AccessMethod)

    def access_method(self, name: str) -> AccessMethod:
        """Return one access method."""
        return self.access_methods[name]

    @property
    def tablespaces(self) -> Named[Tablespace]:
        """All tablespaces of the cluster that initdb did not make."""
        return self.of_kind(Tablespace)

    def tablespace(self, name: str) -> Tablespace:
        """Return one tablespace."""
        return self.tablespaces[name]

    @property
    def parameter_privileges(self) -> Named[ParameterPrivileges]:
        """What is granted on parameters of the cluster: `parameter_privileges["log_statement"]`."""
        return self.of_kind(ParameterPrivileges)

    @property
    def large_objects(self) -> Named[LargeObject]:
        """All large objects, by their oid in digits."""
        return self.of_kind(LargeObject)

    def large_object(self, oid: int) -> LargeObject:
        """Return one large object."""
        return self.large_objects[str(oid)]
