"""Each thing that an entry can say: an implementation that keeps it, and broken ones, each told by words of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pgassay.behaviors.access.leaks import catalog_leaks
from pgassay.behaviors.access.sight import Sight
from pgassay.behaviors.access.trial import try_access
from pgassay.behaviors.access.views import try_views
from pgassay.catalog.read import read_catalog
from pgassay.contract.behavior import AccessBehavior, Privileges, Rows
from pgassay.findings import Finding
from tests.behaviors.access.conftest import Build, Connection

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Kind:
    """One thing to say.

    Attributes:
        entry: It says this.
        schema: Keeps it.
        broken: A change of the schema -> the rule, and what the finding says was found; more findings: a line each.
        undo: What brings the roles back, which are the whole server's.
    """

    entry: AccessBehavior
    schema: str
    broken: dict[str, tuple[str, str]]
    undo: str = "SELECT"


def privileges(on: str = "notes", **said: Any) -> AccessBehavior:
    return AccessBehavior(name="it", on=(on,), expect=Privileges(**said))


NOTES = """
CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL, note text NOT NULL UNIQUE);
ALTER TABLE notes OWNER TO boss; GRANT SELECT, INSERT ON notes TO app;
"""
RAISING = """
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NEW; END $$;
CREATE TRIGGER no BEFORE INSERT ON notes FOR EACH STATEMENT EXECUTE FUNCTION no();
"""
CAN = Kind(
    privileges(can={"app": ("SELECT", "INSERT")}),
    NOTES,
    {
        "REVOKE INSERT ON notes FROM app": ("access-denied", "INSERT: permission denied for table notes [42501]"),
        "REVOKE SELECT ON notes FROM app; GRANT SELECT (id) ON notes TO app": (
            "access-denied",
            "SELECT: permission denied for table notes [42501]",
        ),
        "CREATE SCHEMA s; ALTER TABLE notes SET SCHEMA s": (
            "access-denied",
            "SELECT: permission denied for schema s [42501]\nINSERT: permission denied for schema s [42501]",
        ),
        RAISING.format("RAISE 'append only';"): ("access-fails", "INSERT: append only [P0001]"),
        RAISING.format("PERFORM 1 FROM secret;") + "CREATE TABLE secret ()": (
            "access-denied",
            "INSERT: permission denied for table secret [42501]",
        ),
        "ALTER TABLE notes RENAME TO note": ("behavior-object-missing", "there is none; near it: table public.note"),
    },
)
CANNOT = Kind(
    privileges(cannot={"app": ("TRUNCATE", "DELETE")}),
    NOTES,
    {
        "GRANT TRUNCATE ON notes TO app": ("access-allowed", "TRUNCATE: it succeeds, granted"),
        "GRANT DELETE ON notes TO PUBLIC": ("access-allowed", "DELETE: it succeeds, PUBLIC"),
        "GRANT DELETE ON notes TO staff": ("access-allowed", "DELETE: it succeeds, member of staff"),
        "ALTER TABLE notes OWNER TO app": (
            "access-allowed",
            "DELETE: it succeeds, owner\nTRUNCATE: it succeeds, owner",
        ),
        "GRANT boss TO staff": (
            "access-allowed",
            "DELETE: it succeeds, member of staff, boss\nTRUNCATE: it succeeds, member of staff, boss",
        ),
        "ALTER ROLE app SUPERUSER": (
            "access-allowed",
            "DELETE: it succeeds, superuser\nTRUNCATE: it succeeds, superuser",
        ),
    },
    undo="REVOKE boss FROM staff; ALTER ROLE app NOSUPERUSER",
)
NOBODY = Kind(
    privileges(can={"app": ("SELECT", "INSERT")}, nobody_else=True),
    NOTES,
    {
        'GRANT SELECT (note) ON notes TO "R. ""x"" 😀"': ("access-allowed", "SELECT (note): it succeeds, granted"),
        "GRANT SELECT ON notes TO PUBLIC": ("access-allowed", "SELECT: it succeeds, PUBLIC"),
        "GRANT UPDATE ON notes TO app": ("access-allowed", "UPDATE: it succeeds, granted"),
        'ALTER DEFAULT PRIVILEGES FOR ROLE boss GRANT DELETE ON TABLES TO "R. ""x"" 😀"; DROP TABLE notes;'
        "GRANT CREATE ON SCHEMA public TO boss; SET ROLE boss; CREATE TABLE notes (id int); "
        "GRANT SELECT, INSERT ON notes TO app; RESET ROLE": (
            "access-allowed",
            "DELETE: it succeeds, granted (default privileges)",
        ),
        'GRANT pg_read_all_data TO "R. ""x"" 😀"': (
            "access-allowed",
            "SELECT: it succeeds, member of pg_read_all_data",
        ),
    },
    undo='REVOKE pg_read_all_data FROM "R. ""x"" 😀"',
)

ROWS = """
CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL, note text NOT NULL UNIQUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app; ALTER TABLE notes OWNER TO boss;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON notes TO app
    USING (tenant = (current_setting('request.jwt.claims', true)::json ->> 'tenant')::int);
