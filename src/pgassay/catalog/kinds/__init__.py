"""The kinds of object that are read: the one list that a new kind has to be put on."""

from __future__ import annotations

from pgassay.catalog.kind import Kind
from pgassay.catalog.kinds.aggregates import AGGREGATES
from pgassay.catalog.kinds.base_types import BASE_TYPES, SHELL_TYPES
from pgassay.catalog.kinds.casts import CASTS, TRANSFORMS
from pgassay.catalog.kinds.cluster import PARAMETER_PRIVILEGES, TABLESPACES
from pgassay.catalog.kinds.collations import COLLATIONS
from pgassay.catalog.kinds.columns import COLUMNS
from pgassay.catalog.kinds.constraints import CONSTRAINTS
from pgassay.catalog.kinds.conversions import CONVERSIONS
from pgassay.catalog.kinds.database import DATABASES
from pgassay.catalog.kinds.default_privileges import DEFAULT_PRIVILEGES
from pgassay.catalog.kinds.event_triggers import EVENT_TRIGGERS
from pgassay.catalog.kinds.extended_statistics import STATISTICS_OBJECTS
from pgassay.catalog.kinds.extension_dependences import EXTENSION_DEPENDENCES
from pgassay.catalog.kinds.extensions import EXTENSIONS
from pgassay.catalog.kinds.foreign_data import FOREIGN_DATA_WRAPPERS, FOREIGN_SERVERS, USER_MAPPINGS
from pgassay.catalog.kinds.functions import FUNCTIONS
from pgassay.catalog.kinds.indexes import INDEXES
from pgassay.catalog.kinds.languages import ACCESS_METHODS, LANGUAGES
from pgassay.catalog.kinds.large_objects import LARGE_OBJECTS
from pgassay.catalog.kinds.operator_families import OPERATOR_CLASSES, OPERATOR_FAMILIES
from pgassay.catalog.kinds.operators import OPERATORS
from pgassay.catalog.kinds.policies import POLICIES
from pgassay.catalog.kinds.publications import PUBLICATION_SCHEMAS, PUBLICATION_TABLES, PUBLICATIONS
from pgassay.catalog.kinds.roles import MEMBERSHIPS, ROLE_SETTINGS, ROLES
from pgassay.catalog.kinds.rules import RULES
from pgassay.catalog.kinds.schemas import SCHEMAS
from pgassay.catalog.kinds.security_labels import ROLE_SECURITY_LABELS, SECURITY_LABELS
from pgassay.catalog.kinds.sequences import SEQUENCES
from pgassay.catalog.kinds.subscriptions import SUBSCRIPTIONS
from pgassay.catalog.kinds.system_objects import SYSTEM_OBJECTS
from pgassay.catalog.kinds.tables import TABLES
from pgassay.catalog.kinds.text_search import CONFIGURATIONS, DICTIONARIES, PARSERS, TEMPLATES
from pgassay.catalog.kinds.triggers import TRIGGERS
from pgassay.catalog.kinds.types import COMPOSITE_TYPES, DOMAINS, ENUMS, RANGE_TYPES
from pgassay.catalog.kinds.views import MATERIALIZED_VIEWS, VIEWS

KINDS: tuple[Kind, ...] = (
    DATABASES,
    ROLES,
    MEMBERSHIPS,
    ROLE_SETTINGS,
    TABLESPACES,
    PARAMETER_PRIVILEGES,
    SCHEMAS,
    EXTENSIONS,
    LANGUAGES,
    COLLATIONS,
    SHELL_TYPES,
    BASE_TYPES,
    ENUMS,
    COMPOSITE_TYPES,
    DOMAINS,
    RANGE_TYPES,
    FUNCTIONS,
    CASTS,
    TRANSFORMS,
    CONVERSIONS,
    ACCESS_METHODS,
    FOREIGN_DATA_WRAPPERS,
    FOREIGN_SERVERS,
    USER_MAPPINGS,
    OPERATORS,
    OPERATOR_FAMILIES,
    OPERATOR_CLASSES,
    AGGREGATES,
    PARSERS,
    TEMPLATES,
    DICTIONARIES,
    CONFIGURATIONS,
    SEQUENCES,
    TABLES,
    COLUMNS,
    VIEWS,
    MATERIALIZED_VIEWS,
    CONSTRAINTS,
    INDEXES,
    STATISTICS_OBJECTS,
    RULES,
    TRIGGERS,
    POLICIES,
    DEFAULT_PRIVILEGES,
    LARGE_OBJECTS,
    SYSTEM_OBJECTS,
    EXTENSION_DEPENDENCES,
    PUBLICATIONS,
    PUBLICATION_TABLES,
    PUBLICATION_SCHEMAS,
    SUBSCRIPTIONS,
    EVENT_TRIGGERS,
    ROLE_SECURITY_LABELS,
    SECURITY_LABELS,
)
"""In the order in which a database is built: what comes later may need what comes before."""
