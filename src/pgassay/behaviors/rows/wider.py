"""Values from hypothesis, for a CHECK that no candidate of ours satisfies."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, cast

from pgassay.behaviors.rows.builtin import FRACTIONS, JSON, TEXTS, TIMES, WHOLE
from pgassay.behaviors.rows.candidate import Pool, constant
from pgassay.behaviors.rows.type_name import take_apart

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES = 1_000
BYTES = 512  # of randomness for one example; what asks for more is none
SMALL = range(-150, 151)  # whole numbers that are tried one and all


def wider(type_: str, seed: int) -> Pool:
    """Return constants of a type, as different as hypothesis makes them; none where it is not installed.

    Args:
        type_: The type, not a domain.
        seed: The same one gives the same constants.
    """
    try:
        import hypothesis  # noqa: F401 - an extra, and half a second: only who needs it pays
    except ImportError:
        return ()
    name = take_apart(type_)
    family = name.name if name.name in {*WHOLE, *FRACTIONS, *TIMES, *JSON} else name.bare
    return _pool(family, name.length, seed)


@cache
def _pool(family: str, length: int | None, seed: int) -> Pool:
    strategy = _strategy(family, length)
    if strategy is None:
        return ()
    small = map(str, SMALL) if family in WHOLE else ()
    return tuple(map(constant, dict.fromkeys([*small, *_examples(strategy, seed)])))


def _strategy(family: str, length: int | None) -> SearchStrategy[str] | None:
    import string
    from datetime import datetime
    from json import dumps

    from hypothesis import strategies as st

    if family in WHOLE:
        return st.one_of(st.integers(0, 1_000), st.integers(-32_768, 32_767)).map(str)
    if family in FRACTIONS:
        return st.one_of(st.integers(0, 1_000), st.decimals(-100, 100, places=2)).map(str)
    if family in TEXTS:
        alphabet = string.ascii_letters + string.digits + string.punctuation + " "
        return st.text(alphabet, max_size=length or 40)
    if family in TIMES:
        moments = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001 - the text says the zone
        return moments.map(lambda moment: moment.strftime(TIMES[family]))
    if family in JSON:
        leaf = st.none() | st.booleans() | st.integers(0, 9) | st.text(string.ascii_lowercase, max_size=4)
        keys = st.text(string.ascii_lowercase, max_size=4)
        return st.recursive(leaf, lambda x: _nested(keys, x), max_leaves=9).map(dumps)
    return None


def _nested(keys: SearchStrategy[str], inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    return st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)


def _examples(strategy: SearchStrategy[str], seed: int) -> list[str]:
    from hypothesis import HealthCheck, given, settings

    found: list[str] = []

    # Nothing of the user's is looked for or left behind: no database of examples, and no deadline.
    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    # Left to itself, hypothesis takes constants from whatever modules are imported, seeded or not. From bytes it makes
    # the same examples in every process.
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    example_from = cast(Any, collect).hypothesis.fuzz_one_input
    for _ in range(EXAMPLES):
        example_from(random.randbytes(BYTES))
    return found
