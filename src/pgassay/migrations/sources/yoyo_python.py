"""yoyo's migrations in Python, as far as they are nothing but SQL: read without running them, and without yoyo.

`step("CREATE ...", "DROP ...")` with literal texts, alone, in a list or in a `group`, and the `__depends__` and
`__transactional__` of the file. Whatever else stands in a file would have to be run by yoyo, and is an error.

Source: yoyo-migrations 9.0, yoyo/migrations.py (StepCollector, Migration.load).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pgassay.errors import MigrationError
from pgassay.migrations.model import Piece
from pgassay.migrations.text import read_text
from pgassay.migrations.tokens import Place

IMPORT = re.compile(r"^from[ \t]+yoyo[ \t]+import\b", re.MULTILINE)
_GROUPS = frozenset({"group", "transaction"})
_NAMES = _GROUPS | {"step"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One migration as it is written.

    Attributes:
        path: Its file.
        text: What is in it.
        down_text: What undoes it: of SQL the other file, of Python the same.
        undo: The file of that, where it is another one.
        depends: The ids of those that must come before.
        transactional: Whether it runs in one transaction.
        ups: The queries of the way up, in order.
        downs: Those of the way down, in order.
    """

    path: Path
    text: str
    down_text: str = ""
    undo: Path | None = None
    depends: frozenset[str] = field(default=frozenset())
    transactional: bool = True
    ups: tuple[Piece, ...] = ()
    downs: tuple[Piece, ...] = ()


def read_python(path: Path) -> Source:
    """Read a file of steps.

    Raises:
        MigrationError: It is no Python, or more than literal SQL.
    """
    text = read_text(path)
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise MigrationError(f'"{path}", line {error.lineno or 1}: no Python: {error.msg}') from error
    source = Source(path=path, text=text)
    for node in body:
        source = _with(source, node)
    downs = tuple(reversed(source.downs))
    return replace(source, downs=downs, down_text="\n".join(piece.sql for piece in downs))


def _with(source: Source, node: ast.stmt) -> Source:
    """Return the source with what one statement of the file says."""
    match node:
        case ast.ImportFrom(module="yoyo", names=names) if {(n.name, n.asname) for n in names} <= _PLAIN:
            return source
        case ast.ImportFrom(module="__future__") | ast.Expr(value=ast.Constant()):
            return source
        case ast.Assign(targets=[ast.Name(id="__depends__")], value=value):
            return replace(source, depends=_ids(source, value))
        case ast.Assign(targets=[ast.Name(id="__transactional__")], value=value):
            return replace(source, transactional=bool(_literal(source, value)))
        case ast.Assign(value=value) | ast.Expr(value=value):
            steps = list(_steps(source, value))
            ups = (piece for up, _ in steps for piece in up)
            downs = (piece for _, down in steps for piece in down)
            return replace(source, ups=(*source.ups, *ups), downs=(*source.downs, *downs))
    raise _more_than_sql(source, node)


_PLAIN = {(name, None) for name in _NAMES}


def _steps(source: Source, node: ast.expr) -> Iterator[tuple[tuple[Piece, ...], tuple[Piece, ...]]]:
    """Yield what the steps of an expression send up and down: of one step, a list of them, or a group."""
    match node:
        case ast.List(elts=inner) | ast.Tuple(elts=inner):
            pass
        case ast.Call(func=ast.Name(id=name), args=inner, keywords=[]) if name in _GROUPS:
            pass
        case ast.Call(func=ast.Name(id="step"), args=args, keywords=keywords) if len(args) <= len(_ARGUMENTS):
            given = dict(zip(_ARGUMENTS, args, strict=False)) | {k.arg or "": k.value for k in keywords}
            if given.keys() <= set(_ARGUMENTS):
                yield _query(source, given.get("apply")), _query(source, given.get("rollback"))
                return
            raise _more_than_sql(source, node)
        case _:
            raise _more_than_sql(source, node)
    for element in inner:
        yield from _steps(source, element)


_ARGUMENTS = ("apply", "rollback")


def _query(source: Source, node: ast.expr | None) -> tuple[Piece, ...]:
    """Return what one half of a step sends, whole: yoyo does not cut it."""
    match node:
        case None | ast.Constant(value=None | ""):
            return ()
        case ast.Constant(value=str(sql)):
            return (Piece(sql, node.lineno),)
    raise _more_than_sql(source, node)


def _ids(source: Source, node: ast.expr) -> frozenset[str]:
    said = _literal(source, node)
    ids = [said] if isinstance(said, str) else said
    if not isinstance(ids, Collection) or not all(isinstance(one, str) for one in ids):
        raise _more_than_sql(source, node)
    return frozenset(ids)


def _literal(source: Source, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise _more_than_sql(source, node) from None


def _more_than_sql(source: Source, node: ast.stmt | ast.expr) -> MigrationError:
    return Place(source.path, node.lineno).error(
        "Python that is more than a step of SQL, which is not run here",
        text="",
        at=0,
        hint='write it as step("...", "...") with literal texts, or as a file of SQL',
    )
