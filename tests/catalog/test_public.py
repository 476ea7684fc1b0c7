"""The names that a project's tests use, frozen: one that goes or comes is decided here, not slipped in."""

from __future__ import annotations

import inspect

import pgassay.catalog
from pgassay.catalog import (
    Actor,
    Catalog,
    CatalogReader,
    MaterializedViewFacade,
    Named,
    Record,
    RoleFacade,
    TableFacade,
    ViewFacade,
)
from pgassay.catalog.kinds import KINDS


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_the_package() -> None:
    modules = {name for name, _ in inspect.getmembers(pgassay.catalog, inspect.ismodule)}
    assert public(pgassay.catalog) - modules == set(pgassay.catalog.__all__)
    assert set(pgassay.catalog.__all__) == {
        *("Catalog", "CatalogReader", "read_catalog", "BlindSpot", "Named", "UnknownNameError"),
        *("Record", "Grant", "RoleName", "IndexColumn", "DomainConstraint"),
        *("TableFacade", "ViewFacade", "MaterializedViewFacade", "RoleFacade", "Actor", "Answer"),
        *("examine", "Examination", "Comparison", "Scope", "Difference", "AttributeDifference", "Change"),
        *(kind.record.__name__ for kind in KINDS),
    }


def test_a_catalog() -> None:
    assert public(Catalog) == {
        *("of", "major", "records", "blind", "deparsed_by", "of_kind", "parts", "database", "access", "everybody"),
        *("tables", "views", "materialized_views", "indexes", "sequences", "functions", "enums", "domains"),
        *("table", "view", "materialized_view", "index", "sequence", "function", "enum", "domain"),
        *("composite_types", "range_types", "schemas", "extensions", "roles", "memberships", "role_settings"),
        *("composite_type", "range_type", "schema", "extension", "role", "default_privileges", "system_objects"),
        *("aggregates", "operators", "operator_classes", "operator_families", "collations", "conversions"),
        *("aggregate", "operator", "operator_class", "operator_family", "collation", "conversion"),
        *("text_search_configurations", "text_search_dictionaries", "text_search_parsers", "text_search_templates"),
        *("text_search_configuration", "text_search_dictionary", "base_types", "base_type", "shell_types"),
        *("statistics_objects", "statistics_object", "rules", "event_triggers", "event_trigger", "casts", "transforms"),
        *("publications", "publication", "publication_tables", "publication_schemas", "subscriptions", "subscription"),
        *("security_labels", "role_security_labels", "extension_dependences", "languages", "language"),
        *("foreign_data_wrappers", "foreign_servers", "user_mappings", "tablespaces", "access_methods"),
        *("foreign_data_wrapper", "foreign_server", "tablespace", "access_method", "parameter_privileges"),
        *("large_objects", "large_object"),
    }


def test_a_mapping_and_the_facades() -> None:
    assert public(Named) == {"get", "items", "keys", "values", "records", "named", "names", "overloaded"}
    assert public(CatalogReader) == {"read", "read_all", "is_lost"}
    assert public(Actor) == {"can", "name", "privileges_on"}
    assert public(RoleFacade) == public(Actor) | {"record", "member_of", "members"}
    relation = {"record", "everything", "PARTS", "columns", "column"}
    on_both = {"indexes", "index", "indexes_on", "triggers", "trigger", "rules", "rule"}
    on_tables = {"constraints", "constraint", "constraints_of", "policies", "policy"}
    assert public(TableFacade) == relation | on_both | on_tables
    assert public(ViewFacade) == relation | on_both
    assert public(MaterializedViewFacade) == public(ViewFacade)
    assert {"identity", "attributes", "label", "summary"} <= public(Record)
