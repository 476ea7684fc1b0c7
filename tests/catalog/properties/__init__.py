"""The table of properties: for each attribute of each kind of object, what changes it and it alone."""

from __future__ import annotations

from collections.abc import Mapping

from tests.catalog.properties.beside import BESIDE, REPLICATION
from tests.catalog.properties.case import BOSS, Subject
from tests.catalog.properties.cluster import CLUSTER, DATABASE, LEFT_BEHIND
from tests.catalog.properties.languages import FOREIGN_DATA, LANGUAGES
from tests.catalog.properties.lexing import LEXING
from tests.catalog.properties.operators import OPERATORS
from tests.catalog.properties.relations import CONSTRAINTS, INDEXES, VIEWS
from tests.catalog.properties.routines import AGGREGATES, FUNCTIONS
from tests.catalog.properties.sequences import SEQUENCES, TRIGGERS
from tests.catalog.properties.tables import COLUMNS, TABLES
from tests.catalog.properties.types import BASE_TYPES, TYPES

__all__ = ["BOSS", "LEFT_BEHIND", "NOT_CHANGED", "SUBJECTS", "Subject"]

SUBJECTS: tuple[Subject, ...] = (
    *CLUSTER,
    *DATABASE,
    *LANGUAGES,
    *FOREIGN_DATA,
    *LEXING,
    *TYPES,
    *BASE_TYPES,
    *FUNCTIONS,
    *AGGREGATES,
    *OPERATORS,
    *SEQUENCES,
    *TABLES,
    *COLUMNS,
    *VIEWS,
    *CONSTRAINTS,
    *INDEXES,
    *BESIDE,
    *TRIGGERS,
    *REPLICATION,
)

NOT_CHANGED: Mapping[tuple[str, str], str] = {
    **{
        ("database", name): "CREATE DATABASE fixes it"
        for name in ("encoding", "locale_provider", "collate", "ctype", "locale", "icu_rules")
    },
    ("database", "tablespace"): "nobody may be connected while it is moved",
    ("security label", "extension"): "what is labelled becomes a member, and is no object of its own any more",
}
"""Kind and attribute -> why no statement changes it while the object stands."""
