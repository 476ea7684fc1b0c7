"""Our frozen record of everything that DDL can make in one database: what a test reads and asserts on."""

from pgassay.catalog.actors import Actor, RoleFacade
from pgassay.catalog.aggregates import Aggregate
from pgassay.catalog.base_types import BaseType, ShellType
from pgassay.catalog.casts import Cast, Transform
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.collations import Collation
from pgassay.catalog.columns import Column
from pgassay.catalog.compare import Examination, examine
from pgassay.catalog.constraints import Constraint
from pgassay.catalog.conversions import Conversion
from pgassay.catalog.database import Database
from pgassay.catalog.default_privileges import DefaultPrivileges
from pgassay.catalog.difference import AttributeDifference, Change, Difference
from pgassay.catalog.event_triggers import EventTrigger
from pgassay.catalog.extended_statistics import StatisticsObject
from pgassay.catalog.extension_dependences import ExtensionDependence
from pgassay.catalog.extensions import Extension
from pgassay.catalog.facades import MaterializedViewFacade, TableFacade, ViewFacade
from pgassay.catalog.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.functions import Function
from pgassay.catalog.indexes import Index, IndexColumn
from pgassay.catalog.languages import AccessMethod, Language
from pgassay.catalog.large_objects import LargeObject
from pgassay.catalog.named import Named, UnknownNameError
from pgassay.catalog.operator_families import OperatorClass, OperatorFamily
from pgassay.catalog.operators import Operator
from pgassay.catalog.policies import Policy
from pgassay.catalog.privileges import Answer
from pgassay.catalog.publications import Publication, PublicationSchema, PublicationTable
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import Grant, Record, RoleName
from pgassay.catalog.roles import Membership, Role, RoleSetting
from pgassay.catalog.rules import Rule
from pgassay.catalog.schemas import Schema
from pgassay.catalog.scope import Comparison, Scope
from pgassay.catalog.security_labels import RoleSecurityLabel, SecurityLabel
from pgassay.catalog.sequences import Sequence
from pgassay.catalog.subscriptions import Subscription
from pgassay.catalog.system_objects import SystemObject
from pgassay.catalog.tables import Table
from pgassay.catalog.text_search import (
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from pgassay.catalog.triggers import Trigger
from pgassay.catalog.types import CompositeType, Domain, DomainConstraint, Enum, RangeType
from pgassay.catalog.views import MaterializedView, View

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
