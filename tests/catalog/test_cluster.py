"""What is read of tablespaces and of privileges on parameters, how it changes, and what of a cluster is compared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Scope, compare, examine
from pgassay.catalog.kinds.cluster import ParameterPrivileges, Tablespace
from pgassay.catalog.kinds.roles import Role
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.mend import mend
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import Record
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.conftest import Subject
from tests.catalog.samples import grant, sample
from tests.catalog.support import Change

T = '"T. ""x"" 😀"'
TABLESPACE = f"tablespace {T}"


@pytest.fixture(scope="module")
def subject(any_private_server: Server) -> Iterator[Subject]:
    """A database on a server of the module's own: all of this is the whole cluster's."""
    name = scratch_name("cluster")
    create_database(any_private_server, name)
    made = Subject(any_private_server, name)
    made.run("SET allow_in_place_tablespaces = on")
    made.run(f"CREATE TABLESPACE {T} LOCATION '' WITH (seq_page_cost = 2)")
    made.run(f"COMMENT ON TABLESPACE {T} IS 'why'")
    yield made
    made.run(f"DROP TABLESPACE {T}")
    made.close()


@pytest.fixture
def since_15(subject: Subject) -> Subject:
    """The same, where parameters have privileges."""
    if subject.major < 15:
        pytest.skip("parameters have no privileges before 15")
    return subject


# Tablespaces.


def test_every_attribute_of_a_tablespace(subject: Subject) -> None:
    catalog = subject.read()
    tablespace = catalog.tablespace('T. "x" 😀')

    assert tablespace.attributes == {
        "options": {"seq_page_cost": "2"},
        "owner": "postgres",
        "privileges": tablespace.privileges,
        "comment": "why",
    }
    assert set(map(str, tablespace.privileges)) == {"CREATE to postgres"}
    assert list(catalog.tablespaces) == ['T. "x" 😀']


CHANGES = [
    Change(
        f"ALTER TABLESPACE {T} SET (seq_page_cost = 3, effective_io_concurrency = 4)",
        f"ALTER TABLESPACE {T} SET (seq_page_cost = 2); ALTER TABLESPACE {T} RESET (effective_io_concurrency)",
        TABLESPACE,
        "options",
        {"seq_page_cost": "2"},
        {"seq_page_cost": "3", "effective_io_concurrency": "4"},
    ),
    Change(
        f"COMMENT ON TABLESPACE {T} IS NULL",
        f"COMMENT ON TABLESPACE {T} IS 'why'",
        TABLESPACE,
        "comment",
        "why",
        None,
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_one_change_is_one_attribute(subject: Subject, change: Change) -> None:
    first = subject.read()
    changes = subject.changes(change.do)
    subject.run(change.undo)

    assert changes == {change.label: {change.attribute: (change.before, change.after)}}
    assert compare(first, subject.read()) == ()


def test_owner_and_privileges_of_a_tablespace(subject: Subject) -> None:
    role = subject.role("role")
    granted = subject.changes(f"GRANT CREATE ON TABLESPACE {T} TO {role}")
    subject.run(f"REVOKE ALL ON TABLESPACE {T} FROM {role}")
    given = subject.changes(f"ALTER TABLESPACE {T} OWNER TO {role}")
    subject.run(f"ALTER TABLESPACE {T} OWNER TO postgres")

    before, after = granted[TABLESPACE]["privileges"]
    assert set(map(str, after - before)) == {f"CREATE to {role}"}
    assert given[TABLESPACE]["owner"] == ("postgres", role)


def test_the_mend_of_a_tablespace(subject: Subject) -> None:
    role = subject.role("role")
    expected = subject.read()
    subject.run(f"""
        ALTER TABLESPACE {T} RESET (seq_page_cost); ALTER TABLESPACE {T} SET (random_page_cost = 9);
        ALTER TABLESPACE {T} OWNER TO {role}; GRANT CREATE ON TABLESPACE {T} TO PUBLIC;
        COMMENT ON TABLESPACE {T} IS 'another';
    """)
    (difference,) = compare(expected, subject.read())
    subject.run(mend(difference, expected, subject.read()))

    assert {a.name for a in difference} == {"options", "owner", "privileges", "comment"}
    assert compare(expected, subject.read()) == ()


def test_a_tablespace_that_is_missing_or_too_much(subject: Subject) -> None:
    catalog, none = subject.read(), Catalog.of(subject.major, [])
    expected = Catalog.of(subject.major, [catalog.tablespace('T. "x" 😀')])
    (missing,) = compare(expected, none, options=Comparison(scope=Scope.WHOLE))
    (extra,) = compare(none, expected, options=Comparison(scope=Scope.WHOLE))

    assert mend(missing, expected, none) == (
        f"CREATE TABLESPACE {T} LOCATION '...': the contract does not say where it lies"
    )
    assert mend(extra, none, expected).endswith(f"\nDROP TABLESPACE {T};")


# Privileges on parameters.


def test_privileges_on_parameters(since_15: Subject) -> None:
    role = since_15.role("role")
    changes = since_15.changes(f"""
        GRANT SET ON PARAMETER "Log_Statement" TO {role} WITH GRANT OPTION;
        GRANT ALTER SYSTEM ON PARAMETER my.own TO PUBLIC;
        REVOKE SET ON PARAMETER work_mem FROM postgres;
    """)
    parameters = since_15.read().parameter_privileges
    more = since_15.changes(f"GRANT ALTER SYSTEM ON PARAMETER log_statement TO {role}")
    since_15.run(f"""
        REVOKE ALL ON PARAMETER log_statement FROM {role}; REVOKE ALL ON PARAMETER my.own FROM PUBLIC;
        GRANT SET ON PARAMETER work_mem TO postgres;
    """)

    assert set(changes) == {"parameter privileges log_statement", 'parameter privileges "my.own"'}
    assert set(map(str, parameters["log_statement"].privileges)) == {f"SET to {role} with grant option"}
    assert repr(parameters["my.own"]) == '<parameter privileges "my.own": ALTER SYSTEM to PUBLIC>'
    before, after = more["parameter privileges log_statement"]["privileges"]
    assert set(map(str, after - before)) == {f"ALTER SYSTEM to {role}"}
    assert list(since_15.read().parameter_privileges) == []


GRANTS = """
    GRANT SET, ALTER SYSTEM ON PARAMETER log_statement TO {0} WITH GRANT OPTION;
    SET ROLE {0}; GRANT SET ON PARAMETER log_statement TO {1}; RESET ROLE;
    GRANT SET ON PARAMETER my.own TO {1};
