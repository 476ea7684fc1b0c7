"""Read TOML whose every key is known: the manners that behavior.toml and accepted.toml share."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pgassay.contract.toml_lines import Place, find_lines
from pgassay.errors import ContractError


def read_toml(path: Path) -> Table:
    """Return the file's table.

    Raises:
        ContractError: It cannot be read, or is not TOML; the line is named.
    """
    try:
        text = path.read_bytes().decode().replace("\r\n", "\n")
        return Table(tomllib.loads(text), str(path), lines=find_lines(text))
    except OSError as cause:
        raise ContractError(f'"{path}" cannot be read: {(cause.strerror or str(cause)).lower()}') from cause
    except UnicodeDecodeError as cause:
        raise ContractError(f'"{path}": not UTF-8: {cause.reason}', hint="save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as cause:
        raise ContractError(f'"{path}": not TOML: {cause}') from None


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table that knows where it stands, so that each complaint can say so.

    Attributes:
        values: Its keys and values.
        file: The file's path; empty: the values were given in Python.
        what: What the table is called within the file, for messages; empty: the file's own.
        place: The way to it from the top.
        lines: Where each table and key of the file begins.
    """

    values: Mapping[str, Any]
    file: str
    what: str = ""
    place: Place = ()
    lines: Mapping[Place, int] = field(default_factory=dict)

    def error(self, problem: str, *, key: str | None = None, hint: str | None = None) -> ContractError:
        """Return the complaint about this table, or about a key of it, with file and line."""
        what = f"{self.what}: " if self.what else ""
        return ContractError(f"{self.where(key)}: {what}{problem}", hint=hint)

    def where(self, key: str | None = None) -> str:
        """Return file and line of this table, or of a key of it."""
        line = self.line(key)
        return (f'"{self.file}"' if self.file else "the call") + (f", line {line}" if line else "")

    def line(self, key: str | None = None) -> int | None:
        """Return the line where this table, or a key of it, begins; of what has none, that of what holds it."""
        place = self.place if key is None else (*self.place, key)
        return next((self.lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self.lines), None)

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing.

        Raises:
            ContractError: A key is not among the known ones, which are listed.
        """
        names = tuple(known)
        for key in self.values:
            if key not in names:
                near = get_close_matches(key, names, n=1)
                hint = f"known keys: {', '.join(names)}" + (f'; did you mean "{near[0]}"?' if near else "")
                raise self.error(f'unknown key "{key}"', key=key, hint=hint)

    def text(self, key: str) -> str | None:
        """Return a text that is not blank, or None where the key is absent."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.error(f'"{key}" must be a text that is not blank, not {value!r}', key=key)
        return value

    def required_text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.error(f'"{key}" is missing')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return one text or a list of them as a tuple; empty where the key is absent."""
        value = self.values.get(key, [])
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            problem = f'"{key}" must be a text or a list of texts, none of them blank, not {value!r}'
            raise self.error(problem, key=key)
        return tuple(texts)

    def truth(self, key: str) -> bool:
        """Return a truth value; false where the key is absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f'"{key}" must be true or false, not {value!r}', key=key)
        return value

    def choice(self, key: str, known: Iterable[str]) -> str | None:
        """Return one of some words, or None where the key is absent."""
        value, words = self.text(key), tuple(known)
        if value is not None and value not in words:
            raise self.error(f'"{key}" must be one of {", ".join(words)}, not "{value}"', key=key)
        return value

    def table(self, key: str) -> Table:
        """Return the table under a key; an empty one where the key is absent."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            hint = f"write it below a line [{key}]"
            raise self.error(f'"{key}" must be a table, not {value!r}', key=key, hint=hint)
        return self._inside(value, f"[{key}]", key)

    def entries(self, key: str) -> tuple[Table, ...]:
        """Return the tables of an array; each is named by its number and, where it has one, its name."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            hint = f"write each entry below a line [[{key}]]"
            raise self.error(f'"{key}" must be an array of tables', key=key, hint=hint)
        return tuple(self._inside(v, _entry(key, n, v), key, n - 1) for n, v in enumerate(value, 1))

    def _inside(self, values: Mapping[str, Any], what: str, *place: str | int) -> Table:
        what = f"{self.what}: {what}" if self.what else what
        return Table(values, self.file, what, (*self.place, *place), self.lines)


def _entry(key: str, number: int, entry: Mapping[str, Any]) -> str:
    name = entry.get("name")
    return f"[[{key}]] number {number}" + (f' "{name}"' if isinstance(name, str) else "")
