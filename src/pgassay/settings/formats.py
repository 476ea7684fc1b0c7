"""The formats of migrations that are read, as the setting `assay_format` calls them."""

from __future__ import annotations

NATIVE = "native"

# Each has a module of its name in migrations/sources, with `_` for `-`.
FORMATS: tuple[str, ...] = (
    "alembic",
    "atlas",
    "dbmate",
    "diesel",
    "django",
    "flyway",
    "golang-migrate",
    "goose",
    "graphile-migrate",
    "hasura",
    "liquibase",
    "node-pg-migrate",
    "prisma",
    "refinery",
    "sourcegraph",
    "sqitch",
    "sql-migrate",
    "sqlx",
    "supabase",
    "tern",
    "yoyo",
)

NAMES = (NATIVE, *FORMATS)
