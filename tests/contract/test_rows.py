from __future__ import annotations

import pytest

from pgassay.contract.rows import Expression, RowsOfTable
from pgassay.errors import ContractError
from tests.contract.conftest import Load

TEXT = """
[scope]
foreign_schemas = ["x"]

[rows."public.users"]   # people
email = "'user' || n"
"odd = name" = '''
1
= 2'''

[rows.orders]
total = "n"
"""


def test_tables_and_columns_know_their_lines(load: Load) -> None:
    (users, orders) = load({"behavior.toml": TEXT}).behavior.rows
    file = users.where.partition(",")[0]
    assert users == RowsOfTable(
        "public.users",
        {"email": Expression("'user' || n", f"{file}, line 6"), "odd = name": Expression("1\n= 2", f"{file}, line 7")},
        f"{file}, line 5",
    )
    assert orders == RowsOfTable("orders", {"total": Expression("n", f"{file}, line 12")}, f"{file}, line 11")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows = 1", '"rows" must be a table, not 1'),
        ("[rows]\nt = 1", 'line 2: [rows]: "t" must be a table, not 1'),
        ("[rows.t]\nx = 1", 'line 2: [rows."t"]: "x" must be a text that is not blank, not 1'),
        ("[rows.t]\n\nx = ' '", 'line 3: [rows."t"]: "x" must be a text that is not blank, not \' \''),
    ],
)
def test_what_means_nothing(load: Load, text: str, message: str) -> None:
    with pytest.raises(ContractError) as raised:
        _ = load({"behavior.toml": text}).behavior
    assert message in raised.value.message
