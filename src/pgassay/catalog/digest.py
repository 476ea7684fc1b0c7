"""A catalog in 32 bytes: equal catalogs have one digest, so that thousands of them are told apart without keeping any.

The database's name, oids and times are in no catalog, and so in no digest. Roles belong to a whole server, so databases
of two servers may differ in them alone. What is never compared counts all the same: mends are made of it.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache, lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, NewType, get_args, get_origin

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.serialize import UNIONS, field_types

_VALUES_ALONE = 0  # the version of marshal's format that does not tell whether two values are one object
_REMEMBERED = 4096  # sets of a database: most of its objects have one of the same few sets of privileges

Writer = Callable[[Any], Any]


def digest_of(catalog: Catalog) -> bytes:
    """Return SHA-256 over every record and blind spot, the major, and the major that wrote the texts."""
    records = [(kind, list(map(_values, found.values()))) for kind, found in catalog.records.items()]
    whole = (catalog.major, catalog.deparsed_by, list(map(_values, catalog.blind)), records)
    return sha256(marshal.dumps(whole, _VALUES_ALONE)).digest()


def _values(record: Any) -> Any:
    record_type: Any = type(record)  # mypy takes classes for unhashable
    return _writer_of_fields(record_type)(record)


@cache
def _writer_of_fields(record_type: Any) -> Writer:
    """Return what writes the fields of a record, or of a dataclass within one, so that equal ones read alike."""
    types = field_types(record_type)
    get = attrgetter(*types, "__class__.__name__")  # with one more there are always several, which makes a tuple
    odd = [(place, writer) for place, hint in enumerate(types.values()) if (writer := _writer(hint))]

    def write(record: Any) -> list[Any]:
        values = list(get(record))
        for place, writer in odd:
            values[place] = writer(values[place])
        return values

    return write


def _writer(hint: Any) -> Writer | None:
    """Return what writes values of a type: sets and mappings in sorted order; None: as they are.

    Raises:
        TypeError: The type is none that records use; say here how it is written.
    """
    if isinstance(hint, NewType):
        return _writer(hint.__supertype__)
    if isinstance(hint, type) and is_dataclass(hint):
        return _writer_of_fields(hint)
    if hint is float:
        return float  # a whole number is equal to it
    return None if hint in {str, int, bool} else _writer_of_many(hint)


def _writer_of_many(hint: Any) -> Writer | None:
    origin, arguments = get_origin(hint), get_args(hint)
    inner = _writer(arguments[-1] if origin is Mapping else arguments[0])
    if origin is frozenset:
        return lru_cache(_REMEMBERED)(lambda value: [inner(item) if inner else item for item in sorted(value)])
    if origin is Mapping:
        return lambda value: [(key, inner(item) if inner else item) for key, item in sorted(value.items())]
    if inner is None:
        return None
    if origin in UNIONS:
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return lambda value: list(map(inner, value))
    raise TypeError(f"no digest of {hint}")
