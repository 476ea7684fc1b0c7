"""What the entries of all kinds share: a unique name, where they stand, and SQL that can be run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType

from pgassay.contract.toml import Table
from pgassay.errors import ContractError, MigrationError
from pgassay.migrations.split import Statement, split

_TRANSACTION_EDGES = frozenset({"begin", "start", "commit", "end", "rollback", "abort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(ABC):
    """One entry of behavior.toml, or what says the same in Python.

    Attributes:
        name: What the entry is called; unique in the file. Its findings are known by it.
        source: The table that it was read from, for file and lines; None: it was made in Python.
    """

    name: str
    source: Table | None = field(default=None, compare=False, repr=False)

    @property
    @abstractmethod
    def about(self) -> str:
        """What it is about, such as `trigger users_updated_at on users`."""

    def where(self, key: str | None = None) -> str:
        """Say where the entry, or a key of it, must be corrected: file and line."""
        return self.source.where(key) if self.source else "the call"

    def untriable(self, key: str, problem: str, *, hint: str) -> ContractError:
        """Return the error of an entry that can never be tried; the hint names file and line."""
        return ContractError(f'behavior "{self.name}", "{key}": {problem}', hint=f"{hint}: {self.where(key)}")


def one_transaction(entry: Table, key: str, *, required: bool = False) -> str:
    """Return the SQL under a key, which runs as one transaction, and so may not end it; empty: it is absent.

    Raises:
        ContractError: It cannot be split, holds no statement though it must, or begins or ends a transaction.
    """
    if required:
        entry.required_text(key)
    text = entry.text(key)
    return _whole(entry, key, text) if text else ""


def transactions(entry: Table, key: str) -> tuple[str, ...]:
    """Return one SQL text or several, each of which runs as one transaction; empty: the key is absent.

    Raises:
        ContractError: As `one_transaction` does.
    """
    return tuple(_whole(entry, key, text) for text in entry.texts(key))


def _whole(entry: Table, key: str, text: str) -> str:
    statements = _split(entry, key, text)
    if not statements:
        raise entry.error(f'"{key}" holds no statement', key=key)
    for statement in statements:
        if _edges_transaction(statement):
            raise entry.error(
                f'"{key}", line {statement.line}: {statement.words[0].upper()} in what runs as one transaction',
                key=key,
                hint='what must be committed before belongs into "given"',
            )
    return text


def committed(entry: Table, key: str = "given") -> str:
    """Return the SQL under a key, which is committed and may be several transactions; empty: it is absent.

    Raises:
        ContractError: It cannot be split.
    """
    text = entry.text(key) or ""
    _split(entry, key, text)
    return text


def _split(entry: Table, key: str, text: str) -> tuple[Statement, ...]:
    try:
        return tuple(split(text))
    except MigrationError as cause:
        raise entry.error(f'"{key}", {cause.message}', key=key, hint=cause.hint) from None


def _edges_transaction(statement: Statement) -> bool:
    back_to_savepoint = statement.words[:2] == ("rollback", "to")
    return statement.words[:1] != () and statement.words[0] in _TRANSACTION_EDGES and not back_to_savepoint


def one_of(entry: Table, keys: tuple[str, ...]) -> str:
    """Return which of some keys is there.

    Raises:
        ContractError: None of them is, or several are.
    """
    said = [key for key in keys if key in entry.values]
    if len(said) != 1:
        found = " and ".join(f'"{key}"' for key in said) or "none"
        raise entry.error(f"exactly one of {', '.join(keys)} must be there, found {found}")
    return said[0]


def whole_number(entry: Table, key: str, *, default: int, least: int) -> int:
    """Return a whole number; a default where the key is absent.

    Raises:
        ContractError: It is none, or less than the least one.
    """
    value = entry.values.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise entry.error(f'"{key}" must be a whole number of at least {least}, not {value!r}', key=key)
    return value


def values_of(row: Table) -> Mapping[str, str]:
    """Return a table's values as the texts that PostgreSQL reads into columns of whatever type."""
    return MappingProxyType({key: value_of(row, key) for key in row.values})


def list_of(entry: Table, key: str) -> tuple[str, ...]:
    """Return a list's values as the texts that PostgreSQL reads.

    Raises:
        ContractError: It is no list, or holds what no one text stands for.
    """
    values = entry.values[key]
    if not isinstance(values, list):
        raise entry.error(f'"{key}" must be a list, not {values!r}', key=key)
    return tuple(_as_text(entry, key, value) for value in values)


def value_of(row: Table, key: str) -> str:
    """Return one value as the text that PostgreSQL reads.

    Raises:
        ContractError: It is an array or a table, which no one text stands for.
    """
    return _as_text(row, key, row.values[key])


def _as_text(row: Table, key: str, found: object) -> str:
    match found:
        case bool(value):
            return "true" if value else "false"
        case str(value):
            return value
        case int(value) | float(value):
            return repr(value)
        case datetime() | date() | time() as value:
            return value.isoformat()
        case value:
            raise row.error(f'"{key}" must be a text, a number, a truth value or a time, not {value!r}', key=key)
