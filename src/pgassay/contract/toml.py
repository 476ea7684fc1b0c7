"""Read TOML whose every key is known: the manners that behavior.toml and accepted.toml share."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pgassay.errors import ContractError


def read_toml(path: Path) -> Table:
    """Return the file's table.

    Raises:
        ContractError: It cannot be read, or is not TOML; the line is named.
    """
    try:
        with path.open("rb") as file:
            return Table(tomllib.load(file), f'"{path}"')
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
        where: File and entry, for messages.
    """

    values: Mapping[str, Any]
    where: str

    def error(self, problem: str, *, hint: str | None = None) -> ContractError:
        """Return the complaint about this table."""
        return ContractError(f"{self.where}: {problem}", hint=hint)

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
                raise self.error(f'unknown key "{key}"', hint=hint)

    def text(self, key: str) -> str | None:
        """Return a text that is not blank, or None where the key is absent."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.error(f'"{key}" must be a text that is not blank, not {value!r}')
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
            raise self.error(f'"{key}" must be a text or a list of texts, none of them blank, not {value!r}')
        return tuple(texts)

    def table(self, key: str) -> Table:
        """Return the table under a key; an empty one where the key is absent."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f'"{key}" must be a table, not {value!r}', hint=f"write it below a line [{key}]")
        return Table(value, f"{self.where}: [{key}]")

    def entries(self, key: str) -> tuple[Table, ...]:
        """Return the tables of an array; each is named by its number and, where it has one, its name."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.error(f'"{key}" must be an array of tables', hint=f"write each entry below a line [[{key}]]")
        return tuple(
            Table(entry, f"{self.where}: {_entry(key, number, entry)}") for number, entry in enumerate(value, 1)
        )


def _entry(key: str, number: int, entry: Mapping[str, Any]) -> str:
    name = entry.get("name")
    return f"[[{key}]] number {number}" + (f' "{name}"' if isinstance(name, str) else "")
