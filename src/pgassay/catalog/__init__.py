"""Our frozen record of everything that DDL can make in one database: what a test reads and asserts on."""

from pgassay.catalog.actors import Actor, RoleFacade
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.compare import Examination, examine
from pgassay.catalog.comparison import Comparison, Scope
from pgassay.catalog.difference import AttributeDifference, Change, Difference
from pgassay.catalog.facades import MaterializedViewFacade, TableFacade, ViewFacade
from pgassay.catalog.incremental import CatalogReader
from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.base_types import BaseType, ShellType
from pgassay.catalog.kinds.casts import Cast, Transform
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.collations import Collation
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.conversions import Conversion
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.event_triggers import EventTrigger
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.extension_dependences import ExtensionDependence
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index, IndexColumn
from pgassay.catalog.kinds.languages import AccessMethod, Language
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.kinds.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.kinds.operators import Operator
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.publications import Publication, PublicationSchema, PublicationTable
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.kinds.sequences import Sequence
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.text_search import (
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.types import CompositeType, Domain, DomainConstraint, Enum, RangeType
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.named import Named, UnknownNameError
from pgassay.catalog.privileges import Answer
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import Grant, Record, RoleName

__all__ = [
    "AccessMethod",
    "Actor",
    "Aggregate",
    "Answer",
    "AttributeDifference",
    "BaseType",
    "BlindSpot",
    "Cast",
    "Catalog",
    "CatalogReader",
    "Change",
    "Collation",
    "Column",
    "Comparison",
    "CompositeType",
    "Constraint",
    "Conversion",
    "Database",
    "DefaultPrivileges",
    "Difference",
    "Domain",
    "DomainConstraint",
    "Enum",
    "EventTrigger",
    "Examination",
    "Extension",
    "ExtensionDependence",
    "ForeignDataWrapper",
    "ForeignServer",
    "Function",
    "Grant",
    "Index",
    "IndexColumn",
    "Language",
    "LargeObject",
    "MaterializedView",
    "MaterializedViewFacade",
    "Membership",
    "Named",
    "Operator",
    "OperatorClass",
    "OperatorFamily",
    "ParameterPrivileges",
    "Policy",
    "Publication",
    "PublicationSchema",
    "PublicationTable",
    "RangeType",
    "Record",
    "Role",
    "RoleFacade",
    "RoleName",
    "RoleSecurityLabel",
    "RoleSetting",
    "Rule",
    "Schema",
    "Scope",
    "SecurityLabel",
    "Sequence",
    "ShellType",
    "StatisticsObject",
    "Subscription",
    "SystemObject",
    "Table",
    "TableFacade",
    "Tablespace",
    "TextSearchConfiguration",
    "TextSearchDictionary",
    "TextSearchParser",
    "TextSearchTemplate",
    "Transform",
    "Trigger",
    "UnknownNameError",
    "UserMapping",
    "View",
    "ViewFacade",
    "examine",
    "read_catalog",
]
