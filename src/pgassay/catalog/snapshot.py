"""A catalog as a text to keep in a repository: JSON that loads back equal, laid out so that its diffs read well."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.layout import in_order, lay_out
from pgassay.catalog.record import Record
from pgassay.catalog.serialize import RECORD_TYPES, from_plain, to_plain
from pgassay.errors import CatalogError

FORMAT = 3
"""Counted up whenever a snapshot that was written before would no longer be understood."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON can hold as an escape and UTF-8 cannot hold at all."""

IDENTITY = "identity"
"""The key of an object's kind and of the parts of its name; the key that it stands under is for readers alone."""

HINT = 'write it anew with "pgassay snapshot"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a snapshot holds.

    Attributes:
        catalog: The contract's catalog.
        contract_hash: The hash of the contract that it was made from.
        format: The number of the format that it is written in.
    """

    catalog: Catalog
    contract_hash: str
    format: int


def to_dict(catalog: Catalog) -> dict[str, Any]:
    """Return the catalog as plain values: mappings, lists, text, numbers."""
    return {
        "major": catalog.major,
        "deparsed_by": catalog.deparsed_by,
        "blind": [to_plain(spot) for spot in catalog.blind],
        "records": _by_label(catalog),
    }


def from_dict(plain: Any) -> Catalog:
    """Return the catalog that `to_dict` wrote.

    Raises:
        CatalogError: It has another shape.
    """
    try:
        records = tuple(_records(plain["records"]))
        blind = tuple(from_plain(BlindSpot, spot) for spot in plain["blind"])
        catalog = Catalog.of(_number(plain["major"]), records, blind)
        return Catalog(catalog.major, catalog.records, catalog.blind, _number(plain["deparsed_by"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CatalogError(f"a catalog of another shape: {type(error).__name__}: {error}", hint=HINT) from error


def _by_label(catalog: Catalog) -> dict[str, Any]:
    """Return the records under their labels; a number tells two apart that read the same."""
    found: dict[str, Any] = {}
    for record in in_order(catalog):
        label = record.label
        found[label if label not in found else f"{label} [{len(found)}]"] = _record(record)
    return found


def _record(record: Record) -> dict[str, Any]:
    """Return a record's attributes, and at the end its kind and the parts of its name."""
    attributes = {name: value for name, value in to_plain(record).items() if name not in record.IDENTITY}
    return {**attributes, IDENTITY: (record.KIND, *record.identity)}


def _records(plain: Mapping[str, Any]) -> Iterator[Record]:
    for record in plain.values():
        attributes = dict(record)
        kind, *identity = attributes.pop(IDENTITY)
        record_type = RECORD_TYPES.get(kind)
        if record_type is None:
            raise CatalogError(f'unknown kind "{kind}"; known are {", ".join(sorted(RECORD_TYPES))}')
        yield from_plain(record_type, attributes | dict(zip(record_type.IDENTITY, identity, strict=True)))


def _number(plain: Any) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool):
        raise TypeError(f"{plain!r:.80} is no number")
    return plain


def dump(catalog: Catalog, *, contract_hash: str) -> str:
    """Return the text of a snapshot; equal catalogs give equal texts.

    Args:
        catalog: What to write.
        contract_hash: The hash of the contract's files, by which a stale snapshot is recognised.
    """
    plain = {"format": FORMAT, "contract": contract_hash, **to_dict(catalog)}
    return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", lay_out(plain, levels=4))


def load(text: str) -> Snapshot:
    """Return what a snapshot's text holds.

    Raises:
        CatalogError: It is not JSON, of an unknown format, or of another shape; its hint says what to do.
    """
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise CatalogError(f"a snapshot that is not JSON: {error}", hint=HINT) from error
    number = plain.get("format") if isinstance(plain, dict) else None
    if number != FORMAT:
        raise CatalogError(f"a snapshot of format {number!r:.80}; this pgassay reads format {FORMAT}", hint=HINT)
    contract = plain.get("contract")
    if not isinstance(contract, str):
        raise CatalogError("a snapshot without the hash of its contract", hint=HINT)
    try:
        return Snapshot(catalog=from_dict(plain), contract_hash=contract, format=number)
    except CatalogError as error:
        raise CatalogError(f"a snapshot that cannot be read: {error.message}", hint=HINT) from error
