"""Mends of subscriptions: what can be said without their connection."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.mends.common import drop as drop_object
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import literal, quote_name, sentence
from pgassay.catalog.subscriptions import Subscription

FIXED = {"two_phase": 18}
"""Options that are fixed by CREATE SUBSCRIPTION, up to the major that lets them be altered."""


def create(subscription: Subscription, _context: Context) -> Statements:
    """Say how it is created: where it connects to is not ours to know."""
    names = _publications(subscription)
    return [sentence(f"create it with CREATE {named(subscription)} CONNECTION ... PUBLICATION {names}")]


def _publications(subscription: Subscription) -> str:
    return ", ".join(map(quote_name, sorted(subscription.publications)))


def drop(subscription: Subscription, _context: Context) -> Statements:
    """Drop a subscription, and say what that does elsewhere."""
    slot = subscription.slot_name
    told = [] if slot is None else [sentence(f"the publisher must be up: its slot {quote_name(slot)} goes too")]
    return [*told, *drop_object(subscription)]


def alter(difference: Difference, context: Context) -> Statements:
    """Set options, disabled for the while where it is to be disabled; enable it last."""
    wanted, _ = both(difference)
    names = {attribute.name for attribute in difference.attributes}
    fixed = sorted(name for name in names if context.actual.major < FIXED.get(name, 0))
    options = sorted(names - {"enabled", "publications", *fixed})
    start = f"ALTER {named(wanted)}"
    switch = [f"{start} {'ENABLE' if wanted.enabled else 'DISABLE'};"] if "enabled" in names else []
    statements = [f"{start} SET ({', '.join(_option(wanted, name) for name in options)});"] if options else []
    if "publications" in names:
        statements.append(f"{start} SET PUBLICATION {_publications(wanted)} WITH (refresh = {_refreshes(wanted)});")
    statements += [sentence(f"{name} is fixed when a subscription is created: create it anew") for name in fixed]
    return [*statements, *switch] if wanted.enabled else [*switch, *statements]


def _option(subscription: Subscription, name: str) -> str:
    value = getattr(subscription, name)
    if value is None:
        return f"{name} = NONE"
    return f"{name} = {str(value).lower() if isinstance(value, bool) else literal(value)}"


def _refreshes(subscription: Subscription) -> str:
    """Have the new publications' tables copied; only what is enabled can."""
    return str(subscription.enabled).lower()


MENDERS = {Subscription.KIND: Mender(create=create, drop=drop, alter=alter)}
