"""A project that has pgassay installed and does not use it must not notice."""

import pytest

HEAVY = {
    *("psycopg", "psycopg_pool", "click", "rich", "filelock", "platformdirs", "sqlparse"),
    *("dotenv", "starlette", "docker", "testcontainers"),
}
# What of ours may be loaded: the plugin, and what it is made of without any SQL.
LIGHT = ("pgassay.plugin", "pgassay.errors", "pgassay.conninfo", "pgassay.findings", "pgassay.settings")


def test_collecting_another_projects_tests_loads_no_driver_and_no_sql(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What other distributions' plugins load is not ours: platformdirs has one, which loads itself.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("def test_theirs(): pass")
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure():
            print("MODULES", *sorted(sys.modules))
        """
    )
    result = pytester.runpytest_subprocess("--collect-only", "-s", "-p", "pgassay")
    (line,) = [line for line in result.stdout.lines if line.startswith("MODULES")]
    modules = line.split()[1:]
    assert "pgassay.plugin.options" in modules
    assert not {name.partition(".")[0] for name in modules} & HEAVY
    ours = [name for name in modules if name.startswith("pgassay.")]
    assert [name for name in ours if not name.startswith(LIGHT)] == []


def test_pytest_rewrites_the_shipped_checks_and_nothing_else_of_ours(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every module of a distribution that brings a plugin would be, at a millisecond each."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # found otherwise, an editable install would hide it
    pytester.makepyfile(
        """
        import sys

        def test_theirs():
            import pgassay.checks, pgassay.sandbox.sandbox

            ours = [module for name, module in sys.modules.items() if name.partition(".")[0] == "pgassay"]
            found = {module.__name__ for module in ours if "rewrite" in type(module.__loader__).__module__}
            assert "pgassay.checks.test_tables" in found
            assert {name for name in found if not name.startswith("pgassay.checks")} <= {"pgassay", "pgassay.plugin"}
        """
    )
    result = pytester.runpytest_subprocess("-p", "pgassay")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("module", ["pgassay.settings", "pgassay.conninfo", "pgassay.findings", "pgassay.plugin"])
def test_the_light_modules_are_light_alone(pytester: pytest.Pytester, module: str) -> None:
    result = pytester.runpython_c(f"import sys, {module}; print(*(sys.modules.keys() & {HEAVY!r}), end='')")
    assert (result.ret, result.stdout.str()) == (0, "")


def test_the_runtime_imports_the_driver_and_nothing_heavier(pytester: pytest.Pytester) -> None:
    result = pytester.runpython_c(
        "import sys, psycopg, psycopg_pool; before = set(sys.modules); import pgassay.runtime\n"
        "loaded = {name.partition('.')[0] for name in sys.modules.keys() - before}\n"
        "print(*sorted(loaded - sys.stdlib_module_names))\n"
        "ours = [name for name in sys.modules if name.startswith('pgassay.')]\n"
        "print(*(m for m in ours if not m.startswith(('pgassay.runtime', 'pgassay.errors', 'pgassay.conninfo'))))"
    )
    assert (result.ret, result.stdout.str()) == (0, "pgassay\n")
