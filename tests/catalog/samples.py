"""Records for tests: `sample(Table, name="users")` by hand, `records(Table)` and `catalogs()` for hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, NewType, TypeVar, get_args, get_origin

from hypothesis import strategies as st

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.record import Grant, Record, RoleName
from pgassay.catalog.serialize import RECORD_TYPES, UNIONS, field_types

R = TypeVar("R", bound=Record)

PLAIN: Mapping[Any, Any] = {str: "x", int: 0, bool: False, float: 0.0}
NAMES = {"schema": "public", "table": "users", "owner": "app"}


def sample(record_type: type[R], **values: Any) -> R:
    """A record with the given fields; the others are empty, false or zero."""
    types = field_types(record_type)
    filled = {name: NAMES.get(name, _empty(hint)) for name, hint in types.items()}
    return record_type(**(filled | values))


def _empty(hint: Any) -> Any:
    if isinstance(hint, NewType):
        return _empty(hint.__supertype__)
    if get_origin(hint) in UNIONS:
        return None
    return PLAIN[hint] if hint in PLAIN else (get_origin(hint) if get_origin(hint) is not Mapping else dict)()


def grant(text: str, *, grantable: bool = False, grantor: str = "owner") -> Grant:
    """A grant from `PRIVILEGE grantee`."""
    privilege, grantee = text.rsplit(" ", 1)
    return Grant(RoleName(grantee), privilege, grantable, RoleName(grantor))


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    if isinstance(hint, NewType):
        return values(hint.__supertype__)
    if get_origin(hint) in UNIONS:
        return st.none() | values(get_args(hint)[0])
    if hint is Grant:
        return st.builds(
            Grant, values(RoleName), st.sampled_from(["SELECT", "ALTER SYSTEM"]), st.booleans(), values(str)
        )
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return st.builds(hint, **{name: values(inner) for name, inner in field_types(hint).items()})
    return _simple(hint)


def _simple(hint: Any) -> st.SearchStrategy[Any]:
    simple: Mapping[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=6),
        int: st.integers(-(2**63), 2**63),
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
    }
    if hint in simple:
        return simple[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)


def records(record_type: type[Record]) -> st.SearchStrategy[Record]:
    """Records of one type with any values."""
    return st.builds(record_type, **{name: values(hint) for name, hint in field_types(record_type).items()})


def any_record() -> st.SearchStrategy[Record]:
    """Records of all types."""
    return st.sampled_from(list(RECORD_TYPES.values())).flatmap(records)


def catalogs() -> st.SearchStrategy[Catalog]:
    """Catalogs of loose records."""
    spots = st.builds(BlindSpot, st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
    return st.builds(Catalog.of, st.integers(14, 18), st.lists(any_record(), max_size=4), st.lists(spots, max_size=2))
