from work import COUNT, ONE_ROW, TWO_ROWS, First, Record, many, other_work

from pgassay.runtime import Database


@many
def test_rows(number: int, assay_db: Database, record_property: Record) -> None:
    first = First(record_property)
    with assay_db.tx() as tx:
        tx.none(TWO_ROWS)
        first.done()
        tx.none(ONE_ROW)
    assert assay_db.value(COUNT) == 3
    other_work()
