"""Migrations: up and down without a trace, and to the contract."""

from pgassay.plugin.face import BaselineCase, CheckFace, MigrationCase


def test_round_trip(assay_check: CheckFace, assay_migration: MigrationCase) -> None:
    """The migration goes up, comes down without a trace, and goes up again to the same place."""
    assay_check.round_trip(assay_migration)


def test_survival(assay_check: CheckFace, assay_migration: MigrationCase) -> None:
    """A failure leaves nothing, or what running it again mends; no setting and no invalid index is left, either."""
    assay_check.survival(assay_migration)


def test_rows_kept(assay_check: CheckFace, assay_migration: MigrationCase) -> None:
    """With rows in the tables it goes up, and down and up again, and every row is as it was."""
    assay_check.rows_kept(assay_migration)


def test_two_runners(assay_check: CheckFace, assay_migration: MigrationCase) -> None:
    """Of two runners that take the migration at once, one fails or has no effect."""
    assay_check.two_runners(assay_migration)


def test_merge_order(assay_check: CheckFace) -> None:
    """Each of the newest migrations, applied last, leads to the same head."""
    assay_check("merge_order")


def test_baselines(assay_check: CheckFace, assay_baseline: BaselineCase) -> None:
    """The baseline, with the migrations behind it, leads to the head."""
    assay_check.baselines(assay_baseline)


def test_way_down(assay_check: CheckFace) -> None:
    """From the head all the way down, and up again."""
    assay_check("way_down")


def test_migrations_lead_to_contract(assay_check: CheckFace) -> None:
    """The migrations make what the contract says."""
    assay_check("migrations_lead_to_contract")


def test_init_runs_twice(assay_check: CheckFace) -> None:
    """A second run of schema/init fails nowhere and changes nothing."""
    assay_check("init_runs_twice")


def test_ledger(assay_check: CheckFace) -> None:
    """The ledger agrees with the files."""
    assay_check("ledger")
