"""Values from hypothesis, for a CHECK that no candidate of ours satisfies."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pgassay.behaviors.rows.builtin import FRACTIONS, JSON, TEXTS, TIMES, WHOLE
from pgassay.behaviors.rows.candidate import Pool, constant
from pgassay.behaviors.rows.type_name import take_apart

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES = 1_000


def wider(type_: str, seed: int) -> Pool:
    """Return constants of a type, as different as hypothesis makes them; none where it is not installed.

    Args:
        type_: The type, not a domain.
        seed: The same one gives the same constants where the same modules are imported: hypothesis looks for constants
            in them, too.
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
    return tuple(map(constant, dict.fromkeys(_examples(strategy, seed))))


def _strategy(family: str, length: int | None) -> SearchStrategy[str] | None:
    import string
    from datetime import datetime
    from json import dumps

    from hypothesis import strategies as st

    if family in WHOLE:
        return st.one_of(st.integers(-150, 150), st.integers(0, 1_000), st.integers(-32_768, 32_767)).map(str)
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
        return st.recursive(leaf, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)).map(dumps)
    return None


def _examples(strategy: SearchStrategy[str], seed: int) -> list[str]:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    found: list[str] = []

    # Nothing of the user's is looked for or left behind: no database of examples, and no deadline.
    @seeded(seed)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found