"""
REVOKES = """
    REVOKE ALL ON PARAMETER log_statement FROM {0} CASCADE; REVOKE ALL ON PARAMETER my.own FROM {1};
"""
OTHERS = """
    GRANT ALTER SYSTEM ON PARAMETER log_statement TO {1}; GRANT SET ON PARAMETER work_mem TO {0};
"""
NO_OTHERS = """
    REVOKE ALL ON PARAMETER log_statement FROM {1}; REVOKE ALL ON PARAMETER work_mem FROM {0};
"""


def test_the_mend_of_privileges_on_parameters(since_15: Subject) -> None:
    roles = since_15.role("one"), since_15.role("two")
    expected = since_15.read(GRANTS.format(*roles))
    since_15.run(REVOKES.format(*roles) + OTHERS.format(*roles))
    found = [d.object for d in compare(expected, since_15.read())]
    for difference in compare(expected, since_15.read()):
        since_15.run(mend(difference, expected, since_15.read()))
    left = compare(expected, since_15.read())
    since_15.run(REVOKES.format(*roles) + NO_OTHERS.format(*roles))

    labels = ("work_mem", '"my.own"', "log_statement")
    assert found == [f"parameter privileges {name}" for name in labels]
    assert left == ()


def test_a_role_that_may_only_connect_reads_the_same(subject: Subject) -> None:
    granted = "GRANT SET ON PARAMETER log_statement TO PUBLIC" if subject.major >= 15 else ""
    whole = subject.read(granted)
    with subject.connect(subject.role("guest", "LOGIN")) as connection:
        seen = read_catalog(connection)
    subject.run(granted.replace("GRANT", "REVOKE").replace("TO", "FROM"))

    for kind in ("tablespace", "parameter privileges"):
        assert seen.records.get(kind) == whole.records.get(kind)


# What of a real cluster is compared.

APP, OTHER = sample(Role, name="app"), sample(Role, name="other")
USED = sample(Schema, schema="public", owner="app")


def on(name: str, *grants: str) -> ParameterPrivileges:
    return sample(ParameterPrivileges, name=name, privileges=frozenset(map(grant, grants)))


def objects(expected: list[Record], actual: list[Record], options: Comparison | None = None) -> list[str]:
    one, other = Catalog.of(18, [APP, USED, *expected]), Catalog.of(18, [APP, OTHER, USED, *actual])
    return [f"{d.change} {d.object}" for d in compare(one, other, options=options)]


def test_what_other_roles_may_do_is_not_told() -> None:
    assert objects([], [on("work_mem", "SET other")]) == []
    assert objects([], [on("work_mem", "SET PUBLIC")]) == []
    assert objects([on("work_mem", "SET app")], [on("work_mem", "SET app", "SET other", "SET PUBLIC")]) == []


def test_what_a_role_of_the_contract_may_do_is() -> None:
    assert objects([], [on("work_mem", "SET app", "SET other")]) == ["extra parameter privileges work_mem"]
    assert objects([on("work_mem", "SET app")], []) == ["missing parameter privileges work_mem"]
    assert objects([on("work_mem", "SET app")], [on("work_mem", "ALTER SYSTEM app")]) == [
        "differs parameter privileges work_mem"
    ]


def test_what_everybody_may_do_counts_where_the_contract_says_something_of_it() -> None:
    expected: list[Record] = [on("jit", "SET PUBLIC")]
    assert objects(expected, [on("jit", "SET PUBLIC"), on("work_mem", "SET PUBLIC")]) == [
        "extra parameter privileges work_mem"
    ]


def test_tablespaces_that_the_contract_does_not_name_are_one_line() -> None:
    tablespaces = [sample(Tablespace, name=name) for name in ("fast", "big")]
    seen = examine(Catalog.of(18, [USED, tablespaces[0]]), Catalog.of(18, [USED, *tablespaces]))

    assert seen.differences == ()
    assert seen.notes == ("tablespaces of the cluster that the contract does not name: big",)
    assert objects([tablespaces[0]], []) == ["missing tablespace fast"]


def test_what_other_roles_may_do_in_a_tablespace_is_not_told() -> None:
    def fast(*grants: str) -> Tablespace:
        return sample(Tablespace, name="fast", owner="root", privileges=frozenset(map(grant, grants)))

    assert objects([fast("CREATE root")], [fast("CREATE root", "CREATE other")]) == []
    assert objects([fast("CREATE root")], [fast("CREATE root", "CREATE app")]) == ["differs tablespace fast"]
    assert objects([fast("CREATE root")], [fast("CREATE root", "CREATE PUBLIC")]) == ["differs tablespace fast"]


def test_what_other_roles_may_do_in_a_tablespace_of_initdb_is_not_told(subject: Subject) -> None:
    first = subject.read()
    role = subject.role("stranger")
    found = [compare(first, subject.read(f"GRANT CREATE ON TABLESPACE pg_default TO {role}"))]
    with_role = subject.read(
        f"REVOKE ALL ON TABLESPACE pg_default FROM {role}; CREATE TABLE t (); ALTER TABLE t OWNER TO {role}"
    )
    found += [compare(with_role, subject.read(f"GRANT CREATE ON TABLESPACE pg_default TO {role}"))]
    subject.run(f"DROP TABLE t; REVOKE ALL ON TABLESPACE pg_default FROM {role}")

    assert [[f"{d.change} {d.object}" for d in differences] for differences in found] == [
        [],
        ["extra tablespace pg_default"],
    ]


def test_options_of_a_tablespace_of_initdb_are_mended(subject: Subject) -> None:
    start = "ALTER TABLESPACE pg_default"
    catalogs = [
        subject.read(statements)
        for statements in (
            "",
            f"{start} SET (seq_page_cost = 3)",
            f"{start} RESET (seq_page_cost); {start} SET (random_page_cost = 5)",
        )
    ]
    subject.run(f"{start} RESET (random_page_cost)")
    whole = Comparison(scope=Scope.WHOLE)
    mends = [
        mend(difference, expected, actual)
        for expected in catalogs
        for actual in catalogs
        for difference in compare(expected, actual, options=whole)
    ]

    assert mends == [
        f"{start} RESET (seq_page_cost);",
        f"{start} RESET (random_page_cost);",
        f"{start} SET (seq_page_cost='3');",
        f"{start} RESET (random_page_cost);\n{start} SET (seq_page_cost='3');",
        f"{start} SET (random_page_cost='5');",
        f"{start} RESET (seq_page_cost);\n{start} SET (random_page_cost='5');",
    ]
    assert [d.object for d in compare(catalogs[1], catalogs[0])] == ["tablespace pg_default"]
    assert compare(catalogs[0], catalogs[1]) == (), "what the contract does not name is the cluster's affair"


def test_what_the_contract_grants_nobody_is_no_difference_from_itself() -> None:
    initdbs = sample(
        SystemObject, object_type="tablespace", name="pg_default", privileges=frozenset({grant("CREATE x")})
    )
    expected: list[Record] = [on("jit"), sample(Tablespace, name="fast", privileges=initdbs.privileges), initdbs]
    assert objects(expected, expected) == []


def test_the_cluster_is_not_compared_on_one_server() -> None:
    expected: list[Record] = [on("jit", "SET app"), sample(Tablespace, name="fast")]
    for scope in Scope:
        assert objects(expected, [], Comparison(scope=scope, shared=False)) == []


def test_roles_are_mapped() -> None:
    expected, actual = Catalog.of(18, [on("jit", "SET app")]), Catalog.of(18, [on("jit", "SET real")])
    assert compare(expected, actual, options=Comparison(roles={"app": "real"})) == ()
