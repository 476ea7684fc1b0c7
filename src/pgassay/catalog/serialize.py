"""Records as plain values that JSON can hold, and back: generic over record types, by their type hints.

Each type hint becomes a `Codec` once; a new kind of object needs no code here beyond its line in `kinds.KINDS`. What is
written is to be read and compared by people too: fields that say nothing are left out, and a text of several lines is a
list of lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from pgassay.catalog.grant_text import dump_grants, load_grants
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.record import Grant, Record
from pgassay.errors import CatalogError

RECORD_TYPES: Mapping[str, type[Record]] = MappingProxyType({kind.record.KIND: kind.record for kind in KINDS})
"""Kind -> record class, in the order in which a database is built: what comes later may need what comes before."""

UNIONS = (UnionType, Union)
"""What `X | None` is: the second where X is a NewType, up to Python 3.13."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type are written as plain ones and read back.

    Attributes:
        dump: From a value to what JSON can hold; sets come out sorted.
        load: The way back; raises CatalogError where the plain value has another shape.
        empty: Makes the value that says nothing, such as None or False: a field that has it is left out.
    """

    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]
    empty: Callable[[], Any] | None = None


T = TypeVar("T")


def _once(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """Call the function once for each type (mypy takes classes for unhashable in `cache` itself)."""
    return cache(function)


@_once
def field_types(record_type: Any) -> Mapping[str, Any]:
    """Return the fields of a record type, or of a dataclass within one, with their resolved type hints."""
    hints = get_type_hints(record_type)
    return MappingProxyType({f.name: hints[f.name] for f in fields(record_type)})


def to_plain(record: Any) -> dict[str, Any]:
    """Return a record, or a dataclass within one, as a mapping from field names to plain values."""
    empty = _empty(type(record))
    values = ((name, codec, getattr(record, name)) for name, codec in _codecs(type(record)).items())
    return {name: codec.dump(value) for name, codec, value in values if name not in empty or value != empty[name]}


def from_plain(record_type: type[Any], plain: Any) -> Any:
    """Return the record that `to_plain` wrote.

    Args:
        record_type: The class that it is made of.
        plain: What JSON gave.

    Raises:
        CatalogError: A field is missing, unknown or of another type.
    """
    codecs, empty = _codecs(record_type), _empty(record_type)
    values = _expect(plain, dict, record_type.__name__)
    wrong = values.keys() - codecs.keys() or codecs.keys() - empty.keys() - values.keys()
    if wrong:
        raise CatalogError(f'{record_type.__name__} with a missing or unknown field "{min(wrong)}"')
    loaded = {name: _load_field(record_type, name, codecs[name], value) for name, value in values.items()}
    return record_type(**(empty | loaded))


def _load_field(record_type: type[Any], name: str, codec: Codec, plain: Any) -> Any:
    try:
        return codec.load(plain)
    except CatalogError as error:
        raise CatalogError(f'{error.message} in "{name}" of {record_type.__name__}') from error


@_once
def _empty(record_type: Any) -> dict[str, Any]:
    """Return the values of fields that are not written; one for all records, which are frozen."""
    return {name: codec.empty() for name, codec in _codecs(record_type).items() if codec.empty is not None}


@_once
def _codecs(record_type: Any) -> Mapping[str, Codec]:
    return {name: codec_of(hint) for name, hint in field_types(record_type).items()}


@_once
def codec_of(hint: Any) -> Codec:
    """Return the codec of a type hint.

    Raises:
        TypeError: The hint is none that records use; say here how it is written.
    """
    if isinstance(hint, NewType):
        return codec_of(hint.__supertype__)
    if hint in (str, int, bool, float):
        return _plain(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return Codec(to_plain, lambda plain: from_plain(hint, plain))
    if get_origin(hint) in UNIONS:
        return _optional(hint)
    return _container(hint)


def _plain(hint: type) -> Codec:
    if hint is str:
        return Codec(_lines, _text)
    if hint is float:
        return Codec(float, lambda plain: float(_expect(plain, (int, float), "number")))
    empty = bool if hint is bool else None
    return Codec(lambda value: value, lambda plain: _expect(plain, hint, hint.__name__), empty)


def _lines(text: str) -> Any:
    """Return a text of several lines as a list, so that a change of one of them is a change of one line."""
    return text.split("\n") if "\n" in text else text


def _text(plain: Any) -> str:
    if isinstance(plain, list):
        return "\n".join(_expect(line, str, "str") for line in plain)
    text: str = _expect(plain, str, "str")
    return text


def _optional(hint: Any) -> Codec:
    inner, nothing = get_args(hint)
    if nothing is not NoneType:
        raise TypeError(f"no codec for {hint}")
    codec = codec_of(inner)
    return Codec(
        lambda value: None if value is None else codec.dump(value),
        lambda plain: None if plain is None else codec.load(plain),
        NoneType,
    )


def _container(hint: Any) -> Codec:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        return _sequence(codec_of(arguments[0]), tuple, lambda value: value)
    if origin is frozenset and arguments == (Grant,):
        return Codec(dump_grants, lambda plain: load_grants(_expect(plain, dict, "mapping")), frozenset)
    if origin is frozenset:
        return _sequence(codec_of(arguments[0]), frozenset, sorted)
    if origin is Mapping:
        codec = codec_of(arguments[1])
        return Codec(
            lambda value: {key: codec.dump(value[key]) for key in sorted(value)},
            lambda plain: {key: codec.load(item) for key, item in _expect(plain, dict, "mapping").items()},
            dict,
        )
    raise TypeError(f"no codec for {hint}")


def _sequence(codec: Codec, container: Callable[..., Any], order: Callable[[Any], Any]) -> Codec:
    return Codec(
        lambda value: [codec.dump(item) for item in order(value)],
        lambda plain: container(codec.load(item) for item in _expect(plain, list, "list")),
        container,
    )


def _expect(plain: Any, types: type | tuple[type, ...], name: str) -> Any:
    """Return the value if it is of the type; a bool is no number here."""
    fits = isinstance(plain, types) and not (isinstance(plain, bool) and types is not bool)
    if not fits:
        raise CatalogError(f"expected a {name}, found {plain!r:.80}")
    return plain
