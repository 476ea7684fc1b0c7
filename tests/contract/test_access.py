"""`[[access]]` in behavior.toml: what it says, and what means nothing."""

from __future__ import annotations

import pytest

from pgassay.contract.behavior import AccessBehavior, Privileges, Rows
from pgassay.errors import ContractError
from tests.contract.conftest import Load

HEAD = '[[access]]\nname = "n"\n'


def only(load: Load, text: str) -> AccessBehavior:
    (entry,) = load({"behavior.toml": HEAD + text}).behavior.access
    return entry


def test_privileges_whole(load: Load) -> None:
    text = """
    on = ["users", 'schema "S. x"']
    can = { app = ["select", "TEMP"], "R. x" = "ALL", PUBLIC = [] }
    cannot = { app = "DELETE" }
    nobody_else = true
    """
    assert only(load, text) == AccessBehavior(
        name="n",
        on=("users", 'schema "S. x"'),
        expect=Privileges(
            can={"app": ("SELECT", "TEMPORARY"), "R. x": ("ALL",), "PUBLIC": ()},
            cannot={"app": ("DELETE",)},
            nobody_else=True,
        ),
    )


def test_rows_whole(load: Load) -> None:
    text = """
    on = "orders"
    as = "app"
    claims = { "app.tenant" = 1, "request.jwt.claims" = { sub = "1", roles = ["a"] } }
    given = "INSERT INTO orders VALUES (1); SELECT 1"
    sees = "tenant = 1"
    updates = "false"
    deletes = "true"
    may = "SELECT 1"
    may_not = ["SELECT 2", "SELECT ';'"]
    hides = "a secret"
    """
    entry = only(load, text)
    assert entry.about == "role app on orders"
    assert entry.given == "INSERT INTO orders VALUES (1); SELECT 1"
    assert entry.expect == Rows(
        role="app",
        claims={"app.tenant": "1", "request.jwt.claims": '{"sub": "1", "roles": ["a"]}'},
        sees="tenant = 1",
        updates="false",
        deletes="true",
        may=("SELECT 1",),
        may_not=("SELECT 2", "SELECT ';'"),
        hides=("a secret",),
    )


MISTAKES = {
    'on = "t"': "one of can, cannot, nobody_else, as must say something",
    "nobody_else = true": '"on" is missing',
    'on = "t"\ncan = { app = "SELEC" }': 'there is no action "SELEC"\nhint: there are: .*; did you mean "SELECT"?',
    'on = "t"\ncan = { app = 1 }': '"app" must be a text or a list of texts, none of them blank, not 1',
    'on = "t"\nnobody_else = "yes"': "\"nobody_else\" must be true or false, not 'yes'",
    'on = "t"\ncann = {}': 'unknown key "cann"',
    'on = "t"\ncan = { app = "SELECT" }\nsees = "true"': '"sees" goes with "as"',
    'on = "t"\nas = "app"\ncan = { app = "SELECT" }': '"can" does not go with "as"',
    'on = "t"\nas = "app"': "one of sees, updates, deletes, may, may_not must say something",
    'on = ["t", "u"]\nas = "app"\nsees = "true"': '"sees" speaks of the rows of one table: "on" must name it',
    'as = "app"\ndeletes = "true"': '"deletes" speaks of the rows of one table: "on" must name it',
    'as = "app"\nmay = "SELECT 1; SELECT 2"': '"may" must hold one statement in each text, not 2',
    'as = "app"\nmay_not = "SELECT \'"': '"may_not", ',
    'as = "app"\nmay = "SELECT 1"\nclaims = { a = [1970-01-01] }': '"a" cannot be written as JSON',
    'as = "app"\nmay = "SELECT 1"\nclaims = { role = "boss" }': '"role" is who acts\nhint: say it with "as"',
}


@pytest.mark.parametrize("text", MISTAKES)
def test_what_means_nothing_is_told_with_its_line(load: Load, text: str) -> None:
    with pytest.raises(ContractError, match=r'behavior\.toml", line \d+: \[\[access\]\] number 1 "n"') as caught:
        only(load, text)
    head, _, tail = MISTAKES[text].partition(".*")
    assert head in str(caught.value)
    assert tail in str(caught.value)


def test_statements_may_not_end_the_transaction(load: Load) -> None:
    with pytest.raises(ContractError, match='"may", line 1: COMMIT in what runs as one transaction'):
        only(load, 'as = "app"\nmay = "COMMIT"')
