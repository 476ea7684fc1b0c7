"""Text search: parsers, templates, dictionaries and configurations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind, Row
from pgassay.catalog.record import Record, RoleName

OPTION = re.compile(
    r"""("(?:[^"]|"")+"|[^\s"=]+)\ =\ (?:E'((?:[^'\\]|''|\\\\)*)'|'((?:[^']|'')*)'|([^,]+))(?:,\ |$)""", re.VERBOSE
)
"""One option of a dictionary as serialize_deflist() in tsearchcmds.c writes it: text in quotes, a number bare."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TextSearchParser(Record):
    """A text search parser; it has no owner."""

    KIND: ClassVar[str] = "text search parser"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    start: str
    get_token: str
    end: str
    headline: str | None
    token_types: str
    comment: str | None

    @property
    def summary(self) -> str:
        """The function that finds tokens."""
        return self.get_token


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TextSearchTemplate(Record):
    """A text search template; it has no owner."""

    KIND: ClassVar[str] = "text search template"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    init: str | None
    lexize: str
    comment: str | None

    @property
    def summary(self) -> str:
        """The function that makes lexemes."""
        return self.lexize


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TextSearchDictionary(Record):
    """A text search dictionary."""

    KIND: ClassVar[str] = "text search dictionary"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    template: str
    options: Mapping[str, str]
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """The template."""
        return f"template {self.template}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TextSearchConfiguration(Record):
    """A text search configuration.

    Attributes:
        mapping: Type of token -> dictionaries that are asked, in order.
    """

    KIND: ClassVar[str] = "text search configuration"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    parser: str
    mapping: Mapping[str, tuple[str, ...]]
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """The parser."""
        return f"parser {self.parser}"


PARSERS = Kind(
    record=TextSearchParser,
    among="pg_ts_parser WHERE oid >= 16384",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       p.prsname AS name,
       {start} AS start,
       {get_token} AS get_token,
       {end} AS end,
       {headline} AS headline,
       {token_types} AS token_types,
       obj_description(p.oid, 'pg_ts_parser') AS comment
FROM pg_ts_parser AS p
JOIN pg_namespace AS n ON n.oid = p.prsnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "start": fragments.function("p.prsstart"),
        "get_token": fragments.function("p.prstoken"),
        "end": fragments.function("p.prsend"),
        "headline": fragments.function("p.prsheadline"),
        "token_types": fragments.function("p.prslextype"),
        "made": fragments.made("pg_ts_parser", "p.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)

TEMPLATES = Kind(
    record=TextSearchTemplate,
    among="pg_ts_template WHERE oid >= 16384",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       t.tmplname AS name,
       {init} AS init,
       {lexize} AS lexize,
       obj_description(t.oid, 'pg_ts_template') AS comment
FROM pg_ts_template AS t
JOIN pg_namespace AS n ON n.oid = t.tmplnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "init": fragments.function("t.tmplinit"),
        "lexize": fragments.function("t.tmpllexize"),
        "made": fragments.made("pg_ts_template", "t.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)


def options_of(text: str | None) -> Mapping[str, str]:
    """Take the options of a dictionary apart, as PostgreSQL stores them: `language = 'english', "Odd name" = 3`."""
    return dict(sorted(map(_option, OPTION.finditer(text or ""))))


def _option(match: re.Match[str]) -> tuple[str, str]:
    name, escaped, quoted, bare = match.groups()
    if name.startswith('"'):
        name = name[1:-1].replace('""', '"')
    if escaped is not None:
        return name, escaped.replace("''", "'").replace("\\\\", "\\")
    return name, quoted.replace("''", "'") if quoted is not None else bare


# pg_ts_dict, and pg_ts_template for the template's name.
DICTIONARIES = Kind(
    record=TextSearchDictionary,
    among="pg_ts_dict WHERE oid >= 16384",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       d.dictname AS name,
       {template} AS template,
       d.dictinitoption AS options,
       pg_get_userbyid(d.dictowner) AS owner,
       obj_description(d.oid, 'pg_ts_dict') AS comment
FROM pg_ts_dict AS d
JOIN pg_namespace AS n ON n.oid = d.dictnamespace
JOIN pg_ts_template AS t ON t.oid = d.dicttemplate
JOIN pg_namespace AS tn ON tn.oid = t.tmplnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "template": fragments.qualified("tn.nspname", "t.tmplname"),
        "made": fragments.made("pg_ts_dict", "d.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    given=lambda row: {"options": options_of(row["options"])},
)


def _mapping(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    mapping: dict[str, tuple[str, ...]] = {}
    for token, dictionary in pairs:
        mapping[token] = (*mapping.get(token, ()), dictionary)
    return mapping


def _configuration(row: Row) -> dict[str, Any]:
    return {"mapping": _mapping(row["mapping"] or ())}


# pg_ts_config, and pg_ts_parser for the parser's name; pg_ts_config_map has a row for each type of token, which only
# the parser itself can name, and dictionary.
CONFIGURATIONS = Kind(
    record=TextSearchConfiguration,
    among="pg_ts_config WHERE oid >= 16384",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       c.cfgname AS name,
       {parser} AS parser,
       (SELECT array_agg(ARRAY[k.alias, {dictionary}] ORDER BY k.alias, m.mapseqno)
          FROM pg_ts_config_map AS m
          JOIN ts_token_type(c.cfgparser) AS k ON k.tokid = m.maptokentype
          JOIN pg_ts_dict AS d ON d.oid = m.mapdict
          JOIN pg_namespace AS dn ON dn.oid = d.dictnamespace
         WHERE m.mapcfg = c.oid) AS mapping,
       pg_get_userbyid(c.cfgowner) AS owner,
       obj_description(c.oid, 'pg_ts_config') AS comment
FROM pg_ts_config AS c
JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser AS p ON p.oid = c.cfgparser
JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "parser": fragments.qualified("pn.nspname", "p.prsname"),
        "dictionary": fragments.qualified("dn.nspname", "d.dictname"),
        "made": fragments.made("pg_ts_config", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    given=_configuration,
)
