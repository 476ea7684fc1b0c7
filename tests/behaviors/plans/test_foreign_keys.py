from __future__ import annotations

from collections.abc import Callable

import pytest

from pgassay.behaviors.plans.foreign_keys import unindexed
from pgassay.catalog.read import read_catalog
from pgassay.findings import Finding
from pgassay.sandbox.database import ScratchDatabase

pytestmark = pytest.mark.thorough

Look = Callable[[str], list[Finding]]
CHILD = "CREATE TABLE child (id int, other int, parent int REFERENCES users (id));"


@pytest.fixture
def look(scratch: ScratchDatabase) -> Look:
    """Make tables, and look at every foreign key."""

    def run(schema: str) -> list[Finding]:
        with scratch.connect() as connection:
            connection.execute(schema.encode())
            return list(unindexed(read_catalog(connection), connection))

    return run


def test_a_foreign_key_without_an_index(look: Look) -> None:
    (finding,) = look(CHILD)
    assert finding == Finding(
        rule="foreign-key-without-index",
        object="constraint public.child.child_parent_fkey",
        expected="an index on public.child that begins with a column of (parent) and serves the foreign key's check",
        found=finding.found,
        mend="CREATE INDEX ON public.child (parent);",
    )
    first, *plan = finding.found.splitlines()
    assert first == "there is none: each deleted or changed row of public.users reads it whole"
    assert plan[-1].endswith(": Filter (x.parent = $1)")


@pytest.mark.parametrize(
    "index",
    [
        "child (parent)",
        "child (parent, other)",
        "child (parent DESC) INCLUDE (id)",
        "child (parent, (id + 1))",
        "child USING hash (parent)",
        "child (parent) WHERE parent IS NOT NULL",  # which follows from the comparison
    ],
)
def test_an_index_that_serves(look: Look, index: str) -> None:
    assert look(f"{CHILD} CREATE INDEX i ON {index}") == []


@pytest.mark.parametrize(
    ("index", "found"),
    [
        ("(other, parent)", "index i does not serve it: btree (other, parent) on child"),
        ("(parent) WHERE id > 7", "index i does not serve it: btree (parent) on child where (id > 7)"),
        ("USING brin (other)", "there is none"),
        ("((parent + 0))", "there is none"),
    ],
)
def test_an_index_that_does_not_serve(look: Look, index: str, found: str) -> None:
    (finding,) = look(f"{CHILD} CREATE INDEX i ON child {index}")
    assert finding.found.startswith(f"{found}: each deleted or changed row")


def test_an_index_that_is_not_valid(look: Look) -> None:
    broken = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass"
    (finding,) = look(f"{CHILD} CREATE INDEX i ON child (parent); {broken}")
    assert finding.found.startswith("index i does not serve it: btree (parent) on child, not valid: each")


def test_types_between_which_no_index_helps(look: Look) -> None:
    """The key is compared as numeric, and the index is of integers."""
    tables = "CREATE TABLE n (id numeric PRIMARY KEY); CREATE TABLE c (n int REFERENCES n); CREATE INDEX i ON c (n);"
    (finding,) = look(tables)
    assert finding.found.startswith("index i does not serve it: btree (n) on c: each")


def test_a_key_of_two_columns(look: Look) -> None:
    parent = "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));"
    child = "CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p);"
    assert [f.mend for f in look(f"{parent} {child}")] == ["CREATE INDEX ON public.c (a, b);"]
    assert look("CREATE INDEX ON c (b)") == []


def test_partitions(look: Look) -> None:
    log = "CREATE TABLE log (at date, who int REFERENCES users (id)) PARTITION BY RANGE (at);"
    parts = "".join(
        f"CREATE TABLE log{n} PARTITION OF log FOR VALUES FROM ('202{n}-01-01') TO ('202{n + 1}-01-01');"
        for n in (1, 2)
    )
    assert [f.object for f in look(log + parts)] == ["constraint public.log.log_who_fkey"]
    assert len(look("CREATE INDEX ON log1 (who)")) == 1
    assert look("CREATE INDEX ON log2 (who)") == []


def test_names_that_need_quotes(look: Look) -> None:
    tables = 'CREATE TABLE "a.B ""é" ("C d" int REFERENCES users (id));'
    assert [f.mend for f in look(tables)] == ['CREATE INDEX ON public."a.B ""é" ("C d");']
    assert look('CREATE INDEX "i J" ON "a.B ""é" ("C d")') == []
