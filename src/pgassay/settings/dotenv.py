"""The `.env` file of a directory, read by python-dotenv."""

from __future__ import annotations

from pathlib import Path

from pgassay.errors import UsageError


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the assignments of a `.env` file; lines that are none are somebody else's business.

    Nothing is expanded: a password may hold `$`.

    Raises:
        UsageError: It is there and cannot be read.
    """
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # only who has such a file pays for it

    try:
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise UsageError(f'cannot read "{path}": {error}') from None
    return {name: value for name, value in values.items() if value is not None}
