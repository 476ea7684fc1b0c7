"""`assay_async_db` with every plugin that runs async tests, warnings being errors."""

from __future__ import annotations

import pytest

from tests.project import Project, Run

pytestmark = pytest.mark.thorough

BODY = """
    await assay_async_db.none("INSERT INTO s.users VALUES (1)")
    async with assay_async_db.tx() as tx:
        await tx.none("INSERT INTO s.users VALUES (2)")
    assert await assay_async_db.values("SELECT id FROM s.users ORDER BY id") == [1, 2]
    assert await assay_async_db.as_role("postgres").value("SELECT current_user") == "postgres"
    assert await asyncio.gather(*(assay_async_db.value("SELECT 1") for _ in range(30))) == [1] * 30
    assert assay_async_db.catalog().table("users").name == "users"
"""
LENT = """
    held = assay_async_db.connection()
    await held.__aenter__()  # and the test ends
"""
HEAD = "import asyncio, pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"


def awaiting(name: str, mark: str, more: str = "") -> str:
    return f"{mark}\nasync def test_{name}(assay_async_db):{BODY}{more}\n"


STRICT = [
    awaiting("one", "@pytest.mark.asyncio"),
    awaiting("two", "@pytest.mark.asyncio"),
    awaiting("session", "@pytest.mark.asyncio(loop_scope='session')"),
    awaiting("lent", "@pytest.mark.asyncio", LENT),
]
AUTO = [awaiting("one", ""), awaiting("two", "", LENT)]
ANYIO = [
    awaiting("one", "@pytest.mark.anyio"),
    awaiting("two", "@pytest.mark.anyio", LENT),
    awaiting("three", "@pytest.mark.anyio").replace("(assay_async_db):", "(anyio_backend, assay_async_db):"),
    f"async def use(assay_async_db):{BODY}\ndef test_run(assay_async_db):\n    asyncio.run(use(assay_async_db))\n",
]
SCOPE = ["-o", "asyncio_default_fixture_loop_scope=function"]


@pytest.mark.parametrize(
    ("tests", "options"),
    [
        pytest.param(STRICT, ["-pasyncio", *SCOPE], id="pytest-asyncio, strict"),
        pytest.param(
            AUTO, ["-pasyncio", "--asyncio-mode=auto", *SCOPE], id="pytest-asyncio, auto", marks=pytest.mark.nightly
        ),
        pytest.param(ANYIO, ["-panyio"], id="anyio"),
    ],
)
@pytest.mark.slow
def test_it_works_with(project: Project, run_pytest: Run, tests: list[str], options: list[str]) -> None:
    project.write("tests/test_own.py", HEAD + "\n".join(tests))
    result = run_pytest("-W", "error", *options, "tests/test_own.py")
    result.assert_outcomes(passed=len(tests))
    said = result.stdout.str() + result.stderr.str()
    assert "never awaited" not in said
    assert "was destroyed" not in said


def test_where_no_loop_of_asyncio_runs_it_says_so(project: Project, run_pytest: Run) -> None:
    project.write(
        "tests/test_own.py", "def test_it(assay_async_db):\n    assay_async_db.value('SELECT 1').send(None)\n"
    )
    result = run_pytest("tests/test_own.py")
    result.stdout.fnmatch_lines(["*UsageError: an AsyncDatabase is used where no event loop of asyncio runs"])
