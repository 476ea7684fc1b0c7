"""What a round trip with rows has to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import one_line, quote_name
from pgassay.errors import PgassayError
from pgassay.findings import Finding, Outcome
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Migration
from pgassay.proofs.rows_kept.damage import Damage
from pgassay.proofs.rows_kept.hints import how_to, of_triggers
from pgassay.proofs.rows_kept.snapshot import Row, TableName
from pgassay.proofs.wording import DOING, label
from pgassay.runtime.masking import without_values

_EXAMPLES = 3
_ACCEPT = "accept it in schema/accepted.toml, with the reason"
_DROP_LATER = f"keep the values aside until the step is not taken back any more, or {_ACCEPT}"


def title(migration: Migration) -> str:
    """Name the report of a step."""
    return f"rows kept by {migration.label}"


def fails_on_rows(migration: Migration, going: str, error: PgassayError) -> Finding:
    """Report a step that fails on tables with rows, and not on empty ones."""
    return Finding(
        rule=f"{going}-fails-on-rows",
        object=label(migration),
        expected=f"{DOING[going]} where tables hold rows, as it does where they are empty",
        found=_without_rows(error),
        mend=how_to(going, error.sqlstate),
    )


def _without_rows(error: PgassayError) -> str:
    """Return what the server said, without the values that it quotes: they may be anybody's, as those of a seed."""
    if not isinstance(error, ScriptError):
        return error.text
    where, _, said = error.message.partition(": ")
    return ScriptError(
        f"{where}: {without_values(said, (), sqlstate=error.sqlstate)}",
        path=error.path,
        statement=error.statement,
        details=[detail for detail in error.details if not detail.startswith("detail: ")],
        sqlstate=error.sqlstate,
    ).text


def fails_without_rows(migration: Migration, going: str) -> Finding:
    """Report a step that could not be tried with rows, for it fails without any."""
    return Finding(
        rule="not-run",
        object=label(migration),
        expected="a way up and down on which rows can be looked at",
        found=f"not run with rows, for the {going.replace('-', ' ')} fails on empty tables too",
        mend="mend what its round trip says first",
    )


def not_filled(migration: Migration, table: TableName, why: str) -> Finding:
    """Report a table that a step touches and that holds no row."""
    return Finding(
        rule="no-rows",
        object=f"{label(migration)}: table {_name(table)}",
        expected="rows in it, while the migration goes up and down",
        found=f"it is empty: {why}",
        mend=f"say values for it in [rows.{_toml(_name(table))}] of schema/behavior.toml, or put rows into assay_seed",
        outcome=Outcome.BLIND,
    )


def not_read(migration: Migration, table: TableName, why: str) -> Finding:
    """Report a table that a step touches and whose rows cannot be read."""
    return Finding(
        rule="not-readable",
        object=f"{label(migration)}: table {_name(table)}",
        expected="its rows can be read, before the migration goes up and after it has come down",
        found=f"they cannot: {why}",
        mend=f"let its foreign partitions be read on the scratch server, or {_ACCEPT}",
        outcome=Outcome.BLIND,
    )


def damage_findings(migration: Migration, damages: Mapping[TableName, Damage], catalog: Catalog) -> Iterator[Finding]:
    """Yield what became of rows by an up and its down: a finding for each table, or each column.

    Args:
        migration: The step.
        damages: What became of the rows, by table.
        catalog: That of the database after the down.
    """
    for table, damage in damages.items():
        if damage.lost:
            yield _lost(migration, table, damage)
        for column, count in damage.emptied.items():
            yield _emptied(migration, (*table, column), count, damage.before)
        for column, count in damage.changed.items():
            found = _changed(migration, (*table, column), count, damage.before)
            yield replace(found, mend=f"{of_triggers(catalog, *table)}{found.mend}")
        if damage.added:
            yield _left_behind(migration, table, damage)


def _lost(migration: Migration, table: TableName, damage: Damage) -> Finding:
    return Finding(
        rule="rows-lost",
        object=f"{label(migration)}: table {_name(table)}",
        expected="every row that was there before the up is there after the down",
        found=f"{len(damage.lost)} of {damage.before} rows are gone{_examples(damage.key, damage.lost)}",
        mend=f"keep the rows aside in the up, and bring them back in the down, or {_ACCEPT}",
    )


def _emptied(migration: Migration, column: Sequence[str], count: int, rows: int) -> Finding:
    return Finding(
        rule="column-emptied",
        object=f"{label(migration)}: column {_name(column)}",
        expected="the values that were there before the up are there after the down",
        found=f"NULL in place of a value in {count} of {rows} rows",
        mend=_DROP_LATER,
    )


def _changed(migration: Migration, column: Sequence[str], count: int, rows: int) -> Finding:
    return Finding(
        rule="values-changed",
        object=f"{label(migration)}: column {_name(column)}",
        expected="the values that were there before the up are there after the down",
        found=f"another value in {count} of {rows} rows",
        mend=_DROP_LATER,
    )


def _left_behind(migration: Migration, table: TableName, damage: Damage) -> Finding:
    return Finding(
        rule="rows-left-behind",
        object=f"{label(migration)}: table {_name(table)}",
        expected="no other rows after the down than there were before the up",
        found=f"{len(damage.added)} more{_examples(damage.key, damage.added)}",
        mend="delete in the down what the up put in",
    )


def _examples(key: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a few rows by their primary key; of other columns nothing is shown."""
    if not key:
        return ""
    shown = [
        ", ".join(f"{quote_name(name)} = {(value or b'').decode()}" for name, value in zip(key, row, strict=True))
        for row in sorted(rows, key=str)[:_EXAMPLES]
    ]
    return one_line(f": {'; '.join(shown)}{'; ...' if len(rows) > _EXAMPLES else ''}")


def _name(parts: Sequence[str]) -> str:
    return ".".join(map(quote_name, parts))


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
