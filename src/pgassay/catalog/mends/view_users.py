"""Views that are made anew, and those that use them: these go first, and come back afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.extended_statistics import StatisticsObject
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.mends.context import Context, Statements
from pgassay.catalog.mends.naming import named
from pgassay.catalog.ordering import User, called, used_by, users_of
from pgassay.catalog.parts import keep
from pgassay.catalog.record import Record
from pgassay.catalog.sqltext import dotted, sentence

Viewing = View | MaterializedView
ON_VIEWS = frozenset({Index.KIND, Rule.KIND, StatisticsObject.KIND, Trigger.KIND})
"""Kinds of what hangs on views and is mended by itself."""

Create = Callable[[Viewing, Context], Statements]


def anew(found: Viewing, wanted: Viewing, create: Create, context: Context) -> Statements:
    """Drop a view and create it, and the views that use it with it."""
    users = users_of(context.actual, found)
    statements = [text for user in reversed(users) for text in _drop_user(user)]
    statements += [*drop(found, context), *create(wanted, _with_what_is_there(context))]
    return [*statements, *_create_users(users, create, context)]


def drop(view: Viewing, context: Context) -> Statements:
    """Drop a view, which may have gone with one that it uses."""
    return [f"DROP {named(view)};"] if _stays(view, context) else _drop_user(view)


def _drop_user(user: User) -> Statements:
    """Drop a view that uses another; who in turn uses a function is not known here."""
    if isinstance(user, Function):
        return [sentence(f"{user.label} uses it: drop that first, and create it again afterwards")]
    return [f"DROP {user.KIND.upper()} IF EXISTS {dotted(user.schema, user.name)};"]


def _create_users(users: list[User], create: Create, context: Context) -> Iterator[str]:
    """Create the views again.

    One that uses other things than it should has a mend of its own, too, and what it should use need not be there yet.
    """
    gone = set[str]()
    for user in users:
        wanted = _wanted(user, context)
        if wanted is None or isinstance(user, Function):
            gone.add(called(user))
        elif wanted.uses != user.uses or not gone.isdisjoint(user.uses):
            gone.add(called(user))
            yield sentence(f"{user.label} has to be created again, when all is there that it uses")
        else:
            yield from create(wanted, _with_what_is_there(context))


def _with_what_is_there(context: Context) -> Context:
    """Leave out what is missing on the views: it has a mend of its own, which would find it there already."""
    there = context.actual.records
    expected = keep(context.expected, lambda record: record.identity in there.get(record.KIND, {}), ON_VIEWS)
    return Context(expected, context.actual)


def is_replaceable(view: View, context: Context) -> bool:
    """Tell whether CREATE OR REPLACE VIEW does: what is there stays, in order and type, and new columns follow."""
    wanted = cast(View, _wanted(view, context))
    stays = wanted.columns[: len(view.columns)] == view.columns
    return stays and all(_same_type(view, name, context) for name in view.columns) and _stays(view, context)


def _same_type(view: View, name: str, context: Context) -> bool:
    identity = (view.schema, view.name, name)
    wanted, found = (c.records.get(Column.KIND, {}).get(identity) for c in (context.expected, context.actual))
    facts = [(c.type, c.collation) for c in (wanted, found) if isinstance(c, Column)]
    return len(set(facts)) <= 1


def _stays(view: Viewing, context: Context) -> bool:
    """Tell whether no view that it uses is made anew."""
    used = (one for one in used_by(context.actual, view) if isinstance(one, Viewing))
    return not any(_is_made_anew(one, context) for one in used)


def _is_made_anew(view: Viewing, context: Context) -> bool:
    """Tell whether a view's mend drops it; where texts differ and mean the same, there is none."""
    wanted = _wanted(view, context)
    if wanted is None or (wanted.definition, wanted.columns) == (view.definition, view.columns):
        return False
    return isinstance(view, MaterializedView) or not is_replaceable(view, context)


def _wanted(user: User, context: Context) -> Viewing | None:
    wanted: Record | None = context.expected.records.get(user.KIND, {}).get(user.identity)
    return wanted if isinstance(wanted, Viewing) else None
