"""The list of checks: complete, with unique names, each with its face."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pgassay.catalog.serialize import RECORD_TYPES
from pgassay.findings import Outcome, Report
from pgassay.suite import every, indexes
from pgassay.suite.check import Check, check
from pgassay.suite.every import every_check

checks = import_module("pgassay.checks")
FACES = Path(checks.__file__ or "").parent
PUBLIC = {
    "test_acceptances",
    "test_access_behavior",
    "test_access_leaks",
    "test_access_matrix",
    "test_access_of_target",
    "test_baselines",
    "test_cluster",
    "test_collations",
    "test_columns",
    "test_constraint_behavior",
    "test_constraints",
    "test_constraints_at_work",
    "test_database_and_schemas",
    "test_default_privileges",
    "test_effective_privileges",
    "test_everything_was_read",
    "test_extensions",
    "test_extensions_at_work",
    "test_foreign_data",
    "test_function_behavior",
    "test_foreign_key_indexes",
    "test_functions",
    "test_index_definitions",
    "test_init_runs_twice",
    "test_languages",
    "test_large_objects",
    "test_ledger",
    "test_merge_order",
    "test_migrations_lead_to_contract",
    "test_operators",
    "test_owners",
    "test_plans",
    "test_policies",
    "test_privileges",
    "test_publications",
    "test_roles",
    "test_round_trip",
    "test_rows_kept",
    "test_rules",
    "test_security_labels",
    "test_sequences",
    "test_statistics",
    "test_survival",
    "test_tables",
    "test_text_search",
    "test_trigger_behavior",
    "test_trigger_definitions",
    "test_two_runners",
    "test_types",
    "test_views",
    "test_way_down",
}
"""What users deselect and accept by: a name that goes is a change for them."""


def test_each_check_has_a_face_and_the_names_are_frozen() -> None:
    assert set(checks.__all__) == PUBLIC
    assert {f"test_{name}" for name in every_check()} == PUBLIC


def test_the_faces_are_functions_only_and_unique() -> None:
    """No fixture, no mark of a module, no name twice: `import *` would shadow it silently."""
    names: list[str] = []
    for path in FACES.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            assert isinstance(node, ast.FunctionDef | ast.ImportFrom | ast.Expr), path
            if isinstance(node, ast.FunctionDef):
                assert not node.decorator_list
                assert ast.get_docstring(node)
                names.append(node.name)
    assert sorted(names) == sorted(PUBLIC)
    assert not list(FACES.glob("conftest.py"))


def test_every_kind_is_reported_by_a_check() -> None:
    """Read from the sources: what `structure_of` and `everything_of` are called with."""
    reported: set[str] = set()
    for module in every.MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"structure_of", "everything_of"}:
                reported |= {eval(ast.unparse(argument), vars(module)) for argument in node.args[1:]}
    assert reported == set(RECORD_TYPES)


def test_two_checks_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    @check()
    def twice(_: Any) -> Report:
        return Report(title="")

    twice.look.__module__ = indexes.__name__
    monkeypatch.setattr(indexes, "one", twice, raising=False)
    monkeypatch.setattr(indexes, "other", twice, raising=False)
    with pytest.raises(ValueError, match='two checks are called "twice"'):
        every_check()


def test_a_check_is_timed_and_named() -> None:
    @check()
    def quick(_: Any) -> Report:
        return Report(title="", looked_at=1)

    assert isinstance(quick, Check)
    nothing: Any = None
    report = quick(nothing)
    assert (report.title, report.outcome) == ("quick", Outcome.PASS)
    assert report.seconds > 0
