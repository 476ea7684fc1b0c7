from work import ALTER, CREATE, NAP, First, Record, many

from pgassay.runtime import Database


@many
def test_nap(number: int, assay_db: Database, record_property: Record) -> None:
    first = First(record_property)
    assay_db.value(NAP)
    first.done()
    if number % 50 == 49:
        with assay_db.tx() as tx:
            tx.none(CREATE)
            tx.none(ALTER)
