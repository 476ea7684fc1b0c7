"""Only `pgassay.target` opens the target: read from the sources, so that no later change slips by.

Two halves: the places that open any connection at all are listed here, each with what it opens; and wherever the
target's connection string is read from the settings, it goes to `Target`, or is only compared or shown.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pgassay

SOURCES = Path(pgassay.__file__).parent

DOORS = {
    "target/target.py": "the target",
    "runtime/_async/lender.py": "what an application names",
    "runtime/_sync/lender.py": "what an application, a sandbox or the target's own SubjectDatabase names",
    "servers/server.py": "a scratch server",
    "servers/mark.py": "a server that is to be scratch, and the target's, asked only when it was started: to refuse it",
    "sandbox/database.py": "a scratch database",
    "behaviors/sessions/stage.py": "a scratch database, as often as a test has sessions",
    "migrations/health.py": "what an application names, to read its ledger",
    "migrations/connectors.py": "what `migrate --database` names, or a scratch database",
}
# Who may be handed the target's connection string.
RECEIVERS = {
    "Target": "opens it, to read",
    "require_scratch": "refuses the target's server as a scratch server",
    "mark_scratch": "refuses to mark the target's server",
    "never_use": "refuses the target's server for the whole process",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCES.rglob("*.py")):
        yield path.relative_to(SOURCES).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def opens_a_connection(node: ast.AST) -> bool:
    """`psycopg.connect`, `SomeConnection.connect`, `self._connection_class.connect`, a pool."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    receiver, _, method = called.rpartition(".")
    by_class = receiver == "psycopg" or receiver.lower().endswith(("connection", "connection_class"))
    return (method == "connect" and by_class) or called.endswith("ConnectionPool")


def test_connections_are_opened_in_the_listed_places_only() -> None:
    found = {name for name, tree in modules() if any(map(opens_a_connection, ast.walk(tree)))}
    assert found == set(DOORS)


def misuses(tree: ast.Module) -> Iterator[int]:
    """Yield the lines in which `db_url` or `db_urls` is read and neither compared, nor shown, nor handed on."""
    fine: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            fine.add(node.left)
        if isinstance(node, ast.Attribute) and node.attr == "redacted":
            fine.add(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RECEIVERS:
            fine.update(node.args)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"db_url", "db_urls"} and node not in fine:
            yield node.lineno


def test_the_targets_connection_string_goes_to_target_only() -> None:
    found = {name: lines for name, tree in modules() if (lines := list(misuses(tree)))}
    assert found.keys() == {"settings/record.py"}  # where `db_urls` is made of `db_url`


def test_the_test_sees_what_it_looks_for() -> None:
    assert list(misuses(ast.parse("psycopg.connect(settings.db_url.dsn)"))) == [1]
    assert list(misuses(ast.parse("Target(settings.db_url)"))) == []
    assert any(map(opens_a_connection, ast.walk(ast.parse("PinnedConnection.connect(x)"))))