"""
GIVEN = "INSERT INTO notes VALUES (1, 1, 'mine'), (2, 2, 'a secret'), (3, 2, 'another')"
MINE = "tenant = 1"
CLAIMS = {"request.jwt.claims": '{"tenant": 1}'}


def rows(**said: Any) -> AccessBehavior:
    return AccessBehavior(name="it", on=("notes",), given=GIVEN, expect=Rows(role="app", claims=CLAIMS, **said))


FOR_ALL = "CREATE POLICY more ON notes FOR {} USING (note <> 'another')"
BLIND_CLAIM = "ALTER POLICY mine ON notes USING (tenant = current_setting('app.tenant')::int)"
NO_CLAIM = 'unrecognized configuration parameter "app.tenant" [42704]'
SEES = Kind(
    rows(sees=MINE),
    ROWS,
    {
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY": ("row-seen", "it can see 2 rows: (2), (3), too"),
        FOR_ALL.format("SELECT"): ("row-seen", "it can see 1 row: (2), too"),
        "ALTER POLICY mine ON notes USING (tenant = 2)": (
            "row-seen",
            "it can see 2 rows: (2), (3), too\nrow-not-seen: it cannot see 1 row: (1)",
        ),
        "DROP POLICY mine ON notes": ("row-not-seen", "it cannot see 1 row: (1)"),
        BLIND_CLAIM: ("access-fails", NO_CLAIM),
        "REVOKE SELECT ON notes FROM app": ("access-denied", "permission denied for table notes [42501]"),
    },
)
UPDATES = Kind(
    rows(updates=MINE),
    ROWS,
    {
        "ALTER ROLE app BYPASSRLS": ("row-updated", "it can update 2 rows: (2), (3), too"),
        "CREATE POLICY reads ON notes FOR SELECT USING (true);" + FOR_ALL.format("UPDATE"): (
            "row-updated",
            "it can update 1 row: (2), too",
        ),
        "CREATE POLICY frozen ON notes AS RESTRICTIVE FOR UPDATE USING (false)": (
            "row-not-updated",
            "it cannot update 1 row: (1)",
        ),
        "CREATE POLICY frozen ON notes AS RESTRICTIVE FOR UPDATE WITH CHECK (false)": (
            "access-denied",
            'new row violates row-level security policy "frozen" for table "notes" [42501]',
        ),
        "ALTER POLICY mine ON notes WITH CHECK (tenant = 2)": (
            "access-denied",
            'new row violates row-level security policy for table "notes" [42501]',
        ),
        "REVOKE UPDATE ON notes FROM app": ("access-denied", "permission denied for table notes [42501]"),
    },
    undo="ALTER ROLE app NOBYPASSRLS",
)
DELETES = Kind(
    rows(deletes=MINE),
    ROWS,
    {
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY": ("row-deleted", "it can delete 2 rows: (2), (3), too"),
        "CREATE POLICY reads ON notes FOR SELECT USING (true);" + FOR_ALL.format("DELETE"): (
            "row-deleted",
            "it can delete 1 row: (2), too",
        ),
        "CREATE POLICY keeps ON notes AS RESTRICTIVE FOR DELETE USING (false)": (
            "row-not-deleted",
            "it cannot delete 1 row: (1)",
        ),
        "REVOKE DELETE ON notes FROM app": ("access-denied", "permission denied for table notes [42501]"),
        "CREATE TABLE lines (note int REFERENCES notes); INSERT INTO notes VALUES (9, 1, 'x'); "
        "INSERT INTO lines VALUES (9)": (
            "access-fails",
            (
                'update or delete on table "notes" violates foreign key constraint "lines_note_fkey" on table "lines" '
                '(constraint "lines_note_fkey") [23503]'
            ),
        ),
    },
)
ITS_OWN = "INSERT INTO notes VALUES (7, 1, 'new')"
MAY = Kind(
    rows(may=(ITS_OWN,)),
    ROWS,
    {
        "REVOKE INSERT ON notes FROM app": ("access-denied", "permission denied for table notes [42501]"),
        "CREATE POLICY none ON notes AS RESTRICTIVE FOR INSERT WITH CHECK (tenant <> 1)": (
            "access-denied",
            'new row violates row-level security policy "none" for table "notes" [42501]',
        ),
        "DROP POLICY mine ON notes": (
            "access-denied",
            'new row violates row-level security policy for table "notes" [42501]',
        ),
        BLIND_CLAIM: ("access-fails", f"it fails, and not for want of a privilege: {NO_CLAIM}"),
        "CREATE RULE none AS ON INSERT TO notes DO INSTEAD NOTHING": (
            "access-finds-nothing",
            "it succeeds, and writes or gives no row",
        ),
    },
)
MAY_NOT = Kind(
    rows(may_not=("INSERT INTO notes VALUES (7, 2, 'new')", "UPDATE notes SET note = note || '!' WHERE tenant = 2")),
    ROWS,
    {
        "ALTER POLICY mine ON notes WITH CHECK (true)": (
            "access-allowed",
            "it succeeds, and writes or gives 1 row",
        ),
        "ALTER POLICY mine ON notes USING (true) WITH CHECK (tenant = 1 OR note LIKE '%!')": (
            "access-allowed",
            "it succeeds, and writes or gives 2 rows",
        ),
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY": (
            "access-allowed",
            "it succeeds, and writes or gives 1 row\naccess-allowed: it succeeds, and writes or gives 2 rows",
        ),
        BLIND_CLAIM: (
            "access-fails",
            (
                f"it fails, and not for want of a privilege: {NO_CLAIM}\n"
                f"access-fails: it fails, and not for want of a privilege: {NO_CLAIM}"
            ),
        ),
    },
)
ASKED = """
CREATE OR REPLACE FUNCTION asked(int) RETURNS text LANGUAGE plpgsql SECURITY {} AS $$
DECLARE found text := (SELECT note FROM public.notes WHERE id = $1); BEGIN {} RETURN 'nothing'; END $$;
ALTER FUNCTION asked(int) OWNER TO boss;
"""
RAISES = "RAISE EXCEPTION 'no' USING ERRCODE = 'insufficient_privilege', {} = found;"
DENIED = "access-denied", 'no [42501]\nsecret-told: number 1 of "hides" stands in {}'
HIDES = Kind(
    rows(may=("SELECT asked(2)",), hides=("a secret",)),
    ROWS + ASKED.format("INVOKER", "RETURN coalesce(found, 'nothing');"),
    {
        ASKED.format("DEFINER", "RETURN found;"): ("secret-told", 'number 1 of "hides" stands in a row'),
        ASKED.format("DEFINER", "RAISE EXCEPTION '%', found;"): (
            "access-fails",
            (
                "it fails, and not for want of a privilege: (hidden) [P0001]\n"
                'secret-told: number 1 of "hides" stands in the error'
            ),
        ),
        ASKED.format("DEFINER", RAISES.format("DETAIL")): (DENIED[0], DENIED[1].format("the error's detail")),
        ASKED.format("DEFINER", RAISES.format("HINT")): (DENIED[0], DENIED[1].format("the error's hint")),
        ASKED.format("DEFINER", "EXECUTE 'SELECT 1 / 0 /* ' || found || ' */';"): (
            "access-fails",
            (
                "it fails, and not for want of a privilege: division by zero [22012]\n"
                'secret-told: number 1 of "hides" stands in the error\'s context'
            ),
        ),
    },
)
KINDS = {
    "can": CAN,
    "cannot": CANNOT,
    "nobody_else": NOBODY,
    "sees": SEES,
    "updates": UPDATES,
    "deletes": DELETES,
    "may": MAY,
    "may_not": MAY_NOT,
    "hides": HIDES,
}


def told(connection: Connection, entry: AccessBehavior) -> list[Finding]:
    def reopened() -> Connection:
        return type(connection).connect(connection.info.dsn, password=connection.info.password or None)

    return list(try_access(entry, reopened, read_catalog(connection)))


def text(findings: list[Finding]) -> tuple[str, str]:
    first, *others = findings
    return first.rule, "\n".join([first.found, *(f"{one.rule}: {one.found}" for one in others)])


@pytest.mark.parametrize("name", KINDS)
def test_what_keeps_it(build: Build, name: str) -> None:
    assert told(build(KINDS[name].schema), KINDS[name].entry) == []


@pytest.mark.parametrize(("name", "change"), [(name, change) for name, kind in KINDS.items() for change in kind.broken])
def test_what_breaks_it(build: Build, name: str, change: str) -> None:
    kind = KINDS[name]
    connection = build(kind.schema + change)
    try:
        assert text(told(connection, kind.entry)) == kind.broken[change]
    finally:
        connection.execute(kind.undo.encode())


@pytest.mark.parametrize("name", KINDS)
def test_no_two_sound_alike(name: str) -> None:
    words = list(KINDS[name].broken.values())
    assert len(set(words)) == len(words) >= 4


LEAKS = {
    "CREATE VIEW v AS SELECT * FROM notes; ALTER VIEW v OWNER TO boss; GRANT SELECT ON v TO app": (
        "row-security-passed",
        "it reads with the rights of boss, as was tried with a policy that nothing passes",
    ),
    "CREATE MATERIALIZED VIEW m AS SELECT * FROM notes; GRANT SELECT ON m TO app;"
    "ALTER MATERIALIZED VIEW m OWNER TO boss": (
        "row-security-passed",
        "it holds the rows that boss sees (seen in the catalog, not tried)",
    ),
    ASKED.format("DEFINER SET search_path = pg_catalog, pg_temp", "RETURN found;"): (
        "row-security-passed",
        "its body names the table (seen in the catalog, not tried)",
    ),
    "CREATE TABLE lines (note int REFERENCES notes); GRANT INSERT ON lines TO app": (
        "row-security-passed",
        "writing tells which keys are there (seen in the catalog, not tried)",
    ),
    "CREATE FUNCTION known(text) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM tags WHERE tag = $1)';"
    "CREATE POLICY tagged ON notes AS RESTRICTIVE USING (known(note))": (
        "policy-search-path",
        (
            "it names tags without a schema: whoever queries the table decides by its search_path, or a temporary "
            "table, which that is (seen in the catalog, not tried)"
        ),
    ),
    "CREATE TABLE part () INHERITS (notes); GRANT SELECT ON part TO app": (
        "row-security-passed",
        (
            "it is a table that inherits from it, has no row security of its own, and can be named itself "
            "(seen in the catalog, not tried)"
        ),
    ),
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'": (
        "definer-search-path",
        "no search_path of its own: its caller's decides what its names mean (seen in the catalog, not tried)",
    ),
    "CREATE SCHEMA s; GRANT CREATE ON SCHEMA s TO app;"
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = s, pg_temp AS 'SELECT 1'": (
        "definer-search-path",
        "search_path s, pg_temp, in which others may create: s (seen in the catalog, not tried)",
    ),
    "CREATE SCHEMA s;CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = s AS 'SELECT 1'": (
        "definer-search-path",
        "search_path s, before which the caller's temporary tables are looked up (seen in the catalog, not tried)",
    ),
}
SAFE = (
    ROWS
    + """
CREATE VIEW kept AS SELECT * FROM notes; ALTER VIEW kept OWNER TO staff; GRANT SELECT ON notes TO staff;
GRANT SELECT ON kept TO app;
CREATE FUNCTION mine() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM notes';
CREATE FUNCTION fixed() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
CREATE TABLE tags (tag text PRIMARY KEY); CREATE TABLE tagged (tag text REFERENCES tags); GRANT INSERT ON tagged TO app;
"""
)


def leaks(connection: Connection) -> list[Finding]:
    sight = Sight(read_catalog(connection))
    return [*catalog_leaks(sight), *try_views(sight, connection)]


def test_what_leaks_nothing(build: Build) -> None:
    assert leaks(build(SAFE)) == []


@pytest.mark.parametrize("change", LEAKS)
def test_what_leaks(build: Build, change: str) -> None:
    assert text(leaks(build(SAFE + change))) == LEAKS[change]


def test_no_two_leaks_sound_alike() -> None:
    assert len(set(LEAKS.values())) == len(LEAKS) >= 4
