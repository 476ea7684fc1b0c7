"""What may be sent by COPY."""

from __future__ import annotations

import re
from typing import Any

from pgassay.errors import UsageError
from pgassay.runtime.statements import shown

# Only what stands behind STDIN: a table may be called csv.
_CSV = re.compile(r"\bstdin\b.*\bcsv\b", re.IGNORECASE | re.DOTALL)


def require_rows_fit(query: Any, item: Any) -> bool:
    """Let blocks through, and rows unless the statement wants CSV: psycopg writes rows in PostgreSQL's own formats.

    Raises:
        UsageError: The server would take the rows for something else.
    """
    if not isinstance(item, bytes | str) and _CSV.search(shown(query)):
        raise UsageError(
            "rows cannot be sent to a COPY that wants CSV",
            hint="leave FORMAT csv out, or send blocks of text that are CSV already",
        )
    return True
