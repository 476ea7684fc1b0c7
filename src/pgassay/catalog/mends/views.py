"""Mends of views and materialized views."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.rules import Rule
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.mends import columns, extended_statistics, indexes, rules, triggers, view_users
from pgassay.catalog.mends.common import finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.record import quote_name
from pgassay.catalog.sqltext import change_options, dotted, options, sentence


def create_view(view: View, context: Context) -> Statements:
    """Create a view with its column defaults, comments, privileges, rules and triggers."""
    statements = [f"CREATE VIEW {_head(view)} AS\n{_query(view)};", *finish(view)]
    for column in context.wanted(Column.KIND, schema=view.schema, table=view.name):
        statements += _defaults(column) + columns.details(column)
    for rule in context.wanted(Rule.KIND, schema=view.schema, table=view.name):
        statements += rules.create(rule, context)
    for trigger in context.wanted(Trigger.KIND, schema=view.schema, table=view.name):
        statements += triggers.create_trigger(trigger, context)
    return statements


def _defaults(column: Column) -> Statements:
    if column.default is None:
        return []
    name = f"{dotted(column.schema, column.table)} ALTER COLUMN {quote_name(column.name)}"
    return [f"ALTER VIEW {name} SET DEFAULT {column.default};"]


def _head(view: View) -> str:
    names = ", ".join(map(quote_name, view.columns))
    with_options = f" WITH {options(view.options)}" if view.options else ""
    return f"{dotted(view.schema, view.name)}{f' ({names})' if names else ''}{with_options}"


def _query(view: View | MaterializedView) -> str:
    return view.definition.rstrip().removesuffix(";")


def alter_view(difference: Difference, context: Context) -> Statements:
    """Replace a view where its columns and what it uses allow that, else make it anew; set its options."""
    wanted, found = both(difference)
    if difference.attribute("definition") or difference.attribute("column order"):
        if view_users.is_replaceable(found, context):
            return [f"CREATE OR REPLACE VIEW {_head(wanted)} AS\n{_query(wanted)};"]
        return view_users.anew(found, wanted, _create, context)
    return _options(difference, wanted)


def _create(view: View | MaterializedView, context: Context) -> Statements:
    return create_view(view, context) if isinstance(view, View) else create_materialized(view, context)


def _options(difference: Difference, wanted: View | MaterializedView) -> Statements:
    attribute = difference.attribute("options")
    if attribute is None:
        return []
    start = f"ALTER {wanted.KIND.upper()} {dotted(wanted.schema, wanted.name)}"
    return change_options(start, missing=attribute.missing, extra=attribute.extra)


def create_materialized(view: MaterializedView, context: Context) -> Statements:
    """Create a materialized view with its indexes and statistics."""
    names = ", ".join(map(quote_name, view.columns))
    words = [f"CREATE MATERIALIZED VIEW {dotted(view.schema, view.name)}{f' ({names})' if names else ''}"]
    words += [f"USING {quote_name(view.access_method)}"] if view.access_method != "heap" else []
    words += [f"WITH {options(view.options)}"] if view.options else []
    words += [f"TABLESPACE {quote_name(view.tablespace)}"] if view.tablespace else []
    populated = "WITH DATA" if view.populated else "WITH NO DATA"
    statements = [f"{' '.join(words)} AS\n{_query(view)}\n{populated};", *finish(view)]
    for column in context.wanted(Column.KIND, schema=view.schema, table=view.name):
        statements += columns.details(column)
    for index in context.wanted(Index.KIND, schema=view.schema, table=view.name):
        statements += indexes.create(index, context)
    return statements + extended_statistics.create_of(dotted(view.schema, view.name), context)


def alter_materialized(difference: Difference, context: Context) -> Statements:
    """Refresh, move or set options; another query needs a new one."""
    wanted, found = both(difference)
    if difference.attribute("definition") or difference.attribute("column order"):
        return view_users.anew(found, wanted, _create, context)
    name = dotted(wanted.schema, wanted.name)
    statements = _options(difference, wanted)
    if difference.attribute("access_method"):
        statements.append(f"ALTER MATERIALIZED VIEW {name} SET ACCESS METHOD {quote_name(wanted.access_method)};")
    if difference.attribute("tablespace"):
        tablespace = quote_name(wanted.tablespace or "pg_default")
        statements.append(f"ALTER MATERIALIZED VIEW {name} SET TABLESPACE {tablespace};")
    if difference.attribute("populated"):
        statements.append(f"REFRESH MATERIALIZED VIEW {name}{'' if wanted.populated else ' WITH NO DATA'};")
    return statements


def drop_materialized(view: MaterializedView, context: Context) -> Statements:
    """Drop a materialized view."""
    return [sentence("its rows are lost"), *view_users.drop(view, context)]


MENDERS = {
    View.KIND: Mender(create=create_view, drop=view_users.drop, alter=alter_view),
    MaterializedView.KIND: Mender(create=create_materialized, drop=drop_materialized, alter=alter_materialized),
}
