"""One defect that a mend is tried on, and the ways to write several of a kind."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One defect.

    Attributes:
        name: Also the schema's name.
        base: SQL for both databases, with that schema as search path.
        expected: SQL for the expected one alone.
        actual: SQL for the actual one alone.
        since: The first major that understands it.
    """

    name: str
    base: str
    expected: str
    actual: str
    since: int = 14

    def sql(self, *parts: str) -> bytes:
        """The parts in one, with the case's name for `@case`."""
        return "".join(parts).replace("@case", self.name).encode()


TABLE = "CREATE TABLE t (id int PRIMARY KEY, email varchar(100), n int);"
MEMBER = f"{TABLE} ALTER EXTENSION plpgsql ADD TABLE t;"
ODD = '"we""ird. Nämé 🐘 $x"'
LONG = "ä" * 31 + "x"  # 63 bytes


def missing_and_extra(name: str, base: str, made: str, since: int = 14) -> tuple[Case, Case]:
    """The same objects once missing and once too many."""
    return Case(f"{name}_missing", base, made, "", since), Case(f"{name}_extra", base, "", made, since)


def both_ways(name: str, base: str, one: str, other: str, since: int = 14) -> tuple[Case, Case]:
    """Mend the one to the other, and back."""
    return Case(f"{name}_there", base, one, other, since), Case(f"{name}_back", base, other, one, since)


def alter(name: str, action: str, *, base: str = TABLE, since: int = 14) -> tuple[Case, Case]:
    """Something that ALTER TABLE t does, to be done and to be undone."""
    return both_ways(name, base, f"ALTER TABLE t {action};", "", since)


F = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;"
VIEW = "CREATE VIEW v AS SELECT id, email FROM t;"
PARTS = "CREATE TABLE p (id int, k text) PARTITION BY RANGE (id);"
ONE_PART = PARTS + "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);"
PARENT = "CREATE TABLE parent (id int CHECK (id > 0), k text DEFAULT 'x');"
