"""What a mend is tried on: SQL for the expected database, SQL for the actual one; each in a schema of its own."""

from __future__ import annotations

from tests.catalog.mend_cases.beside import BESIDE
from tests.catalog.mend_cases.case import Case
from tests.catalog.mend_cases.on_tables import ON_TABLES
from tests.catalog.mend_cases.operators import OPERATORS
from tests.catalog.mend_cases.others import OTHERS
from tests.catalog.mend_cases.outside import IN_SCHEMAS
from tests.catalog.mend_cases.tables import TABLES
from tests.catalog.mend_cases.words import WORDS

__all__ = ["CASES", "Case"]

CASES: tuple[Case, ...] = (*TABLES, *ON_TABLES, *OTHERS, *BESIDE, *IN_SCHEMAS, *OPERATORS, *WORDS)
