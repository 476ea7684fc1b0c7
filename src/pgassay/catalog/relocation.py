"""An extension in another schema than expected is one difference: its members are then called otherwise everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.policies import Policy
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import Record, quote_name
from pgassay.catalog.rewrite import rewrite

WRITTEN_BY_PEOPLE = ("body", "comment", "options", "foreign_options")
Respell = Callable[[str], str]
Moves = Mapping[str, tuple[Extension, str]]
"""Name -> an extension where it is, and the schema in which it should be."""

OPERATOR = r"[-+*/<>=~!@#%^&|`?]"
NAME = rf'[^\W\d][\w$]*|"(?:[^"]|"")+"|{OPERATOR}+'
END = rf"(?:(?<=[\w$\"])(?![\w$\"])|(?<={OPERATOR})(?!{OPERATOR}))"
"""Where a name, or an operator, does not go on."""


def as_expected(expected: Catalog, actual: Catalog) -> Catalog:
    """Return the actual catalog with the members of moved extensions named as they would be where they are expected.

    Args:
        expected: Says which schema each extension should be in.
        actual: What is there.
    """
    moves = {found.name: (found, wanted.schema) for wanted, found in moved(expected, actual)}
    respells = [respell for found, schema in moves.values() if (respell := _respell(found, schema))]
    if not respells:
        return actual

    def visit(text: str) -> str:
        for respell in respells:
            text = respell(text)
        return text

    records = (_relocated(_rewritten(record, visit), moves) for record in actual)
    renamed = Catalog.of(actual.major, records, actual.blind)
    return Catalog(renamed.major, renamed.records, renamed.blind, actual.deparsed_by)


def _rewritten(record: Record, visit: Respell) -> Record:
    """Rewrite all text but what people wrote: it says the same on both sides, or differs."""
    told = {name: getattr(record, name) for name in WRITTEN_BY_PEOPLE if hasattr(record, name)}
    changed = rewrite(record, {str: visit})
    return record if changed is record else replace(changed, **told)


def _relocated(record: Record, moves: Moves) -> Record:
    """Put what is on a member's table into the schema in which that would be."""
    if not isinstance(record, Trigger | Rule | Policy) or record.extension is None:
        return record
    extension, schema = moves.get(record.extension, (None, ""))
    return replace(record, schema=schema) if extension and record.schema == extension.schema else record


def moved(expected: Catalog, actual: Catalog) -> Iterator[tuple[Extension, Extension]]:
    """Yield the extensions that both have, in different schemas: the expected and the actual record."""
    there = actual.records.get(Extension.KIND, {})
    for identity, wanted in expected.records.get(Extension.KIND, {}).items():
        found = there.get(identity)
        if isinstance(wanted, Extension) and isinstance(found, Extension) and wanted.schema != found.schema:
            yield wanted, found


def _respell(extension: Extension, schema: str) -> Respell | None:
    """Return what puts the members' qualified names into another schema, in any text; None where there are none."""
    before = rf"(?<![\w\".$]){re.escape(quote_name(extension.schema))}\."
    found = (re.findall(f"{before}({NAME})", member) for member in extension.members)
    names = {name for several in found for name in several}
    if not names:
        return None
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(f"{before}(?=(?:{longest_first}){END})")
    return lambda text: pattern.sub(lambda _: f"{quote_name(schema)}.", text)
