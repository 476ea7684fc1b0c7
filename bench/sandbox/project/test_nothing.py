from work import Record, many, other_work


@many
def test_nothing(number: int, record_property: Record) -> None:
    record_property("first", 0)
    other_work()
