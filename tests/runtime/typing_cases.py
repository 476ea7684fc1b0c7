"""What type checkers make of the helpers: mypy and pyright read this, nothing runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, assert_type

from psycopg.rows import scalar_row

from pgassay.runtime import AsyncDatabase, AsyncTransaction, Database, Transaction


@dataclass
class User:
    id: int
    email: str


class Named(NamedTuple):
    id: int


def sync_rows(db: Database, tx: Transaction) -> None:
    assert_type(db.query("SELECT 1"), list[dict[str, Any]])
    assert_type(db.query("SELECT 1", into=User), list[User])
    assert_type(db.one("SELECT 1"), dict[str, Any])
    assert_type(db.one("SELECT 1", [1], into=User), User)
    assert_type(db.one("SELECT 1", into=Named), Named)
    assert_type(db.one_or_none("SELECT 1", into=User), User | None)
    assert_type(db.many("SELECT 1", into=User), list[User])
    assert_type(db.none("SELECT 1"), int)
    assert_type(db.query("SELECT 1", into=scalar_row), list[Any])
    assert_type(tx.one("SELECT 1", into=User), User)
    with db.stream("SELECT 1", into=User) as rows:
        assert_type(rows, Iterator[User])
    with db.tx() as inner:
        assert_type(inner, Transaction)
    assert_type(db.run_tx(lambda tx: tx.one("SELECT 1", into=User), retries=3), User)


async def async_rows(db: AsyncDatabase, tx: AsyncTransaction) -> None:
    assert_type(await db.query("SELECT 1"), list[dict[str, Any]])
    assert_type(await db.one("SELECT 1", into=User), User)
    assert_type(await db.one_or_none("SELECT 1", into=User), User | None)
    assert_type(await tx.many("SELECT 1", into=User), list[User])
    async with db.stream("SELECT 1", into=User) as rows:
        assert_type(rows, AsyncIterator[User])
    assert_type(await db.run_tx(lambda tx: tx.one("SELECT 1", into=User)), User)


def only_literal_text_is_sql(db: Database, text: str) -> None:
    db.query(text)  # pyright: ignore[reportCallIssue, reportArgumentType]
    db.value(text)  # pyright: ignore[reportArgumentType]
