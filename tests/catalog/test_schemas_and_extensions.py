"""What is read of schemas, extensions and what was changed about their members and about system objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.catalog.compare import compare
from pgassay.catalog.mend import mend
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE SCHEMA extra;
        CREATE EXTENSION citext SCHEMA extra;
    """)


def test_schema_public_is_read_like_any_other(subject: Subject) -> None:
    schema = subject.read().schema("public")
    creators = {grant.grantee for grant in schema.privileges if grant.privilege == "CREATE"}

    assert schema.owner == ("postgres" if subject.major < 15 else "pg_database_owner")
    assert creators == ({"PUBLIC", "postgres"} if subject.major < 15 else {"pg_database_owner"})


def test_schema_public_under_another_name(subject: Subject) -> None:
    changes = subject.there_and_back(
        'ALTER SCHEMA public RENAME TO "P. x"; GRANT ALL ON SCHEMA "P. x" TO PUBLIC',
        'ALTER SCHEMA "P. x" RENAME TO public; REVOKE ALL ON SCHEMA public FROM PUBLIC;'
        "GRANT USAGE ON SCHEMA public TO PUBLIC"
        + (";GRANT CREATE ON SCHEMA public TO PUBLIC" if subject.major < 15 else ""),
    )

    assert changes == {"schema public": "gone", 'schema "P. x"': "new"}


def test_schema_public_made_again(subject: Subject) -> None:
    changes = subject.changes("DROP SCHEMA public; CREATE SCHEMA public AUTHORIZATION postgres")

    assert set(changes["schema public"]) <= {"owner", "privileges", "comment"}


def test_a_schema_changes(subject: Subject) -> None:
    owner = subject.role("owner")
    changes = subject.changes(f"""
        CREATE SCHEMA "S. 1" AUTHORIZATION {owner};
        COMMENT ON SCHEMA extra IS 'why';
        GRANT USAGE ON SCHEMA extra TO PUBLIC;
    """)
    schema = subject.read().schema("S. 1")
    subject.run('DROP SCHEMA "S. 1"')

    assert changes['schema "S. 1"'] == "new"
    assert set(changes["schema extra"]) == {"comment", "privileges"}
    assert sorted(map(str, schema.privileges)) == [f"CREATE to {owner}", f"USAGE to {owner}"]


def test_an_extension(subject: Subject) -> None:
    extension = subject.read().extension("citext")

    assert (extension.schema, extension.owner, extension.comment) == ("extra", "postgres", None)
    assert extension.version.startswith("1.")
    assert {"type extra.citext", "function extra.citextin(pg_catalog.cstring)"} <= extension.members
    assert "type extra.citext[]" not in extension.members  # its element stands for it, on every major


def test_members_are_no_objects_of_their_own(subject: Subject) -> None:
    catalog = subject.read()

    assert list(catalog.functions) == []
    assert catalog.blind == ()


def test_an_extension_changes(subject: Subject) -> None:
    changes = subject.changes("""
        COMMENT ON EXTENSION citext IS 'other words';
        CREATE VIEW extra.v AS SELECT 1 AS a;
        ALTER EXTENSION citext ADD VIEW extra.v;
    """)
    before, after = changes["extension citext"]["members"]
    subject.run("ALTER EXTENSION citext DROP VIEW extra.v; DROP VIEW extra.v")

    assert changes["extension citext"]["comment"] == (None, "other words")
    assert "view extra.v" in after - before
    assert set(changes) == {"extension citext"}


def test_moving_an_extension_is_one_change(subject: Subject) -> None:
    changes = subject.changes("ALTER EXTENSION citext SET SCHEMA public")
    subject.run("ALTER EXTENSION citext SET SCHEMA extra")

    assert set(changes) == {"extension citext"}


@pytest.fixture
def _as_made(subject: Subject) -> Iterator[None]:
    yield
    subject.run("""
        GRANT EXECUTE ON FUNCTION extra.citext_eq(extra.citext, extra.citext), pg_sleep(float8) TO PUBLIC;
        REVOKE SELECT ON pg_statistic FROM PUBLIC;
        REVOKE SELECT (rolname) ON pg_authid FROM PUBLIC;
        REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC;
        GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
        ALTER FUNCTION extra.citext_eq(extra.citext, extra.citext) OWNER TO postgres;
    """)


@pytest.mark.usefixtures("_as_made")
def test_privileges_of_system_objects_and_members(subject: Subject) -> None:
    changes = subject.changes("""
        REVOKE EXECUTE ON FUNCTION extra.citext_eq(extra.citext, extra.citext) FROM PUBLIC;
        REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC;
        GRANT SELECT ON pg_statistic TO PUBLIC;
        GRANT SELECT (rolname) ON pg_authid TO PUBLIC;
        REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
    """)

    assert changes == {
        "function extra.citext_eq(extra.citext,extra.citext)": "new",
        "function pg_catalog.pg_sleep(double precision)": "new",
        "table pg_catalog.pg_statistic": "new",
        "table column pg_catalog.pg_authid.rolname": "new",
        "language plpgsql": "new",
    }


@pytest.mark.usefixtures("_as_made")
def test_the_owner_of_a_member(subject: Subject) -> None:
    thief = subject.role("thief")
    catalog = subject.read(f"ALTER FUNCTION extra.citext_eq(extra.citext, extra.citext) OWNER TO {thief}")

    (member,) = [record for record in catalog if record.KIND == "system object"]
    assert (member.attributes["extension"], member.attributes["owner"]) == ("citext", thief)


@pytest.mark.usefixtures("_as_made")
def test_revoking_and_granting_again_is_no_change(subject: Subject) -> None:
    changes = subject.changes("""
        REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION pg_sleep(float8) TO PUBLIC;
    """)

    assert changes == {}


MADE_OTHERWISE = """
    REVOKE EXECUTE ON FUNCTION extra.citext_eq(extra.citext, extra.citext) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC;
    GRANT SELECT (rolname) ON pg_authid TO PUBLIC;
    GRANT ALL ON pg_statistic TO pg_monitor WITH GRANT OPTION;
    REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
    ALTER FUNCTION extra.citext_ne(extra.citext, extra.citext) OWNER TO {thief};
"""


def test_the_mend_leads_there_and_back(subject: Subject) -> None:
    thief = subject.role("thief")
    as_made = subject.read()
    changed = subject.read(MADE_OTHERWISE.format(thief=thief))
    assert len([record for record in changed if record.KIND == "system object"]) == 7

    back = [mend(difference, as_made, changed) for difference in compare(as_made, subject.read_anew())]
    restored = subject.read("\n".join(back))
    there = [mend(difference, changed, restored) for difference in compare(changed, restored)]
    again = subject.read("\n".join(there))
    subject.run("\n".join(back))

    assert compare(as_made, restored) == ()
    assert compare(changed, again) == ()
