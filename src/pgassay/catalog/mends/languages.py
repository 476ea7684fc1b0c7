"""Mends of languages, transforms, casts, conversions and access methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.casts import Cast, Transform
from pgassay.catalog.kinds.conversions import Conversion
from pgassay.catalog.kinds.languages import AccessMethod, Language
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import literal


def create_language(language: Language, _context: Context) -> Statements:
    """Create a language."""
    return [_language("CREATE", language), *finish(language)]


def alter_language(difference: Difference, _context: Context) -> Statements:
    """Replace a language: functions in it stay."""
    return [_language("CREATE OR REPLACE", both(difference)[0])]


def _language(start: str, language: Language) -> str:
    words = [f"{start} {'TRUSTED ' if language.trusted else ''}{named(language)} HANDLER {language.handler}"]
    words += [f"INLINE {language.inline}"] if language.inline else []
    words += [f"VALIDATOR {language.validator}"] if language.validator else []
    return f"{' '.join(words)};"


def create_transform(transform: Transform, _context: Context) -> Statements:
    """Create a transform."""
    return [_transform("CREATE", transform), *finish(transform)]


def alter_transform(difference: Difference, _context: Context) -> Statements:
    """Replace a transform: functions that ask for it stay."""
    return [_transform("CREATE OR REPLACE", both(difference)[0])]


def _transform(start: str, transform: Transform) -> str:
    both_ways = (("FROM", transform.from_sql), ("TO", transform.to_sql))
    functions = ", ".join(f"{way} SQL WITH FUNCTION {function}" for way, function in both_ways if function)
    return f"{start} {named(transform)} ({functions});"


def create_cast(cast: Cast, _context: Context) -> Statements:
    """Create a cast."""
    ways = {"function": f"WITH FUNCTION {cast.function}", "inout": "WITH INOUT", "binary": "WITHOUT FUNCTION"}
    context = "" if cast.context == "explicit" else f" AS {cast.context.upper()}"
    return [f"CREATE {named(cast)} {ways[cast.method]}{context};", *finish(cast)]


def create_conversion(conversion: Conversion, _context: Context) -> Statements:
    """Create a conversion."""
    encodings = f"FOR {literal(conversion.source)} TO {literal(conversion.destination)}"
    start = f"CREATE {'DEFAULT ' if conversion.default else ''}{named(conversion)}"
    return [f"{start} {encodings} FROM {conversion.function};", *finish(conversion)]


def create_access_method(method: AccessMethod, _context: Context) -> Statements:
    """Create an access method."""
    return [f"CREATE {named(method)} TYPE {method.method_type.upper()} HANDLER {method.handler};", *finish(method)]


def _made_anew(create: Callable[[Any, Context], Statements]) -> Mender:
    """Mend what PostgreSQL can only create and drop."""

    def alter(difference: Difference, context: Context) -> Statements:
        wanted, found = both(difference)
        return [*drop(found), *create(wanted, context)]

    return Mender(create=create, drop=lambda record, _context: drop(record), alter=alter)


MENDERS = {
    Language.KIND: Mender(create=create_language, drop=lambda r, _c: drop(r), alter=alter_language),
    Transform.KIND: Mender(create=create_transform, drop=lambda r, _c: drop(r), alter=alter_transform),
    Cast.KIND: _made_anew(create_cast),
    Conversion.KIND: _made_anew(create_conversion),
    AccessMethod.KIND: _made_anew(create_access_method),
}
