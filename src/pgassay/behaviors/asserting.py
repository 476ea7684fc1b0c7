"""What `[[trigger]]`, `[[constraint]]` and `[[function]]` say, said in a test: the same keys, the same messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import Entry, parse_constraint, parse_function, parse_trigger
from pgassay.contract.toml import Table
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase

E = TypeVar("E", bound=Entry)
Experiment = Callable[[E, "ScratchDatabase", Catalog], tuple[Finding, ...]]


def assert_trigger(db: ScratchDatabase, /, **keys: Any) -> None:
    """Assert what a `[[trigger]]` says: `assert_trigger(db, table="users", change="UPDATE ...", touches="updated_at")`.

    Args:
        db: A private scratch database, such as `assay_db`; what is `given` and `change` are committed there.
        **keys: Those of `[[trigger]]`; `name` may be left out.

    Raises:
        AssertionError: It does not hold; the message is the check's.
        BlindError: It could not be told.
        ContractError: The keys mean nothing, or what they say can never be tried.
    """
    from pgassay.behaviors.triggers import try_trigger

    def experiment(entry: Any, db: ScratchDatabase, catalog: Catalog) -> tuple[Finding, ...]:
        return try_trigger(entry, db.connect, catalog, superuser=lambda: db.server.connect(db.name))

    _assert(db, keys, parse_trigger, experiment)


def assert_constraint(db: ScratchDatabase, /, **keys: Any) -> None:
    """Assert what a `[[constraint]]` says: `assert_constraint(db, table="t", constraint="c", rejects="INSERT ...")`.

    Args:
        db: A private scratch database; what is `given` is committed there.
        **keys: Those of `[[constraint]]`; `name` may be left out.

    Raises:
        AssertionError: It does not hold; the message is the check's.
        ContractError: The keys mean nothing, or what they say can never be tried.
    """
    from pgassay.behaviors.constraints import try_constraint

    _assert(db, keys, parse_constraint, lambda entry, db, catalog: try_constraint(entry, db.connect, catalog))


def assert_function(db: ScratchDatabase, /, **keys: Any) -> None:
    """Assert what a `[[function]]` says: `assert_function(db, function="slugify", arguments=["A b"], gives="a-b")`.

    Args:
        db: A private scratch database; what is `given` is committed there.
        **keys: Those of `[[function]]`; `name` may be left out.

    Raises:
        AssertionError: It does not hold; the message is the check's.
        BlindError: It could not be told.
        ContractError: The keys mean nothing, or what they say can never be tried.
    """
    from pgassay.behaviors.functions import try_function

    _assert(db, keys, parse_function, lambda entry, db, catalog: try_function(entry, db.connect, catalog))


def _assert(
    db: ScratchDatabase, keys: Mapping[str, Any], parse: Callable[[Table], E], experiment: Experiment[E]
) -> None:
    entry = parse(Table({"name": "asserted", **keys}, ""))
    findings = experiment(entry, db, db.catalog())
    if failures := [finding for finding in findings if finding.outcome is Outcome.FAIL]:
        raise AssertionError("\n\n".join(map(_text, failures)))
    for finding in findings:
        raise BlindError(f"{finding.object}, {finding.rule}: {finding.found}", hint=finding.mend)


def _text(finding: Finding) -> str:
    lines = (f"expected: {finding.expected}", f"found: {finding.found}", f"mend: {finding.mend}")
    return "\n  ".join((f"{finding.object}: {finding.rule}", *lines))
