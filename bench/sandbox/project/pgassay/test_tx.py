from work import COUNT, ONE_ROW, TWO_ROWS, First, Record, many, other_work

from pgassay.runtime import PinnedDatabase


@many
def test_tx(number: int, assay_tx: PinnedDatabase, record_property: Record) -> None:
    first = First(record_property)
    with assay_tx.tx() as tx:
        tx.none(TWO_ROWS)
        first.done()
        tx.none(ONE_ROW)
    assert assay_tx.value(COUNT) == 3
    other_work()
