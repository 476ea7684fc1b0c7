"""The matrix as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from pgassay.behaviors.access.cells import Attempt, Cell, Tried
from pgassay.behaviors.access.matrix import Matrix
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import PUBLIC, RoleName
from pgassay.render.access import matrix_json, matrix_table, matrix_text
from tests.catalog.samples import sample

APP, ODD = RoleName("app"), RoleName("r\n1")
DENIED = Attempt(Tried.DENIED, "42501", "permission denied")
CELL = Cell(role=APP, object=sample(Table, schema="s", name="T. x"), action="SELECT", declared="granted", computed=True)


def shown(*cells: Cell) -> list[str]:
    return [line[1] for line in matrix_table(Matrix(cells))[1:]]


def test_how_an_action_is_held() -> None:
    paths = ["granted (default privileges)", "owner", "superuser", "member of staff", "PUBLIC", "each column"]
    cells = [replace(CELL, action=str(number), declared=path) for number, path in enumerate(paths)]
    assert shown(*cells) == ["0, 1*, 2^, 3+, 4~, 5"]


def test_what_came_of_it() -> None:
    nothing = replace(CELL, declared=None, computed=False)
    cells = [
        replace(CELL, action="denied", tried=DENIED),
        replace(CELL, action="failed", tried=Attempt(Tried.OTHERWISE, "55000", "it is no table")),
        replace(CELL, action="done", tried=Attempt(Tried.DONE)),
        replace(nothing, action="sneaked in", tried=Attempt(Tried.DONE)),
        replace(nothing, action="kept out", tried=DENIED),
    ]
    assert shown(*cells) == ["denied!, failed=, done, sneaked in?"]


def test_columns_stand_together() -> None:
    some = [replace(CELL, action=f"SELECT ({name})") for name in ("a", '"b (c)"')]
    assert shown(*some) == ['SELECT (a, "b (c)")']
    assert shown(CELL, *some) == ["SELECT"]


def test_nothing_and_odd_names() -> None:
    cells = [replace(CELL, role=ODD, declared=None, computed=False), replace(CELL, role=PUBLIC, declared="PUBLIC")]
    assert matrix_text(Matrix(cells)) == 'object          r\\n1  PUBLIC\ntable s."T. x"  -     SELECT'


def test_json() -> None:
    document = json.loads(matrix_json(Matrix([CELL, replace(CELL, tried=DENIED)], tried=True)))
    cell = {"role": "app", "object": 'table s."T. x"', "action": "SELECT", "declared": "granted", "computed": True}
    assert document == {
        "format": 1,
        "tried": True,
        "cells": [
            {**cell, "tried": None},
            {**cell, "tried": "no", "sqlstate": "42501", "said": "permission denied"},
        ],
    }
