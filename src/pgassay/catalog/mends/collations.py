"""Mends of collations."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.collations import Collation
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import clauses, literal


def create(wanted: Collation, _context: Context) -> Statements:
    """Create a collation."""
    body = clauses(
        {
            "PROVIDER": wanted.provider,
            "LOCALE": _constant(wanted.locale),
            "LC_COLLATE": _constant(wanted.collate),
            "LC_CTYPE": _constant(wanted.ctype),
            "RULES": _constant(wanted.icu_rules),
            "DETERMINISTIC": None if wanted.deterministic else "false",
        }
    )
    return [f"CREATE {named(wanted)} {body};", *finish(wanted)]


def _constant(text: str | None) -> str | None:
    return None if text is None else literal(text)


def alter(difference: Difference, context: Context) -> Statements:
    """Make a collation anew: nothing of it can be altered."""
    wanted, found = both(difference)
    return [*drop(found), *create(wanted, context)]


MENDERS = {Collation.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter)}
