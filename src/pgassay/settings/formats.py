"""The formats of migrations that are read, as the setting `assay_format` calls them."""

from __future__ import annotations

NATIVE = "native"

# Each has a module of its name in migrations/sources, with `_` for `-`.
FORMATS: tuple[str, ...] = (
    "alembic",
    "django",
    "golang-migrate",
)

NAMES = (NATIVE, *FORMATS)
