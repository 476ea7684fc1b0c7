"""Values from hypothesis, for a CHECK that no candidate of ours satisfies."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, cast

from pgassay.behaviors.rows.builtin import DAY_TIMES, FRACTIONS, TEXTS, TIMES, WHOLE
from pgassay.behaviors.rows.candidate import Pool, constant
from pgassay.behaviors.rows.mined import array
from pgassay.behaviors.rows.type_name import TypeName, take_apart

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
    return _pool(take_apart(type_), seed)


@cache
def _pool(name: TypeName, seed: int) -> Pool:
    strategy = _strategy(name)
    if strategy is None:
        return ()
    small = map(str, SMALL) if name.name in WHOLE else ()
    return tuple(map(constant, dict.fromkeys([*small, *_examples(strategy, seed)])))


def _strategy(name: TypeName) -> SearchStrategy[str] | None:
    from hypothesis import strategies as st

    if name.element is not None:
        element = _strategy(take_apart(name.element))
        return None if element is None else st.lists(element, max_size=4).map(array)
    if name.bare in TEXTS:
        return _texts(name.length or 40)
    if name.name in {*WHOLE, *FRACTIONS}:
        return _numbers(whole=name.name in WHOLE)
    return _times(name.name) if name.name in {*TIMES, *DAY_TIMES, "interval"} else _others(name)


def _numbers(*, whole: bool) -> SearchStrategy[str]:
    from hypothesis import strategies as st

    large: SearchStrategy[Any] = st.integers(-32_768, 32_767) if whole else st.decimals(-100, 100, places=2)
    return st.one_of(st.integers(0, 1_000), large).map(str)


def _texts(size: int) -> SearchStrategy[str]:
    import string

    from hypothesis import strategies as st

    return st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=size)


def _times(type_: str) -> SearchStrategy[str]:
    from datetime import datetime

    from hypothesis import strategies as st

    if type_ in DAY_TIMES:
        return st.times().map(str)
    if type_ == "interval":
        return st.one_of(st.integers(0, 7_200), st.integers(0, 10**8)).map("{} seconds".format)
    moments = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001 - the text says the zone
    return moments.map(lambda moment: moment.strftime(TIMES[type_]))


def _others(name: TypeName) -> SearchStrategy[str] | None:
    from hypothesis import strategies as st

    match name.name:
        case "bytea":
            return st.binary(max_size=40).map(lambda value: f"\\x{value.hex()}")
        case "bit" | "bit varying":
            least = (name.length or 1) if name.name == "bit" else 0
            return st.text("01", min_size=least, max_size=name.length or max(least, 16))
        case "uuid":
            return st.uuids().map(str)
        case "inet":
            return st.ip_addresses().map(str)
        case "json" | "jsonb":
            return _documents()
        case _:
            return None


def _documents() -> SearchStrategy[str]:
    import string
    from json import dumps

    from hypothesis import strategies as st

    words = st.text(string.ascii_lowercase, max_size=4)
    leaf = st.none() | st.booleans() | st.integers(0, 9) | words
    nested = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=9
    )
    return nested.map(dumps)


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
