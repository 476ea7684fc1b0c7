import psycopg
from work import ALTER, CREATE, First, Record, many, other_work


@many
def test_ddl(number: int, postgresql: psycopg.Connection, record_property: Record) -> None:
    first = First(record_property)
    postgresql.execute(CREATE)
    first.done()
    postgresql.execute(ALTER)
    postgresql.commit()
    other_work()
