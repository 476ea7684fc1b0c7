"""Mends of subscriptions: what can be said without their connection."""

from __future__ import annotations

from collections.abc import Collection

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.mends.common import drop as drop_object
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import literal, quote_name, sentence

AT_REST = frozenset({"failover", "two_phase"})
"""Options that can be set only while a subscription is disabled."""

TWO_PHASE_SINCE = 18
"""The major from which on two_phase can be altered."""


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
    """Set options, at rest where they want that; what is asked for comes last, since only what is enabled copies it."""
    wanted, found = both(difference)
    names = {attribute.name for attribute in difference.attributes}
    fixed = {"two_phase"} & names if context.actual.major < TWO_PHASE_SINCE else set[str]()
    rests = found.enabled and bool(not wanted.enabled or AT_REST & (names - fixed))
    starts = wanted.enabled and (rests or not found.enabled)
    return [
        *(sentence(f"{name} is fixed when a subscription is created: create it anew") for name in fixed),
        *[f"ALTER {named(wanted)} DISABLE;"] * rests,
        *_set(wanted, names - fixed - {"enabled", "publications"}),
        *[f"ALTER {named(wanted)} ENABLE;"] * starts,
        *_ask_for(wanted) * ("publications" in names),
    ]


def _set(subscription: Subscription, names: Collection[str]) -> Statements:
    options = ", ".join(_option(subscription, name) for name in sorted(names))
    return [f"ALTER {named(subscription)} SET ({options});"] if options else []


def _ask_for(subscription: Subscription) -> Statements:
    refresh = str(subscription.enabled).lower()
    names = _publications(subscription)
    return [f"ALTER {named(subscription)} SET PUBLICATION {names} WITH (refresh = {refresh});"]


def _option(subscription: Subscription, name: str) -> str:
    value = getattr(subscription, name)
    if value is None:
        return f"{name} = NONE"
    return f"{name} = {str(value).lower() if isinstance(value, bool) else literal(value)}"


MENDERS = {Subscription.KIND: Mender(create=create, drop=drop, alter=alter)}
