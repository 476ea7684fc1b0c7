from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NamedTuple

import pydantic
import pytest
from psycopg.rows import namedtuple_row, scalar_row

from pgassay.runtime import Database, RowShapeError

ROW = "SELECT 1 AS id, 'a@b' AS email"


@dataclass(frozen=True)
class User:
    id: int
    email: str
    _: KW_ONLY
    tags: list[str] = field(default_factory=list)


class Named(NamedTuple):
    id: int
    email: str = ""


class Model(pydantic.BaseModel):
    id: int
    email: str


class Plain:
    def __init__(self, **columns: Any) -> None:
        self.columns = columns


def test_rows_are_made_into_what_is_asked_for(db: Database) -> None:
    assert db.one(ROW, into=User) == User(1, "a@b")
    assert db.one(ROW, into=Named) == Named(1, "a@b")
    assert db.one(ROW, into=Model) == Model(id=1, email="a@b")
    assert db.one(ROW, into=Plain).columns == {"id": 1, "email": "a@b"}
    assert db.one(ROW, into=tuple) == (1, "a@b")
    assert db.one(ROW, into=dict) == {"id": 1, "email": "a@b"}
    assert db.one(ROW, into=namedtuple_row) == (1, "a@b")
    assert db.query("SELECT generate_series(1, 2)", into=scalar_row) == [1, 2]


def test_fields_with_a_default_may_be_missing(db: Database) -> None:
    assert db.one("SELECT 1 AS id", into=Named) == Named(1)
    assert db.one("SELECT 1 AS id, 'x' AS email, ARRAY['a'] AS tags", into=User).tags == ["a"]


def test_columns_that_do_not_fit_are_named_and_the_statement_is_undone(db: Database) -> None:
    db.none("CREATE TABLE t (id int, name text)")
    with pytest.raises(RowShapeError) as caught:
        db.query("INSERT INTO t VALUES (1, 'x') RETURNING *", into=User)
    assert str(caught.value) == (
        'the rows cannot be made into User: it has no field "name"; the statement has no column "email"\n'
        "hint: its fields are id, email, tags; the columns are id, name"
    )
    assert db.query("SELECT * FROM t") == []


def test_two_columns_of_one_name_are_refused_where_one_would_be_lost(db: Database) -> None:
    for into in (None, User, Model):
        with pytest.raises(RowShapeError, match='more than one column called "id", of which'):
            db.query("SELECT 1 AS id, 2 AS id", into=into)
    assert db.query("SELECT 1 AS id, 2 AS id", into=tuple) == [(1, 2)]


@pytest.mark.parametrize("scalar", [int, str, list])
def test_a_scalar_is_no_row(db: Database, scalar: type) -> None:
    with pytest.raises(RowShapeError, match=f"rows cannot be made into {scalar.__name__}\nhint: value"):
        db.query("SELECT 1", into=scalar)


def test_what_a_class_refuses_is_its_own_error(db: Database) -> None:
    with pytest.raises(pydantic.ValidationError):
        db.one("SELECT 'x' AS id, 'y' AS email", into=Model)
