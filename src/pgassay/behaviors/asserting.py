"""What entries of behavior.toml say, said in a test: the same keys, the same messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pgassay.behaviors.access.trial import try_access
from pgassay.behaviors.entries import AnyEntry, try_on
from pgassay.contract.behavior import parse_access, parse_constraint, parse_function, parse_trigger
from pgassay.contract.toml import Table
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase


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
    _assert(db, parse_trigger, keys)


def assert_constraint(db: ScratchDatabase, /, **keys: Any) -> None:
    """Assert what a `[[constraint]]` says: `assert_constraint(db, table="t", constraint="c", rejects="INSERT ...")`.

    Args:
        db: A private scratch database; what is `given` is committed there.
        **keys: Those of `[[constraint]]`; `name` may be left out.

    Raises:
        AssertionError: It does not hold; the message is the check's.
        ContractError: The keys mean nothing, or what they say can never be tried.
    """
    _assert(db, parse_constraint, keys)


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
    _assert(db, parse_function, keys)


def assert_access(db: ScratchDatabase, /, **keys: Any) -> None:
    """Assert what an `[[access]]` says: `assert_access(db, on="orders", role="app", sees="tenant = 1")`.

    Args:
        db: A private scratch database; what is `given` is committed there, by a superuser.
        **keys: Those of `[[access]]`, with `role` for `as`; `name` may be left out.

    Raises:
        AssertionError: It does not hold; the message is the check's.
        ContractError: The keys mean nothing, or what they say can never be tried.
    """
    said = {"as" if key == "role" else key: value for key, value in keys.items()}
    entry = parse_access(Table({"name": "asserted", **said}, ""))
    _judge(try_access(entry, lambda: db.server.connect(db.name), db.catalog()))


def _assert(db: ScratchDatabase, parse: Callable[[Table], AnyEntry], keys: Mapping[str, Any]) -> None:
    _judge(try_on(parse(Table({"name": "asserted", **keys}, "")), db, db.catalog()))


def _judge(findings: Sequence[Finding]) -> None:
    if failures := [finding for finding in findings if finding.outcome is Outcome.FAIL]:
        raise AssertionError("\n\n".join(map(_text, failures)))
    for finding in findings:
        raise BlindError(f"{finding.object}, {finding.rule}: {finding.found}", hint=finding.mend)


def _text(finding: Finding) -> str:
    lines = (f"expected: {finding.expected}", f"found: {finding.found}", f"mend: {finding.mend}")
    return "\n  ".join((f"{finding.object}: {finding.rule}", *lines))
