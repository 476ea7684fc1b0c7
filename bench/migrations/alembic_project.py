"""The same migrations as an Alembic project, with the conftest.py that pytest-alembic asks for."""

from __future__ import annotations

from pathlib import Path

from migrations.generated import Step

_INI = "[alembic]\nscript_location = %(here)s\n"
_ENV = """
import os

import sqlalchemy
from alembic import context

engine = context.config.attributes.get("connection") or sqlalchemy.create_engine(os.environ["BENCH_URL"])
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
_CONFTEST = """
import os

import pytest
import sqlalchemy


@pytest.fixture
def alembic_engine():
    engine = sqlalchemy.create_engine(os.environ["BENCH_URL"])
    yield engine
    engine.dispose()
"""
_TEST = "from pytest_alembic.tests import test_up_down_consistency\n"
_REVISION = """
from alembic import op

revision = {revision!r}
down_revision = {before!r}


def upgrade():
    op.execute({up!r})


def downgrade():
    op.execute({down!r})
"""


def write(folder: Path, made: list[Step]) -> None:
    """Write the project."""
    files = {"alembic.ini": _INI, "env.py": _ENV, "conftest.py": _CONFTEST, "test_alembic.py": _TEST}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    versions = folder / "versions"
    versions.mkdir()
    before = None
    for n, (up, down) in enumerate(made, 1):
        revision = f"{n:04}"
        text = _REVISION.format(revision=revision, before=before, up=up, down=down)
        (versions / f"{revision}_step.py").write_text(text, encoding="utf-8")
        before = revision
