"""Flask-Migrate: Alembic, whose env.py asks the application for the engine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import flask_migrate
import pytest

from pgassay.migrations.sources.flask_app import _application

from .conftest import Folder
from .test_alembic import table

pytestmark = pytest.mark.thorough  # SQLAlchemy is imported

APP = """
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

def create_app(word="none"):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://nobody:s3cret@nowhere.invalid/" + word
    db = SQLAlchemy(app)
    Migrate(app, db)
    return app
"""


@pytest.fixture
def project(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A project as `flask db init` makes it, with two revisions."""
    templates = Path(flask_migrate.__file__).parent / "templates" / "flask"
    copy(templates / "env.py", folder.path)
    copy(templates / "alembic.ini.mako", folder.path / "alembic.ini")
    folder.write(**table("a"), **table("b", "a"))
    monkeypatch.delenv("FLASK_APP", raising=False)
    _application.cache_clear()
    yield folder
    for name in ("app", "wsgi", "shop_factory"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["app.py", "wsgi.py"])
def test_the_application_is_found_where_flask_looks(project: Folder, name: str) -> None:
    project.write(**{f"../{name}": APP})
    assert project.walk() == [[], [], []]


def test_the_environment_names_it(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(**{"../shop_factory.py": APP, "../app.py": "1 / 0", "../.flaskenv": "FLASK_APP=nowhere\n"})
    monkeypatch.setenv("FLASK_APP", "shop_factory:create_app('shop')")
    assert project.walk() == [[], [], []]


def test_flaskenv_names_it(project: Folder) -> None:
    project.write(**{"../shop_factory.py": APP, "../.flaskenv": "FLASK_APP=shop_factory.py\n"})
    assert project.walk() == [[], [], []]


def test_none_is_found(project: Folder) -> None:
    said = project.failure()
    assert "cannot be loaded: NoAppException: Could not locate a Flask application" in said
    assert "hint: set FLASK_APP as for `flask db upgrade`" in said


def test_one_that_cannot_be_loaded(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(**{"../app.py": "raise RuntimeError('no postgresql://me:s3cret@host/shop, no SHOP_SECRET of v3ry')"})
    monkeypatch.setenv("SHOP_SECRET", "v3ry")
    said = project.failure()
    assert "cannot be loaded: " in said
    assert "s3cret" not in said
    assert "v3ry" not in said
