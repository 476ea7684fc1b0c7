"""A seed that is written for the head gives rows to whatever of it fits an earlier step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.findings import Report
from pgassay.proofs.rows_kept.seed import in_turn, seeded

from .conftest import Kept, fill_plainly, rules

Seeded = Callable[..., list[Report]]

SEED = """
SELECT pg_catalog.set_config('search_path', 's', false);
SET ROLE pg_read_all_data; RESET ROLE;
BEGIN;
INSERT INTO users VALUES (1, 'it''s;'), (2, 'two');
INSERT INTO users VALUES (1, 'not unique');
INSERT INTO tags (name, since) VALUES ('only at the head', now());
COMMIT;
"""
MADE = ("CREATE SCHEMA s; CREATE TABLE s.users (id int PRIMARY KEY, name text);", "DROP SCHEMA s CASCADE;")
TAGS = ("CREATE TABLE s.tags (name text);", "DROP TABLE s.tags;")
SINCE = ("ALTER TABLE s.tags ADD since timestamptz;", "ALTER TABLE s.tags DROP since;")


@pytest.fixture
def seed(kept: Kept, tmp_path: Path) -> Seeded:
    def go(*steps: tuple[str, str]) -> list[Report]:
        path = tmp_path / "seed"
        path.mkdir()
        (path / "seed.sql").write_text(SEED)
        return kept(*steps, fill=seeded([path / "seed.sql"]))

    return go


def test_what_fits_is_there(seed: Seeded) -> None:
    seen = seed(MADE, ("DELETE FROM s.users WHERE id = 1;", "SELECT 1;"))
    assert [finding.found for finding in seen[1].findings] == ["1 of 2 rows are gone: id = 1"]


def test_what_fits_later_is_blind_until_then(seed: Seeded) -> None:
    more = ("ALTER TABLE s.tags ADD more int NOT NULL;", "ALTER TABLE s.tags DROP more;")
    seen = seed(MADE, TAGS, SINCE, more)
    assert rules(seen) == [[], [], [("no-rows", "table s.tags")], [("up-fails-on-rows", "")]]
    assert seen[2].findings[0].found == ("it is empty: no statement of assay_seed that speaks of it fits what is there")


def test_without_a_seed_everything_is_blind(kept: Kept) -> None:
    seen = kept(MADE, ("ALTER TABLE s.users ADD more text;", "ALTER TABLE s.users DROP more;"), fill=seeded([]))
    assert [finding.found for finding in seen[1].findings] == ["it is empty: there is no assay_seed that could have"]


def test_one_way_to_fill_after_the_other(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "rows.seed"
    file.write_text("INSERT INTO odd VALUES (point(1, 1))")
    odd = ("CREATE TABLE odd (p point); CREATE TABLE odder (p box);", "DROP TABLE odd, odder;")
    dropped = ("ALTER TABLE odd DROP p;", "ALTER TABLE odd ADD p point;")
    seen = kept(
        odd, dropped, ("DROP TABLE odder;", "CREATE TABLE odder (p box);"), fill=in_turn(fill_plainly, seeded([file]))
    )
    assert rules(seen)[1] == [("column-emptied", "column public.odd.p")]
    assert seen[2].findings[0].found.endswith("; no statement of assay_seed that speaks of it fits what is there")
