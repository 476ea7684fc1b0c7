"""The same five facts about each table, asserted by pgassay and by pgTAP."""

from __future__ import annotations

from pathlib import Path

from pgassay.catalog.catalog import Catalog

FACTS = 5


def assert_all(catalog: Catalog, tables: int) -> None:
    """Assert them as a test would."""
    for number in range(tables):
        table = catalog.table(f"t{number}")
        assert table.columns["name"].not_null
        assert table.columns["amount"].type == "numeric(10,2)"
        assert table.index(f"t{number}_name").method == "btree"
        assert table.constraint(f"t{number}_pkey").columns == ("id",)


def write_pgtap(path: Path, tables: int) -> None:
    """Write them for pg_prove."""
    lines = [
        line
        for number in range(tables)
        for line in (
            f"SELECT has_table('public', 't{number}', '');",
            f"SELECT col_not_null('public', 't{number}', 'name', '');",
            f"SELECT col_type_is('public', 't{number}', 'amount', 'numeric(10,2)', '');",
            f"SELECT index_is_type('public', 't{number}', 't{number}_name', 'btree', '');",
            f"SELECT col_is_pk('public', 't{number}', 'id', '');",
        )
    ]
    head = ["BEGIN;", f"SELECT plan({len(lines)});"]
    path.write_text("\n".join([*head, *lines, "SELECT * FROM finish();", "ROLLBACK;"]) + "\n", encoding="utf-8")
