"""Many defects one behind the other: each is reported once, at its own step, and what is said mends it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from pgassay.migrations.sources.native import load
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import Walk, walk
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

pytestmark = [pytest.mark.thorough, pytest.mark.older_by_night]

ON_DATABASE = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 128', current_database()); END $$;"

# What an up does, and what stays of it where the down does nothing.
FORGOTTEN = {
    "CREATE TABLE left_over (id int);": "table public.left_over",
    "CREATE TYPE pair AS (a int, b text);": "composite type public.pair",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';": "function public.f()",
    "CREATE SEQUENCE s;": "sequence public.s",
    "CREATE DOMAIN d AS int CHECK (VALUE > 0);": "domain public.d",
    "CREATE VIEW v AS SELECT x FROM a;": "view public.v",
    'CREATE SCHEMA "S 1"; CREATE TABLE "S 1".t ();': 'schema "S 1"',
    "GRANT SELECT ON a TO PUBLIC;": "table public.a",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;": 'default privileges postgres."".tables',
    "COMMENT ON TABLE a IS 'hello';": "table public.a",
    "ALTER TABLE a ALTER y SET DEFAULT 4;": "column public.a.y",
    "ALTER TABLE a ALTER x SET NOT NULL;": "column public.a.x",
    "ALTER TABLE a ALTER x SET STORAGE EXTERNAL;": "column public.a.x",
    "ALTER TABLE a ALTER y TYPE bigint;": "column public.a.y",
    "ALTER TABLE a ADD CONSTRAINT c CHECK (y > 0);": "constraint public.a.c",
    "CREATE INDEX i ON a (x);": "index public.i",
    "CREATE STATISTICS st (dependencies) ON x, y FROM a;": "statistics object public.st",
    "ALTER TABLE a DISABLE TRIGGER t;": "trigger public.a.t",
    "CREATE POLICY p ON a USING (true);": "policy public.a.p",
    "ALTER TABLE a ENABLE ROW LEVEL SECURITY;": "table public.a",
    "ALTER TABLE a SET (fillfactor = 70);": "table public.a",
    "ALTER TABLE a REPLICA IDENTITY FULL;": "table public.a",
    "ALTER TABLE b OWNER TO pg_monitor;": "table public.b",
    "CREATE EXTENSION citext;": "extension citext",
    "CREATE PUBLICATION pub;": "publication pub",
    ON_DATABASE: "database",
}
MADE = """
CREATE TABLE a (id int PRIMARY KEY, x text, y int); CREATE TABLE b (x int, y int);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION tf();
"""
GOOD = ("CREATE TABLE g ();", "DROP TABLE g;")


def walked(server: Server, folder: Path, steps: Sequence[tuple[str, str]]) -> Walk:
    for number, (up, down) in enumerate(steps, 1):
        text = f"-- migrate:up superuser:true\n{up}\n-- migrate:down superuser:true\n{down}\n"
        (folder / f"{number:03}-s.sql").write_text(text)
    migrations, settings = load(folder), Settings(root=folder)
    return walk(
        migrations,
        build=lambda: scratch_road(nullcontext(server), Recipe(migrations=migrations), settings),
        compare=differences,
    )


def test_each_is_reported_at_its_step_and_mended_by_what_is_said(any_private_server: Server, tmp_path: Path) -> None:
    made = (MADE, "DROP TABLE a, b; DROP FUNCTION tf;")
    steps = [made, *((up, "SELECT 1;") for up in FORGOTTEN), GOOD]
    seen = walked(any_private_server, tmp_path, steps)
    found = {n: [f.object.partition(": ")[2] for f in report.findings] for n, report in seen.steps.items() if n > 1}
    assert list(found.values()) == [*([what] for what in FORGOTTEN.values()), []]
    mended = [(up, "\n".join(f.mend for f in seen.steps[n].findings)) for n, up in enumerate(FORGOTTEN, 2)]
    seen = walked(any_private_server, tmp_path, [made, *mended, GOOD])
    assert [f for report in (*seen.steps.values(), seen.way_down) for f in report.findings] == []
