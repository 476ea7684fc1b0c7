"""What is read of large objects, how it changes, and how many of them are compared."""

from __future__ import annotations

import pytest
from psycopg import sql

from pgassay.catalog import rows
from pgassay.catalog.blindness import blind_findings
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.compare import Comparison, Scope, compare, examine
from pgassay.catalog.kinds import large_objects
from pgassay.catalog.kinds.large_objects import LargeObject
from pgassay.catalog.read import read_catalog
from pgassay.errors import BlindError
from tests.catalog.conftest import Subject
from tests.catalog.samples import sample

MANY = BlindSpot("every large object", "the first 2 were read, and 1 were not", "accept it")


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("SELECT lo_create(4242), lo_from_bytea(70000, 'hush'); COMMENT ON LARGE OBJECT 4242 IS 'why'")


def test_every_attribute(subject: Subject) -> None:
    catalog = subject.read()
    found = catalog.large_object(4242)

    assert found.attributes == {"owner": "postgres", "privileges": found.privileges, "comment": "why"}
    assert set(map(str, found.privileges)) == {"SELECT to postgres", "UPDATE to postgres"}
    assert [repr(one) for one in catalog.large_objects.values()] == [
        "<large object 4242: owner postgres>",
        "<large object 70000: owner postgres>",
    ]


def test_owner_and_privileges_change(subject: Subject) -> None:
    role = subject.role("role")
    granted = subject.changes(f"GRANT SELECT ON LARGE OBJECT 4242 TO {role} WITH GRANT OPTION")
    subject.run(f"REVOKE ALL ON LARGE OBJECT 4242 FROM {role}")
    given = subject.changes(f"ALTER LARGE OBJECT 4242 OWNER TO {role}")
    subject.run("ALTER LARGE OBJECT 4242 OWNER TO postgres")

    before, after = granted["large object 4242"]["privileges"]
    assert set(map(str, after - before)) == {f"SELECT to {role} with grant option"}
    assert given["large object 4242"]["owner"] == ("postgres", role)


def test_a_role_that_may_only_connect_reads_the_same(subject: Subject) -> None:
    with subject.connect(subject.role("guest", "LOGIN")) as connection:
        assert subject.own(read_catalog(connection)) == subject.read_anew()


def test_so_many_that_they_are_not_all_read(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(large_objects.LARGE_OBJECTS.pieces, "most", sql.Literal(1))
    monkeypatch.setattr(large_objects, "MOST", 1)
    monkeypatch.setattr(rows, "text_of", lambda kind, major: kind.statement(major).as_bytes(None))
    catalog = subject.read_anew()

    assert list(catalog.records["large object"]) == [("4242",)]
    with pytest.raises(BlindError, match="the first 1 were read"):
        _ = catalog.large_objects
    assert [(spot.object, spot.reason) for spot in catalog.blind] == [
        ("every large object", "the first 1 were read, and 1 were not")
    ]


ONE, TWO = (sample(LargeObject, number=number) for number in ("1", "2"))


def test_those_that_no_contract_names_are_data() -> None:
    seen = examine(Catalog.of(18, [ONE]), Catalog.of(18, [TWO]))

    assert [f"{d.change} {d.object}" for d in seen.differences] == ["missing large object 1"]
    assert seen.notes == ("large objects that the contract does not name, and that are data: 1",)


def test_the_whole_counts_every_one() -> None:
    found = compare(Catalog.of(18, [ONE]), Catalog.of(18, [TWO]), options=Comparison(scope=Scope.WHOLE))
    assert [f"{d.change} {d.object}" for d in found] == ["extra large object 2", "missing large object 1"]


def test_too_many_to_read_are_blind_only_where_the_contract_names_some() -> None:
    actual = Catalog.of(18, [TWO], [MANY])
    named, unnamed = examine(Catalog.of(18, [ONE]), actual), examine(Catalog.of(18, []), actual)

    assert named.differences == unnamed.differences == ()
    assert [finding.object for finding in blind_findings(named.expected, named.actual)] == ["every large object"]
    assert blind_findings(unnamed.expected, unnamed.actual) == ()
