"""What became of rows, told from two moments alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pgassay.proofs.rows_kept.damage import Damage, compare_rows
from pgassay.proofs.rows_kept.snapshot import Row, TableRows

VALUES = st.sampled_from([None, b"a", b"b"])
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=6).map(tuple)


def keyed(*rows: Row) -> TableRows:
    return TableRows(("id", "a"), ("id",), rows)


def bare(*rows: Row) -> TableRows:
    return TableRows(("a", "b"), (), rows)


def damage(before: int, **fields: object) -> Damage:
    return Damage(**{"before": before, "key": (), "lost": (), "added": (), "emptied": {}, "changed": {}, **fields})  # type: ignore[arg-type]


def test_rows_are_paired_by_their_key() -> None:
    before = keyed((b"1", b"x"), (b"2", b"y"), (b"3", b"z"), (b"4", None))
    after = keyed((b"5", b"x"), (b"4", b"new"), (b"3", None), (b"1", b"X"))
    assert compare_rows(before, after) == damage(
        4, key=("id",), lost=((b"2",),), added=((b"5",),), emptied={"a": 1}, changed={"a": 2}
    )


def test_rows_without_a_key_are_paired_by_what_has_not_changed() -> None:
    before = bare((b"1", b"x"), (b"1", b"x"), (b"2", b"y"))
    assert compare_rows(before, bare((b"2", None), (b"1", None), (b"1", b"x"))) == damage(3, emptied={"b": 2})
    assert compare_rows(before, bare((b"2", b"y"), (b"1", b"x"))) == damage(3, lost=((b"1", b"x"),))


def test_another_key_pairs_nothing() -> None:
    assert compare_rows(keyed((b"1", b"x")), TableRows(("id", "a"), ("a",), ((b"1", b"x"),))) == damage(1)


def test_only_columns_of_both_moments_are_compared() -> None:
    after = TableRows(("b", "id"), ("id",), ((b"new", b"1"),))
    assert compare_rows(keyed((b"1", b"x")), after) == damage(1, key=("id",))


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(rows: tuple[Row, ...], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compare_rows(bare(*rows), bare(*shuffled)) == damage(len(rows))


@given(ROWS, ROWS)
def test_what_differs_is_always_told(before: tuple[Row, ...], after: tuple[Row, ...]) -> None:
    found = compare_rows(bare(*before), bare(*after))
    assert len(before) - len(found.lost) == len(after) - len(found.added)
    told = bool(found.lost or found.added or found.emptied or found.changed)
    assert told is (sorted(before, key=str) != sorted(after, key=str))
