"""The kinds of object that are read: the one list that a new kind has to be put on."""

from __future__ import annotations

from pgassay.catalog.aggregates import AGGREGATES
from pgassay.catalog.base_types import BASE_TYPES, SHELL_TYPES
from pgassay.catalog.casts import CASTS, TRANSFORMS
from pgassay.catalog.cluster import PARAMETER_PRIVILEGES, TABLESPACES
from pgassay.catalog.collations import COLLATIONS
from pgassay.catalog.columns import COLUMNS
from pgassay.catalog.constraints import CONSTRAINTS
from pgassay.catalog.conversions import CONVERSIONS
from pgassay.catalog.database import DATABASES
from pgassay.catalog.default_privileges import DEFAULT_PRIVILEGES
from pgassay.catalog.event_triggers import EVENT_TRIGGERS
from pgassay.catalog.extended_statistics import STATISTICS_OBJECTS
from pgassay.catalog.extension_dependences import EXTENSION_DEPENDENCES
from pgassay.catalog.extensions import EXTENSIONS
from pgassay.catalog.foreign_data import FOREIGN_DATA_WRAPPERS, FOREIGN_SERVERS, USER_MAPPINGS
from pgassay.catalog.functions import FUNCTIONS
from pgassay.catalog.indexes import INDEXES
from pgassay.catalog.kind import Kind
from pgassay.catalog.languages import ACCESS_METHODS, LANGUAGES
from pgassay.catalog.large_objects import LARGE_OBJECTS
from pgassay.catalog.operator_families import OPERATOR_CLASSES, OPERATOR_FAMILIES
from pgassay.catalog.operators import OPERATORS
from pgassay.catalog.policies import POLICIES
from pgassay.catalog.publications import PUBLICATION_SCHEMAS, PUBLICATION_TABLES, PUBLICATIONS
from pgassay.catalog.roles import MEMBERSHIPS, ROLE_SETTINGS, ROLES
from pgassay.catalog.rules import RULES
from pgassay.catalog.schemas import SCHEMAS
from pgassay.catalog.security_labels import ROLE_SECURITY_LABELS, SECURITY_LABELS
from pgassay.catalog.sequences import SEQUENCES
from pgassay.catalog.subscriptions import SUBSCRIPTIONS
from pgassay.catalog.system_objects import SYSTEM_OBJECTS
from pgassay.catalog.tables import TABLES
from pgassay.catalog.text_search import CONFIGURATIONS, DICTIONARIES, PARSERS, TEMPLATES
from pgassay.catalog.triggers import TRIGGERS
from pgassay.catalog.types import COMPOSITE_TYPES, DOMAINS, ENUMS, RANGE_TYPES
from pgassay.catalog.views import MATERIALIZED_VIEWS, VIEWS

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
