"""Mends of text search parsers, templates, dictionaries and configurations."""

from __future__ import annotations

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.text_search import (
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import clauses, literal, quote_name


def create_parser(parser: TextSearchParser, _context: Context) -> Statements:
    """Create a parser."""
    body = clauses(
        {
            "START": parser.start,
            "GETTOKEN": parser.get_token,
            "END": parser.end,
            "HEADLINE": parser.headline,
            "LEXTYPES": parser.token_types,
        }
    )
    return [f"CREATE {named(parser)} {body};", *finish(parser)]


def create_template(template: TextSearchTemplate, _context: Context) -> Statements:
    """Create a template."""
    body = clauses({"INIT": template.init, "LEXIZE": template.lexize})
    return [f"CREATE {named(template)} {body};", *finish(template)]


def create_dictionary(dictionary: TextSearchDictionary, _context: Context) -> Statements:
    """Create a dictionary."""
    values = {quote_name(name): literal(value) for name, value in dictionary.options.items()}
    return [f"CREATE {named(dictionary)} {clauses({'TEMPLATE': dictionary.template, **values})};", *finish(dictionary)]


def create_configuration(configuration: TextSearchConfiguration, _context: Context) -> Statements:
    """Create a configuration with its mapping."""
    statements = [f"CREATE {named(configuration)} {clauses({'PARSER': configuration.parser})};"]
    statements += [_map("ADD", configuration, token) for token in configuration.mapping]
    return statements + finish(configuration)


def _map(verb: str, configuration: TextSearchConfiguration, token: str) -> str:
    dictionaries = ", ".join(configuration.mapping[token])
    return f"ALTER {named(configuration)} {verb} MAPPING FOR {quote_name(token)} WITH {dictionaries};"


def again(difference: Difference, context: Context) -> Statements:
    """Make a parser or a template anew: nothing of them can be altered."""
    wanted, found = both(difference)
    return [*drop(found), *MENDERS[wanted.KIND].create(wanted, context)]


def alter_dictionary(difference: Difference, context: Context) -> Statements:
    """Set and reset options; with another template it is another dictionary."""
    wanted, _ = both(difference)
    changed = difference.attribute("options")
    if changed is None or difference.attribute("template"):
        return again(difference, context)
    reset = dict.fromkeys(sorted(map(quote_name, changed.extra.keys() - changed.missing.keys())), True)
    values = {quote_name(name): literal(value) for name, value in changed.missing.items()}
    return [f"ALTER {named(wanted)} {clauses({**reset, **values})};"]


def alter_configuration(difference: Difference, context: Context) -> Statements:
    """Add, alter and drop mappings; with another parser it is another configuration."""
    wanted, found = both(difference)
    changed = difference.attribute("mapping")
    if changed is None or difference.attribute("parser"):
        return again(difference, context)
    gone = sorted(changed.extra.keys() - changed.missing.keys())
    statements = [f"ALTER {named(wanted)} DROP MAPPING FOR {quote_name(token)};" for token in gone]
    return statements + [_map("ALTER" if token in found.mapping else "ADD", wanted, token) for token in changed.missing]


MENDERS = {
    TextSearchParser.KIND: Mender(create=create_parser, drop=lambda r, _c: drop(r), alter=again),
    TextSearchTemplate.KIND: Mender(create=create_template, drop=lambda r, _c: drop(r), alter=again),
    TextSearchDictionary.KIND: Mender(create=create_dictionary, drop=lambda r, _c: drop(r), alter=alter_dictionary),
    TextSearchConfiguration.KIND: Mender(
        create=create_configuration, drop=lambda r, _c: drop(r), alter=alter_configuration
    ),
}
