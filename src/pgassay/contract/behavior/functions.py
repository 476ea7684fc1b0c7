"""`[[function]]`: what a function gives or raises, and whether it is what it claims to be.

```toml
[[function]]
name = "a slug has no spaces"           # unique; names the check's finding
function = "slugify"                    # as in SQL; with argument types where several have the name: slugify(text)
given = "INSERT INTO words ..."         # committed first; may be left out
arguments = ["Hello World"]             # each as PostgreSQL reads it from text; also tries what the function claims
call = "SELECT slugify(NULL)"           # or any SQL that gives one column, in place of `arguments`
gives = "hello-world"                   # what comes back, or a list: one row each
raises = "22023"                        # or: fails with this SQLSTATE, or on this constraint
strict = true                           # NULL for any argument gives NULL, or false: not for each; beside `arguments`
check = true                            # the extension plpgsql_check has nothing to say of it
```
"""

from __future__ import annotations

from dataclasses import dataclass

from pgassay.contract.behavior.entry import Entry, committed, list_of, one_transaction, value_of
from pgassay.contract.behavior.rejects import Rejects, parse_rejects
from pgassay.contract.toml import Table

FUNCTION_KEYS = ("name", "function", "given", "arguments", "call", "gives", "raises", "strict", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives:
    """The call gives these rows of one column, in this order, each as PostgreSQL reads it from text."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionBehavior(Entry):
    """One `[[function]]` entry.

    Attributes:
        function: The function, as in SQL, with or without its argument types.
        given: SQL that is committed first; empty: none.
        arguments: The arguments, as PostgreSQL reads them; None: `call` says it, or nothing is called.
        call: SQL that calls it; empty: `arguments` say it.
        expect: What comes back, or how it fails; None: it must succeed.
        strict: Whether NULL for any argument must give NULL, or may not always do so; None: nothing is said.
        check: Whether plpgsql_check must have nothing to say of it.
    """

    function: str
    given: str = ""
    arguments: tuple[str, ...] | None = None
    call: str = ""
    expect: Gives | Rejects | None = None
    strict: bool | None = None
    check: bool = False

    @property
    def about(self) -> str:
        """The function, as the entry writes it."""
        return f"function {self.function}"


def parse_function(entry: Table) -> FunctionBehavior:
    """Read one entry.

    Raises:
        ContractError: It says what means nothing.
    """
    entry.only(FUNCTION_KEYS)
    _refuse_what_does_not_go_together(entry)
    return FunctionBehavior(
        name=entry.required_text("name"),
        source=entry,
        function=entry.required_text("function"),
        given=committed(entry),
        arguments=list_of(entry, "arguments") if "arguments" in entry.values else None,
        call=one_transaction(entry, "call"),
        expect=_expectation(entry),
        strict=entry.truth("strict") if "strict" in entry.values else None,
        check=entry.truth("check"),
    )


def _refuse_what_does_not_go_together(entry: Table) -> None:
    said = entry.values.keys()
    if {"arguments", "call"} <= said or {"gives", "raises"} <= said:
        twice = ("arguments", "call") if {"arguments", "call"} <= said else ("gives", "raises")
        raise entry.error(f'"{twice[0]}" and "{twice[1]}" exclude one another', key=twice[1])
    if not {"arguments", "call", "check"} & said:
        raise entry.error('one of "arguments", "call" and "check" must be there')
    for key in {"gives", "raises"} & said:
        if not {"arguments", "call"} & said:
            raise entry.error(
                f'"{key}" needs "arguments" or "call"', key=key, hint="arguments = [] calls it without any"
            )
    if "strict" in said and not entry.values.get("arguments"):
        raise entry.error('"strict" needs "arguments", one of which can be null', key="strict")


def _expectation(entry: Table) -> Gives | Rejects | None:
    if "raises" in entry.values:
        raises = parse_rejects(entry, "raises")
        if raises.at is not None:
            raise entry.error('"at" is said of a change, not of a call', key="raises")
        return raises
    if "gives" not in entry.values:
        return None
    if isinstance(entry.values["gives"], list):
        return Gives(rows=list_of(entry, "gives"))
    return Gives(rows=(value_of(entry, "gives"),))
