"""The exceptions of pgassay. No driver is imported here: `runtime.errors` derives from these and from psycopg's."""

from __future__ import annotations


class PgassayError(Exception):
    """Say what was being done, what was found, and what to do next.

    Args:
        message: Lower-case, without a full stop; names quoted, numbers with units.
        hint: What the reader can do about it, or None.
        sqlstate: PostgreSQL's five-letter error code, where a server answered with one.
    """

    def __init__(self, message: str, *, hint: str | None = None, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.sqlstate = sqlstate

    @property
    def text(self) -> str:
        """All that there is to say, without the hint."""
        return f"{self.message} [{self.sqlstate}]" if self.sqlstate else self.message

    def __str__(self) -> str:
        return f"{self.text}\nhint: {self.hint}" if self.hint else self.text


class UsageError(PgassayError):
    """Report wrong use: an option, a setting or a call that cannot mean anything."""


class LeftOpenWarning(UserWarning):
    """Report a connection that a test has left open; it stands at the line that opened it."""


class BlindError(PgassayError):
    """Report that something could not be looked at; never a pass."""


class ServerError(PgassayError):
    """Report that no scratch server could be had, or that one misbehaved."""


class TargetError(PgassayError):
    """Report that the target could not be opened or read."""


class MigrationError(PgassayError):
    """Report a migration, a ledger or a run of migrations that cannot be right."""


class ContractError(PgassayError):
    """Report a contract (schema/, behavior.toml, accepted.toml) that cannot be loaded."""


class CatalogError(PgassayError):
    """Report a catalog, or a snapshot of one, that cannot be read or compared."""
