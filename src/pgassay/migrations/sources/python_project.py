"""What the formats share whose migrations are Python: their project is imported, and works in its own folder."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from importlib.util import find_spec
from pathlib import Path
from traceback import extract_tb

from pgassay.errors import MigrationError, PgassayError
from pgassay.migrations.foreign import said_by


def require(module: str, *, tool: str, folder: Path) -> None:
    """See that a tool is installed, before anything of it is imported.

    Raises:
        MigrationError: It is not.
    """
    if find_spec(module) is None:
        raise MigrationError(
            f'the migrations of "{folder}" are {tool}\'s, and the package "{module}" is not installed',
            hint=f'install it where pytest runs: pip install "pgassay[{module}]"',
        )


@contextmanager
def at_home(root: Path, *paths: str) -> Iterator[None]:
    """Work in a project's folder and import from these paths meanwhile, as the tool's own command does."""
    kept = sys.path[:]
    try:
        with chdir(root):
            sys.path[:0] = paths
            yield
    finally:
        sys.path[:] = kept


@contextmanager
def loading(folder: Path, tool: str) -> Iterator[None]:
    """Turn whatever a project raises while it is imported into one error that says where; its warnings are its own.

    Raises:
        MigrationError: It raised something.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PgassayError:
        raise
    except Exception as error:
        raise MigrationError(
            f"{_where(error, folder)}: {tool} cannot load the migrations: {said_by(error)}",
            hint=f"look whether {tool} itself can, from here and with these variables of the environment",
        ) from None  # its own text may show what ours hides


def _where(error: Exception, folder: Path) -> str:
    """Return the file of the project, and the line, that the error came through last; else the folder."""
    if isinstance(error, SyntaxError) and error.filename:
        return f'"{error.filename}", line {error.lineno}'
    frames = [f for f in extract_tb(error.__traceback__) if Path(f.filename).resolve().is_relative_to(folder.resolve())]
    return f'"{frames[-1].filename}", line {frames[-1].lineno}' if frames else f'"{folder}"'


def does_nothing(text: str, function: str) -> bool:
    """Tell whether a function of a module has no statement but `pass`, `return` and its docstring."""
    body = _body(text, function)
    return body is not None and all(map(_is_idle, body))


def only_raises(text: str, function: str) -> str | None:
    """Return the statement by which a function says that it cannot be run; None: it does something else."""
    body = [statement for statement in _body(text, function) or () if not _is_idle(statement)]
    return ast.unparse(body[0]) if body and isinstance(body[0], ast.Raise) else None


def _body(text: str, function: str) -> list[ast.stmt] | None:
    """Return the statements of a function; None where the module does not define it by `def`."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == function]
    return found[-1].body if found else None


def _is_idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return):
        return statement.value is None
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


@contextmanager
def replaced(owner: object, **replacements: Callable[..., object]) -> Iterator[None]:
    """Let other functions stand in a class or module for as long as the block lasts."""
    kept = {name: getattr(owner, name) for name in replacements}
    try:
        for name, function in replacements.items():
            setattr(owner, name, function)
        yield
    finally:
        for name, function in kept.items():
            setattr(owner, name, function)
