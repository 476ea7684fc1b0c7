import psycopg
from work import COUNT, ONE_ROW, TWO_ROWS, First, Record, many, other_work


@many
def test_rows(number: int, postgresql: psycopg.Connection, record_property: Record) -> None:
    first = First(record_property)
    postgresql.execute(TWO_ROWS)
    first.done()
    postgresql.execute(ONE_ROW)
    postgresql.commit()
    assert postgresql.execute(COUNT).fetchone() == (3,)
    other_work()
