"""Functions and procedures; aggregates are another kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Home, Kind, Row
from pgassay.catalog.record import Deparsed, Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Function(Record):
    """A function, window function or procedure.

    Attributes:
        arguments: The types that identify it, as `pg_get_function_identity_arguments` without names.
        function_kind: `function`, `window function` or `procedure`.
        signature: Arguments with modes, names and defaults.
        body: The source text with line ends as LF; for SQL-standard bodies the deparsed text.
        transforms: The types of TRANSFORM FOR TYPE.
        uses: The relations and functions that an SQL-standard body names, for the order of mends; not compared.
        head: What CREATE OR REPLACE takes up to the body, the quote before it included; for the mend, not compared.
    """

    KIND: ClassVar[str] = "function"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name", "arguments")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    arguments: str
    function_kind: str
    signature: Deparsed
    result: str | None
    language: str
    body: str
    binary: str | None
    volatility: str
    strict: bool
    security_definer: bool
    leakproof: bool
    parallel: str
    cost: float
    rows: float
    support: str | None
    settings: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
    transforms: tuple[str, ...] = ()
    uses: tuple[str, ...] = field(compare=False, default=())
    head: str = field(compare=False, default="")

    @property
    def definition(self) -> str:
        """What CREATE OR REPLACE takes, for the mend."""
        return f"{self.head}{self.body}{_quote_at_end(self.head)}" if self.head else ""

    @property
    def label(self) -> str:
        """Kind, qualified name and argument types."""
        return f"{self.function_kind} {quote_name(self.schema)}.{quote_name(self.name)}({self.arguments})"

    @property
    def summary(self) -> str:
        """Result, language and what it may do."""
        result = f"returns {self.result}, " if self.result else ""
        definer = ", security definer" if self.security_definer else ""
        return f"{result}{self.language}, {self.volatility}{definer}"


# pg_proc, pg_language; pg_depend once more, for the constructors that CREATE TYPE ... AS RANGE makes are parts of it.
# SQL-standard bodies (prosqlbody) are deparsed later, and so is what contains them.
QUERY = sql.SQL("""
SELECT {home},
       p.oid,
       p.prosqlbody IS NOT NULL AS deparse,
       n.nspname AS schema,
       p.proname AS name,
       (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY k)
          FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, k)) AS arguments,
       p.prokind AS function_kind,
       pg_get_function_arguments(p.oid) AS signature,
       pg_get_function_result(p.oid) AS result,
       l.lanname AS language,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END AS body,
       p.probin AS binary,
       p.provolatile AS volatility,
       p.proisstrict AS strict,
       p.prosecdef AS security_definer,
       p.proleakproof AS leakproof,
       p.proparallel AS parallel,
       p.procost AS cost,
       p.prorows AS rows,
       {support} AS support,
       p.proconfig AS settings,
       (SELECT array_agg(format_type(t, NULL) ORDER BY k)
          FROM unnest(p.protrftypes) WITH ORDINALITY AS a(t, k)) AS transforms,
       pg_get_userbyid(p.proowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment,
       CASE WHEN p.prosqlbody IS NOT NULL THEN {uses} END AS uses,
       CASE WHEN p.prosqlbody IS NULL THEN pg_get_functiondef(p.oid) END AS definition
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'w', 'p') AND {part} AND {made} AND {seen}
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                   WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                     AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i')
""")

WORDS = {
    "function_kind": {"f": "function", "w": "window function", "p": "procedure"},
    "volatility": {"i": "immutable", "s": "stable", "v": "volatile"},
    "parallel": {"s": "safe", "r": "restricted", "u": "unsafe"},
}


QUOTE = re.compile(r"\$(?:function|procedure)x*\$\Z")
"""What pg_get_functiondef() quotes a source text with; SQL-standard bodies stand there bare."""


def _quote_at_end(text: str) -> str:
    found = QUOTE.search(text)
    return found[0] if found else ""


def head_of(definition: str, body: str) -> str:
    """Return what pg_get_functiondef() wrote before the body: with it, the body is kept once."""
    definition = definition.removesuffix("\n")
    return definition.removesuffix(_quote_at_end(definition)).removesuffix(body)


def _function(row: Row) -> dict[str, Any]:
    head = head_of(row["definition"], row["body"])
    body = row["body"].replace("\r\n", "\n")
    return {"arguments": row["arguments"] or "", "body": body, "head": head}


FUNCTIONS = Kind(
    record=Function,
    among="pg_proc WHERE oid >= 16384 AND ('pg_proc'::regclass, oid) NOT IN (SELECT * FROM member)",
    home=Home("pg_proc", "p.oid", rows="pg_proc"),
    query=QUERY,
    pieces={
        "support": fragments.function("p.prosupport"),
        "privileges": fragments.grants("p.proacl", "f", "p.proowner"),
        "comment": fragments.comment("pg_proc", "p.oid"),
        "uses": fragments.uses("pg_proc", "p.oid"),
        "made": fragments.made("pg_proc", "p.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL("""
SELECT p.oid, pg_get_function_sqlbody(p.oid) AS body, pg_get_functiondef(p.oid) AS definition
FROM pg_proc AS p
WHERE p.oid = ANY(%s)
"""),
        columns=("body", "definition"),
        required=("body", "definition"),
        weight=100,
    ),
    words=WORDS,
    given=_function,
)
