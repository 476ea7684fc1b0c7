"""Our frozen record of everything that DDL can make in one database: what a test reads and asserts on."""

from pgassay.catalog.actors import Actor, RoleFacade
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.columns import Column
from pgassay.catalog.compare import Examination, examine
from pgassay.catalog.constraints import Constraint
from pgassay.catalog.database import Database
from pgassay.catalog.default_privileges import DefaultPrivileges
from pgassay.catalog.difference import AttributeDifference, Change, Difference
from pgassay.catalog.extensions import Extension
from pgassay.catalog.facades import MaterializedViewFacade, TableFacade, ViewFacade
from pgassay.catalog.functions import Function
from pgassay.catalog.indexes import Index, IndexColumn
from pgassay.catalog.named import Named, UnknownNameError
from pgassay.catalog.policies import Policy
from pgassay.catalog.privileges import Answer
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import Grant, Record, RoleName
from pgassay.catalog.roles import Membership, Role, RoleSetting
from pgassay.catalog.schemas import Schema
from pgassay.catalog.scope import Comparison, Scope
from pgassay.catalog.sequences import Sequence
from pgassay.catalog.system_objects import SystemObject
from pgassay.catalog.tables import Table
from pgassay.catalog.triggers import Trigger
from pgassay.catalog.types import CompositeType, Domain, DomainConstraint, Enum, RangeType
from pgassay.catalog.views import MaterializedView, View

__all__ = [
    "Actor",
    "Answer",
    "AttributeDifference",
    "BlindSpot",
    "Catalog",
    "Change",
    "Column",
    "Comparison",
    "CompositeType",
    "Constraint",
    "Database",
    "DefaultPrivileges",
    "Difference",
    "Domain",
    "DomainConstraint",
    "Enum",
    "Examination",
    "Extension",
    "Function",
    "Grant",
    "Index",
    "IndexColumn",
    "MaterializedView",
    "MaterializedViewFacade",
    "Membership",
    "Named",
    "Policy",
    "RangeType",
    "Record",
    "Role",
    "RoleFacade",
    "RoleName",
    "RoleSetting",
    "Schema",
    "Scope",
    "Sequence",
    "SystemObject",
    "Table",
    "TableFacade",
    "Trigger",
    "UnknownNameError",
    "View",
    "ViewFacade",
    "examine",
    "read_catalog",
]
