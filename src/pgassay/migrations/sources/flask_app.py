"""The application whose context Flask-Migrate's env.py runs in, found as Flask's own command finds it.

Source: github.com/pallets/flask, src/flask/cli.py (ScriptInfo, locate_app); github.com/miguelgrinberg/Flask-Migrate.
"""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from pgassay.errors import MigrationError
from pgassay.migrations.foreign import said_by

_ASKS = re.compile(r"^\s*from\s+flask\s+import\b.*\bcurrent_app\b|\bflask\.current_app\b", re.MULTILINE)


def context_of(env: Path, root: Path) -> AbstractContextManager[object]:
    """Return the context of the application, where env.py asks for it; else one that does nothing.

    Args:
        env: The env.py.
        root: The folder in which Flask's command would be run; the current one.

    Raises:
        MigrationError: There is no application, or it cannot be loaded.
    """
    if not _ASKS.search(env.read_text(encoding="utf-8")):
        return nullcontext()
    context: AbstractContextManager[object] = _application(root).app_context()
    return context


@lru_cache(maxsize=1)  # a factory would make another application for each revision
def _application(root: Path) -> Any:
    named = os.environ.get("FLASK_APP") or dotenv_values(root / ".flaskenv").get("FLASK_APP")
    try:
        from flask.cli import ScriptInfo

        return ScriptInfo(app_import_path=named).load_app()
    except Exception as error:  # whatever the application raises
        raise MigrationError(
            f'the application that env.py of "{root}" runs in cannot be loaded: {said_by(error)}',
            hint="set FLASK_APP as for `flask db upgrade`, in the environment or in .flaskenv, and what it asks for; "
            "without it, wsgi.py or app.py is taken",
        ) from None  # its own text may show what ours hides
