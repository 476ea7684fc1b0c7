from work import ALTER, CREATE, First, Record, many, other_work

from pgassay.runtime import Database


@many
def test_ddl(number: int, assay_db: Database, record_property: Record) -> None:
    first = First(record_property)
    with assay_db.tx() as tx:
        tx.none(CREATE)
        first.done()
        tx.none(ALTER)
    other_work()
