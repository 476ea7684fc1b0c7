"""Finding one's way to what lives in no schema: foreign data, languages, casts, tablespaces, large objects."""

from __future__ import annotations

from pgassay.catalog.kinds.casts import Cast, Transform
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.event_triggers import EventTrigger
from pgassay.catalog.kinds.extension_dependences import ExtensionDependence
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.languages import AccessMethod, Language
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.publications import Publication, PublicationSchema, PublicationTable
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.lookup import Lookup
from pgassay.catalog.named import Named


class NavigationOutsideSchemas(Lookup):
    """A mapping for each kind of object that lives in no schema, and a look-up by name for those that have one."""

    __slots__ = ()

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

    @property
    def event_triggers(self) -> Named[EventTrigger]:
        """All event triggers."""
        return self.of_kind(EventTrigger)

    def event_trigger(self, name: str) -> EventTrigger:
        """Return one event trigger."""
        return self.event_triggers[name]

    @property
    def publications(self) -> Named[Publication]:
        """All publications."""
        return self.of_kind(Publication)

    def publication(self, name: str) -> Publication:
        """Return one publication."""
        return self.publications[name]

    @property
    def publication_tables(self) -> Named[PublicationTable]:
        """What publications say of tables, by publication, schema and table."""
        return self.of_kind(PublicationTable)

    @property
    def publication_schemas(self) -> Named[PublicationSchema]:
        """Whose tables are all published, by publication and schema."""
        return self.of_kind(PublicationSchema)

    @property
    def subscriptions(self) -> Named[Subscription]:
        """All subscriptions of this database."""
        return self.of_kind(Subscription)

    def subscription(self, name: str) -> Subscription:
        """Return one subscription."""
        return self.subscriptions[name]

    @property
    def security_labels(self) -> Named[SecurityLabel]:
        """All security labels but those of roles, by sort of object, schema, name and provider."""
        return self.of_kind(SecurityLabel)

    @property
    def role_security_labels(self) -> Named[RoleSecurityLabel]:
        """Security labels of roles, by role and provider."""
        return self.of_kind(RoleSecurityLabel)

    @property
    def extension_dependences(self) -> Named[ExtensionDependence]:
        """What DEPENDS ON EXTENSION said, by sort of object, schema, name and extension."""
        return self.of_kind(ExtensionDependence)
