"""SQL as text for people to read and run: names, literals and statements. pgassay itself never executes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pgassay.catalog.record import PUBLIC, quote_name

__all__ = [
    "change_options",
    "clauses",
    "dollar_quote",
    "dotted",
    "literal",
    "on_this_database",
    "option_names",
    "options",
    "quote_name",
    "role",
    "script",
    "sentence",
]


def dotted(*parts: str) -> str:
    """Return the parts of a name, each quoted where it must be, with dots between."""
    return ".".join(quote_name(part) for part in parts)


def literal(text: str) -> str:
    """Return a string constant; with a backslash in it one that means the same under every setting."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def role(name: str) -> str:
    """Return a role as GRANT wants it."""
    return "PUBLIC" if name == PUBLIC else quote_name(name)


def dollar_quote(text: str, tag: str = "mend") -> str:
    """Return a string constant in dollar quotes whose tag does not occur in the text."""
    while f"${tag}$" in text:
        tag += "_"
    return f"${tag}${text}${tag}$"


def on_this_database(statement: str) -> str:
    """Return SQL that runs the statement with `{}` standing for the current database, whose name nobody compares.

    Args:
        statement: One SQL statement without the semicolon.
    """
    before, after = (part.replace("%", "%%") for part in statement.split("{}", 1))
    template = dollar_quote(f"{before}%I{after}", "sql")
    return f"DO {dollar_quote(f'BEGIN EXECUTE format({template}, current_database()); END')};"


def options(values: Mapping[str, str]) -> str:
    """Return storage options as WITH and SET want them: `(fillfactor='70')`."""
    return "(" + ", ".join(f"{_option(name)}={literal(value)}" for name, value in sorted(values.items())) + ")"


def clauses(values: Mapping[str, str | bool | None]) -> str:
    """Return what CREATE AGGREGATE, OPERATOR, TYPE and their like take: `(SFUNC = f, HYPOTHETICAL)`.

    Args:
        values: Word -> what stands behind it as it stands there, or whether it stands there alone; None leaves it out.
    """
    said = ((word, value) for word, value in values.items() if value is not None and value is not False)
    return "(" + ", ".join(word if value is True else f"{word} = {value}" for word, value in said) + ")"


def option_names(names: Iterable[str]) -> str:
    """Return storage options as RESET wants them."""
    return "(" + ", ".join(_option(name) for name in sorted(names)) + ")"


def _option(name: str) -> str:
    """Quote both parts of `toast.name`."""
    return ".".join(quote_name(part) for part in name.split("."))


def change_options(start: str, *, missing: Mapping[str, str], extra: Mapping[str, str]) -> list[str]:
    """Return the statements that bring storage options to what is expected.

    Args:
        start: What the statements begin with, such as `ALTER INDEX public.i`.
        missing: Expected options that are not there, or have another value.
        extra: Those that are there and not expected, or have another value.
    """
    reset = extra.keys() - missing.keys()
    return [
        *([f"{start} RESET {option_names(reset)};"] if reset else []),
        *([f"{start} SET {options(missing)};"] if missing else []),
    ]


def sentence(text: str) -> str:
    """Return advice that stands among statements as a comment, and by itself as a sentence."""
    return f"-- {text}"


def script(statements: Iterable[str]) -> str:
    """Return statements as one text; where there is only advice, that as plain sentences."""
    lines = list(statements)
    if all(line.startswith("-- ") for line in lines):
        return "; ".join(line.removeprefix("-- ") for line in lines)
    return "\n".join(lines)
