from collections.abc import Callable

import pytest

from pgassay.plugin.options import random_seed

pytestmark = pytest.mark.thorough

URL = "postgresql://me:s3cret@host/db"
TARGET = """
    from pgassay.plugin.options import db_url_is_foreign, settings_of

    def test_target(request):
        # As text: to take it apart would load the driver, anew in each of these runs.
        target = settings_of(request.config).db_url
        print("target", target and target.text, "foreign", db_url_is_foreign(request.config))
        print("theirs", request.config.getoption("db_url", "none"))
"""
THEIRS = """
    def pytest_addoption(parser):
        parser.addoption("--db-url", default="sqlite://", help="the project's own")
"""
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in an empty project with one test, in this process."""
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(test_it=TARGET)
    # Our own options only: the other parts of the plugin would look for the target.
    parts = ("run", "context", "fixtures", "collect", "outcome", "target", "summary")
    without = [f"-pno:pgassay.plugin.{part}" for part in parts]
    # hypothesis would be imported by its plugin, anew in each of these runs.
    return lambda *args: pytester.runpytest_inprocess("-s", "-pno:hypothesispytest", "-pno:asyncio", *without, *args)


@pytest.mark.parametrize("args", [[f"--db-url={URL}"], ["--db-url", URL], ["--assay-db-url", URL]])
def test_both_names_lead_to_the_target(run: Run, args: list[str]) -> None:
    result = run(*args)
    result.stdout.fnmatch_lines([f"*target {URL} foreign False"])
    assert result.ret == 0


WORDS = "host=h user=me password='s3cret word' dbname=db"


@pytest.mark.parametrize("args", [[f"--db-url={WORDS}"], ["--db-url", WORDS], [f"--assay-db-url={WORDS}"]])
def test_a_value_may_hold_spaces(run: Run, args: list[str]) -> None:
    result = run(*args)
    result.stdout.fnmatch_lines([f"*target {WORDS} foreign False"])
    assert result.ret == 0


def test_the_project_keeps_a_name_that_it_has_taken(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(THEIRS)
    run().stdout.fnmatch_lines(["*target None foreign False", "theirs sqlite://"])
    run("--db-url=mysql://x").stdout.fnmatch_lines(["*target None foreign True", "theirs mysql://x"])
    result = run(f"--assay-db-url={URL}", "--db-url", "mysql://x")
    result.stdout.fnmatch_lines([f"*target {URL} foreign True", "theirs mysql://x"])


def test_so_does_another_plugin(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(their_plugin=THEIRS)
    pytester.syspathinsert()
    run("-p", "their_plugin", "--db-url=mysql://x").stdout.fnmatch_lines(
        ["*target None foreign True", "theirs mysql://x"]
    )


def test_so_does_a_conftest_that_is_read_during_collection(run: Run, pytester: pytest.Pytester) -> None:
    deep = pytester.mkpydir("deep") / "deeper"
    deep.mkdir()
    (deep / "conftest.py").write_text(
        'def pytest_addoption(parser):\n    parser.addoption("--db-url", default="sqlite://")\n', encoding="utf-8"
    )
    (deep / "test_deep.py").write_text("def test_deep(): pass\n", encoding="utf-8")
    assert run().ret == 0


@pytest.mark.parametrize("taken", [False, True], ids=["free", "taken"])
def test_help_shows_the_short_name_once(run: Run, pytester: pytest.Pytester, taken: bool) -> None:
    if taken:
        pytester.makeconftest(THEIRS)
    result = run("--help")
    lines = [line.strip() for line in result.stdout.lines]
    assert sum(line.startswith("--db-url=") for line in lines) == 1
    assert sum(line.startswith("--assay-db-url=") for line in lines) == 1
    assert any("the project's own" in line for line in lines) == taken
    assert result.ret == 0


@pytest.mark.slow
@pytest.mark.parametrize("taken", [False, True], ids=["free", "taken"])
def test_both_under_xdist(pytester: pytest.Pytester, run: Run, taken: bool) -> None:
    pytester.makepyfile(
        test_it="""
        import os
        from pgassay.plugin.options import settings_of
        def test_target(request):
            assert os.environ["PYTEST_XDIST_WORKER"]
            assert settings_of(request.config).db_url.text.endswith("me:s3cret@host/db")
        """
    )
    if taken:
        pytester.makeconftest(THEIRS)
    option = "--assay-db-url" if taken else "--db-url"
    result = pytester.runpytest_subprocess(
        "-n1", "-pno:hypothesispytest", "-pno:asyncio", "-pno:pgassay.plugin.target", f"{option}={URL}"
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            [f"--db-url={URL}", f"--assay-db-url={URL}"],
            "ERROR: option --db-url is given 2 times, *",
        ),
        (["--db-url="], "ERROR: option --db-url is empty"),
        (["--db-url=mysql://me:s3cret@host"], "ERROR: option --db-url is not a PostgreSQL URL"),
        (["--assay-pg=9"], "ERROR: option --assay-pg is 9, which is not supported"),
        (["--assay-server=podman"], 'ERROR: option --assay-server is "podman"'),
        (["--assay-server=me:s3cret@host"], "ERROR: option --assay-server is not one of the choices"),
        (["-o", "assay_pg=abc"], "ERROR: *abc*"),
        (["-o", "assay_keep_server=maybe"], "ERROR: *maybe*"),
        (["-o", "assay_lock_timeout=soon"], "ERROR: *soon*"),
        (["-o", "assay_lock_timeout=-1"], 'ERROR: * assay_lock_timeout is "-1*"'),
        (["--assay-keep=-1"], 'ERROR: option --assay-keep is "-1", which is not a number of 0 or more'),
        (["--assay-keep=one"], 'ERROR: option --assay-keep is "one", which is not a number of 0 or more'),
        (["-o", "assay_keep=-1"], 'ERROR: * assay_keep is "-1", which is not a number of 0 or more'),
        (["-o", "assay_keep=one"], "ERROR: *one*"),
        (["-o", "assay_blind=maybe"], 'ERROR: * assay_blind is "maybe"'),
    ],
)
def test_a_wrong_value_is_wrong_use(run: Run, args: list[str], message: str) -> None:
    result = run(*args)
    result.stderr.fnmatch_lines([message])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "s3cret" not in result.stderr.str() + result.stdout.str()


def test_addopts_and_command_line_add_up_and_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", f"--db-url={URL}")
    assert run(f"--db-url={URL}").ret == pytest.ExitCode.USAGE_ERROR
    run().stdout.fnmatch_lines([f"*target {URL} *"])


def test_no_traceback_shows_a_password(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        test_it="""
        from pgassay.plugin.options import settings_of
        def test_fails(request):
            options, settings = request.config.option, settings_of(request.config)
            assert request.config.getoption("assay_db_url") == request.config.getoption("assay_server") == settings
        """
    )
    result = run("-l", "--showlocals", "--full-trace", f"--db-url={URL}", f"--assay-server={URL}")
    result.assert_outcomes(failed=1)
    assert "s3cret" not in result.stdout.str()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nassay_pg = 15\nassay_keep_server = false\nassay_preload = a b\nassay_migrations =\n"),
        (
            "pytest.toml",
            '[pytest]\nassay_pg = 15\nassay_keep_server = false\nassay_preload = ["a", "b"]\nassay_migrations = ""\n',
        ),
    ],
)
def test_ini_values_have_types(pytester: pytest.Pytester, run: Run, name: str, text: str) -> None:
    (pytester.path / name).write_text(text, encoding="utf-8")
    pytester.makepyfile(
        test_it=f"""
        from pgassay.plugin.options import settings_of
        def test_settings(request):
            s = settings_of(request.config)
            assert (s.pg, s.keep_server, s.preload, s.migrations) == (15, False, ("a", "b"), None)
            assert s.origins["pg"] == "{name} assay_pg"
        """
    )
    run().assert_outcomes(passed=1)


def test_a_project_that_does_not_use_it_is_left_alone(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGASSAY_OFFLINE", "1")  # says nothing about this project
    (pytester.path / "pgassay.toml").write_text("nonsense = 1", encoding="utf-8")
    pytester.makepyfile(test_it="def test_theirs(): pass")
    run().assert_outcomes(passed=1)
    assert run("--assay-pg=15").ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("args", "keep", "origin"),
    [
        ([], 0, "default"),
        (["--pdb"], 1, "option --pdb"),
        (["--pdb", "--assay-keep=0"], 0, "option --assay-keep"),
        (["--pdb", "-o", "assay_keep=3"], 3, "ini assay_keep"),
    ],
)
def test_the_debugger_keeps_what_it_looks_at(
    pytester: pytest.Pytester, run: Run, args: list[str], keep: int, origin: str
) -> None:
    pytester.makepyfile(
        test_it=f"""
        from pgassay.plugin.options import settings_of
        def test_settings(request):
            settings = settings_of(request.config)
            assert (settings.keep, settings.origins["keep"]) == ({keep}, "{origin}")
        """
    )
    run(*args).assert_outcomes(passed=1)


def test_the_seed_is_that_of_pytest_randomly(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert random_seed(pytestconfig) == 0
    monkeypatch.setattr(pytestconfig.option, "randomly_seed", 1234, raising=False)
    assert random_seed(pytestconfig) == 1234
    monkeypatch.setattr(pytestconfig.option, "randomly_seed", "default", raising=False)
    assert random_seed(pytestconfig) == 0
