"""What docs/rows.md shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from tests.project import Project, Run

PAGE = (Path(__file__).parents[1] / "docs/rows.md").read_text(encoding="utf-8")
MIGRATION = """-- migrate:up
CREATE TABLE customers (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, vat_number text NOT NULL UNIQUE CHECK (md5(vat_number) <> ''),
    orders int NOT NULL DEFAULT 0
);
CREATE TABLE orders (id uuid PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric NOT NULL);
CREATE FUNCTION count_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE customers SET orders = orders + 1 WHERE id = NEW.customer; RETURN NULL; END $$;
CREATE TRIGGER counted AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION count_order();
-- migrate:down
DROP TABLE orders; DROP TABLE customers; DROP FUNCTION count_order();
"""
MORE = """
def test_settings(assay_rows, assay_db):
    assert assay_rows.insert("customers")["vat_number"] == "DE000000001"
    with assay_db.connection() as connection:  # another session: it is committed
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (1,)

def test_the_next_test_begins_anew(assay_rows):
    assert assay_rows.insert("customers")["id"] == 1
"""


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page(project: Project, run_pytest: Run) -> None:
    project.write("migrations/900-shop.sql", MIGRATION)
    project.write("schema/behavior.toml", block("toml"))
    project.write("tests/test_shop.py", block("python") + MORE)
    run_pytest("-q", "tests/test_shop.py").assert_outcomes(passed=3)


def test_a_column_that_is_not_there(project: Project, run_pytest: Run) -> None:
    project.write("migrations/900-shop.sql", MIGRATION)
    project.write("schema/behavior.toml", block("toml").replace("vat_number", "vat_numbr"))
    project.write("tests/test_shop.py", block("python"))
    result = run_pytest("-q", "tests/test_shop.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ['*behavior.toml", line 2: [[]rows] speaks of a column vat_numbr of public.customers:*there are: vat_number']
    )
