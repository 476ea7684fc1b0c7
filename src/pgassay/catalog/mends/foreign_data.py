"""Mends of foreign-data wrappers, foreign servers and user mappings."""

from __future__ import annotations

from collections.abc import Iterator

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.foreign_data import ForeignDataWrapper, ForeignServer, UserMapping
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.mends import foreign_options
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import dotted, literal, quote_name, sentence


def create_wrapper(wrapper: ForeignDataWrapper, _context: Context) -> Statements:
    """Create a wrapper."""
    functions = [_function("handler", wrapper)] if wrapper.handler else []
    functions += [_function("validator", wrapper)] if wrapper.validator else []
    words = " ".join([f"CREATE {named(wrapper)}", *functions])
    advice = foreign_options.advice(f"ALTER {named(wrapper)}", wrapper.options)
    return [f"{words}{foreign_options.given(wrapper.options)};", *advice, *finish(wrapper)]


def _function(which: str, wrapper: ForeignDataWrapper) -> str:
    name = getattr(wrapper, which)
    return f"{which.upper()} {name}" if name else f"NO {which.upper()}"


def alter_wrapper(difference: Difference, _context: Context) -> Statements:
    """Change a wrapper's functions, then its options: they are looked at by the new validator."""
    wanted, _ = both(difference)
    start = f"ALTER {named(wanted)}"
    functions = [_function(which, wanted) for which in ("handler", "validator") if difference.attribute(which)]
    statements = [f"{start} {' '.join(functions)};"] if functions else []
    return statements + _options(start, difference)


def _options(start: str, difference: Difference) -> Statements:
    options = difference.attribute("options")
    return foreign_options.change(start, missing=options.missing, extra=options.extra) if options else []


def create_server(server: ForeignServer, context: Context) -> Statements:
    """Create a server with its user mappings."""
    words = [f"CREATE {named(server)}"]
    words += [f"TYPE {literal(server.server_type)}"] if server.server_type is not None else []
    words += [f"VERSION {literal(server.version)}"] if server.version is not None else []
    words += [f"FOREIGN DATA WRAPPER {quote_name(server.wrapper)}"]
    return [
        f"{' '.join(words)}{foreign_options.given(server.options)};",
        *foreign_options.advice(f"ALTER {named(server)}", server.options),
        *finish(server),
        *(s for mapping in _mappings(server, context.expected) for s in create_mapping(mapping, context)),
    ]


def _mappings(server: ForeignServer, catalog: Catalog) -> Iterator[UserMapping]:
    for mapping in catalog.records.get(UserMapping.KIND, {}).values():
        if isinstance(mapping, UserMapping) and mapping.server == server.name:
            yield mapping


def drop_server(server: ForeignServer, context: Context) -> Statements:
    """Drop a server with its user mappings."""
    return [*(s for mapping in _mappings(server, context.actual) for s in drop(mapping)), *drop(server)]


def alter_server(difference: Difference, context: Context) -> Statements:
    """Change version and options; make anew what is of another wrapper or type."""
    wanted, found = both(difference)
    if difference.attribute("wrapper") or difference.attribute("server_type"):
        return [*_foreign_tables(found, context), *drop_server(found, context), *create_server(wanted, context)]
    start = f"ALTER {named(wanted)}"
    version = "NULL" if wanted.version is None else literal(wanted.version)
    statements = [f"{start} VERSION {version};"] if difference.attribute("version") else []
    return statements + _options(start, difference)


def _foreign_tables(server: ForeignServer, context: Context) -> Statements:
    tables = context.actual.records.get(Table.KIND, {}).values()
    names = [dotted(*table.identity) for table in tables if getattr(table, "server", None) == server.name]
    return [sentence(f"its foreign tables go first, and are made again: {', '.join(names)}")] if names else []


def create_mapping(mapping: UserMapping, _context: Context) -> Statements:
    """Create a user mapping; its secrets are not known here."""
    options = mapping.options or {}
    advice = foreign_options.advice(f"ALTER {named(mapping)}", options)
    return [f"CREATE {named(mapping)}{foreign_options.given(options)};", *advice]


def alter_mapping(difference: Difference, _context: Context) -> Statements:
    """Change a user mapping's options."""
    return _options(f"ALTER {named(both(difference)[0])}", difference)


MENDERS = {
    ForeignDataWrapper.KIND: Mender(create=create_wrapper, drop=lambda r, _c: drop(r), alter=alter_wrapper),
    ForeignServer.KIND: Mender(create=create_server, drop=drop_server, alter=alter_server),
    UserMapping.KIND: Mender(create=create_mapping, drop=lambda r, _c: drop(r), alter=alter_mapping),
}
