from __future__ import annotations

import psycopg
import pytest

from pgassay.behaviors.plans.sizes import Size, give_sizes
from pgassay.behaviors.scene import Relation
from pgassay.errors import BlindError
from pgassay.sandbox.database import ScratchDatabase

MESSAGES = Relation("public", "messages")
STATE = "SELECT pg_relation_size(oid) / 8192, reltuples, relpages FROM pg_class WHERE oid = %s::regclass"


@pytest.mark.parametrize(("rows", "pages"), [(1e6, 20_000), (3e7, 300_000), (10.0, 1)])
def test_a_table_has_its_size(scratch: ScratchDatabase, rows: float, pages: int) -> None:
    """300,000 pages are three files of at most 1 GB, none of which takes any room."""
    with scratch.connect() as admin:
        give_sizes(admin, [Size(relation=MESSAGES, rows=rows, pages=pages)])
        assert admin.execute(STATE, ["messages"]).fetchone() == (pages, rows, pages)
        assert admin.execute("SELECT count(*) FROM messages WHERE id < 0").fetchone() == (0,)


def test_a_name_that_needs_quotes(scratch: ScratchDatabase) -> None:
    with scratch.connect() as admin:
        admin.execute("""CREATE SCHEMA "S .'"; CREATE TABLE "S .'"."t ""🙂" (id int)""")
        give_sizes(admin, [Size(relation=Relation("S .'", 't "🙂'), rows=5.0, pages=7)])
        assert admin.execute(STATE, ["""\"S .'"."t ""🙂\""""]).fetchone() == (7, 5.0, 7)


def test_who_may_run_no_program_is_blind(scratch: ScratchDatabase) -> None:
    with scratch.connect() as admin, admin.transaction(force_rollback=True):
        admin.execute("CREATE ROLE small; SET LOCAL ROLE small")
        with pytest.raises(BlindError, match="tables cannot be given a size: the scratch server does not") as caught:
            give_sizes(admin, [Size(relation=MESSAGES, rows=5.0, pages=7)])
    assert caught.value.sqlstate == "42501"
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)
