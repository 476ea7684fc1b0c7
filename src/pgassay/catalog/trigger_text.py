"""What only the text of a trigger tells: its WHEN condition, and its arguments in every encoding."""

from __future__ import annotations

import re

from pgassay.catalog.record import Deparsed

# A quoted name, a string (the server doubles quotes in it and never escapes them by a backslash), a parenthesis, or one
# of the words that begin what is looked for. Names that look like the words are quoted by the server, for all of them
# are followed by a space or a parenthesis here.
TOKEN = re.compile(
    r"""
    (?P<name>"(?:[^"]|"")*")
  | (?P<string>E?'(?:[^']|'')*')
  | (?P<open>\()
  | (?P<close>\))
  | (?P<when>\bWHEN\ (?=\())
  | (?P<execute>\bEXECUTE\ FUNCTION\ )
""",
    re.VERBOSE,
)


def take_apart(definition: str) -> tuple[Deparsed | None, tuple[str, ...]]:
    """Return a trigger's WHEN condition, without its parentheses, and its arguments.

    Args:
        definition: What pg_get_triggerdef() wrote.
    """
    depth, begin, end, executes, arguments = 0, None, None, False, []
    for token in TOKEN.finditer(definition):
        match token.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
                if depth == 0 and begin is not None and end is None:
                    end = token.start()
            case "when" if depth == 0 and begin is None:
                begin = token.end() + 1
            case "execute" if depth == 0:
                executes = True
            case "string" if executes:
                arguments.append(_unquoted(token.group()))
    return (None if begin is None else Deparsed(definition[begin:end])), tuple(arguments)


def _unquoted(literal: str) -> str:
    if literal.startswith("E"):
        literal = literal[1:].replace("\\\\", "\\")
    return literal[1:-1].replace("''", "'")
