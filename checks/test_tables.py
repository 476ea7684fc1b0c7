"""Tables, and all else that a schema is made of."""

from pgassay.plugin.face import CheckFace


def test_database_and_schemas(assay_check: CheckFace) -> None:
    """The database's settings and its schemas are what the contract says."""
    assay_check("database_and_schemas")


def test_tables(assay_check: CheckFace) -> None:
    """Every table is there, with its options, row security and order of columns."""
    assay_check("tables")


def test_columns(assay_check: CheckFace) -> None:
    """Every column has its type, default, collation, identity and NOT NULL."""
    assay_check("columns")


def test_constraints(assay_check: CheckFace) -> None:
    """Every constraint is there, valid and really enforced."""
    assay_check("constraints")


def test_policies(assay_check: CheckFace) -> None:
    """Every row security policy is what the contract says."""
    assay_check("policies")


def test_types(assay_check: CheckFace) -> None:
    """Enums, domains, composite, range, base and shell types are what the contract says."""
    assay_check("types")


def test_views(assay_check: CheckFace) -> None:
    """Views and materialized views are what the contract says."""
    assay_check("views")


def test_sequences(assay_check: CheckFace) -> None:
    """Sequences are what the contract says."""
    assay_check("sequences")


def test_functions(assay_check: CheckFace) -> None:
    """Functions, procedures and aggregates are what the contract says."""
    assay_check("functions")


def test_everything_was_read(assay_check: CheckFace) -> None:
    """Nothing is there that could not be looked at."""
    assay_check("everything_was_read")
