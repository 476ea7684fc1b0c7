from __future__ import annotations

import sys

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.session import run_script
from pgassay.sandbox.recipe import Recipe

from .conftest import Folder

pytestmark = pytest.mark.thorough  # SQLAlchemy is imported

ENV = """
from logging.config import fileConfig

from alembic import context
from sqlalchemy import engine_from_config, pool

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name)
connectable = engine_from_config(
    context.config.get_section(context.config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with connectable.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def revision(name: str, *above: str, up: str = "pass", down: str = "pass", more: str = "") -> dict[str, str]:
    """A revision's file: its statements, each on a line of four blanks."""
    written = repr(above[0]) if len(above) == 1 else repr(above or None)
    text = f'"""About {name}."""\nfrom alembic import op\nimport sqlalchemy as sa\n\n'
    text += f"revision = {name!r}\ndown_revision = {written}\n{more}\n"
    text += f"def upgrade():\n    {up}\n\ndef downgrade():\n    {down}\n"
    return {f"versions/{name}_step.py": text}


def table(name: str, *above: str, more: str = "") -> dict[str, str]:
    """A revision that makes a table."""
    return revision(
        name, *above, up=f'op.execute("CREATE TABLE {name} (id int)")', down=f'op.drop_table("{name}")', more=more
    )


@pytest.fixture
def project(folder: Folder) -> Folder:
    """A folder as `alembic init` makes it, with one revision."""
    folder.write(**{"env.py": ENV}, **table("a"))
    return folder


def test_recognised(project: Folder) -> None:
    assert project.format == "alembic"


@pytest.mark.parametrize("files", [("1_a.up.sql", "1_a.down.sql"), ("env.py",), ("manage.py",), ("versions/a.py",)])
def test_not_taken(folder: Folder, files: tuple[str, ...]) -> None:
    folder.write(**dict.fromkeys(files, ""))
    assert folder.format != "alembic"


def test_loaded_in_the_order_of_the_graph(project: Folder) -> None:
    project.write(**table("c", "a"), **table("b", "a"), **revision("merged", "b", "c"), **table("other"))

    found = project.load()

    assert sorted(m.label for m in found) == ["a_step", "b_step", "c_step", "merged_step", "other_step"]
    by_key = {m.key: m for m in found}
    assert all(by_key[parent].version < m.version for m in found for parent in m.parents or ())
    assert by_key["merged"].parents == ("b", "c")
    assert (by_key["a"].name, by_key["a"].path.name) == ("About a.", "a_step.py")


def test_walked_through_branches(project: Folder) -> None:
    project.write(**table("b", "a"), **table("c", "a"), **revision("merged", "b", "c"), **table("d", "merged"))
    project.write(**table("other"))
    assert project.walk() == [[]] * 7


def test_what_is_no_way_down(project: Folder) -> None:
    table_made = 'op.execute("CREATE TABLE x ()")'
    project.write(**revision("b", "a", up=table_made))
    project.write(**revision("c", "b", up='op.execute("CREATE TABLE y ()")', down='raise NotImplementedError("lost")'))

    found = project.load()

    assert [(m.down is None, m.irreversible) for m in found] == [
        (False, None),
        (True, None),
        (True, "its downgrade says raise NotImplementedError('lost')"),
    ]
    assert project.walk() == [[], ["down-missing"], [], ["not-run"]]


def test_a_bad_down(project: Folder) -> None:
    project.write(
        **revision("b", "a", up='op.execute("CREATE TABLE x (); CREATE TABLE y ()")', down='op.drop_table("x")')
    )
    assert project.walk() == [[], ["down-leaves-a-trace"], ["not-run"]]


def test_an_autocommit_block(project: Folder) -> None:
    block = "with op.get_context().autocommit_block():\n        op."
    up = f'{block}create_index("i", "a", ["id"], postgresql_concurrently=True)'
    down = f'{block}drop_index("i", postgresql_concurrently=True)'
    project.write(**revision("b", "a", up=up, down=down), **table("c", "b"))
    assert [m.up.transaction for m in project.load()] == [True, False, True]
    assert project.walk() == [[], [], [], []]


def test_a_failure_names_file_line_and_statement(project: Folder) -> None:
    project.write(**revision("b", "a", up='op.execute("CREATE TABLE x ()")\n    op.execute("SELECT gone")'))
    with pytest.raises(ScriptError, match=r'b_step\.py", line 10: column "gone" does not exist') as caught:
        apply(project)
    assert (caught.value.line, caught.value.statement, caught.value.sqlstate) == (10, "SELECT gone", "42703")
    assert project.walk() == [[], ["up-fails"], ["not-run"]]


def test_a_failure_of_python(project: Folder) -> None:
    project.write(**revision("b", "a", up='raise ValueError("no luck")'))
    with pytest.raises(ScriptError, match=r'b_step\.py", line 9: ValueError: no luck'):
        apply(project)


ENGINES = {
    "one of its own": """
from sqlalchemy import create_engine
engine = create_engine("postgresql+psycopg://nobody:s3cret@127.0.0.1:1/nowhere?options=-csearch_path%3Down")
with engine.begin() as connection:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS own"))
with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    run(connection)
engine.raw_connection().close()
""",
    "an asynchronous one": """
import asyncio
from sqlalchemy.ext.asyncio import create_async_engine

async def main():
    engine = create_async_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

asyncio.run(main())
""",
    "a transaction for each": """
from sqlalchemy import create_engine
with create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere").connect() as connection:
    run(connection, transaction_per_migration=True, version_table="versions")
""",
}
RUN = """
from alembic import context
from sqlalchemy import text

def run(connection, **options):
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_engine_env_makes_leads_here(project: Folder, engine: str) -> None:
    project.write(**{"env.py": RUN + ENGINES[engine]}, **table("b", "a"))
    makes_a_schema = engine == "one of its own"
    assert project.walk() == ([["down-leaves-a-trace"], [], ["not-run"]] if makes_a_schema else [[]] * 3)


def test_alembic_ini_above(folder: Folder) -> None:
    """It says from where to import, and where the revisions are; logging stays as it is."""
    folder.write(
        **{
            "alembic.ini": "[alembic]\nscript_location = my app/db\nprepend_sys_path = lib\n"
            "version_locations = one two\n[loggers]\nkeys = gone\n",
            "lib/alembic_names.py": 'TABLE = "a"\n',
            "my app/db/env.py": ENV + "import alembic_names\n",
            "my app/db/versions/unseen.py": "raise ValueError",
        },
    )
    for name, above in (("a", ()), ("b", ("a",))):
        (text,) = table(name, *above).values()
        folder.write(**{f"{'one' if name == 'a' else 'two'}/{name}.py": text})
    path = sys.path[:]
    assert folder.format == "alembic"
    assert [m.label for m in folder.load()] == ["a", "b"]

    folder.path /= "my app/db"

    assert [m.label for m in folder.load("alembic")] == ["a", "b"]
    assert folder.walk("alembic") == [[]] * 3
    assert (sys.path, "loaded" in sys.modules) == (path, False)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"versions/a_step.py": ""}, r"a_step.py.*: Alembic cannot load the migrations: CommandError: .*revision"),
        ({"versions/a_step.py": "import ("}, r'a_step.py", line 1: Alembic cannot load the migrations: SyntaxError'),
        ({"versions/a_step.py": "\nimport gone"}, r"a_step.py\", line 2: .* No module named 'gone'"),
        (revision("b", "gone"), "Revision gone referenced from .* is not present"),
        ({"versions/twin.py": "revision = 'a'\ndown_revision = None"}, "Revision a is present more than once"),
        (revision("b", "c") | revision("c", "b"), "Alembic cannot load the migrations: .*Cycle is detected"),
        ({"versions/a_step.py": "revision = 'a'\ndown_revision = None"}, 'a_step.py" has no function upgrade'),
    ],
)
def test_refused(project: Folder, files: dict[str, str], error: str) -> None:
    project.write(**files)
    with pytest.raises(MigrationError, match=error):
        project.load()


def test_no_revision(folder: Folder) -> None:
    folder.write(**{"env.py": ENV, "versions/readme": ""})
    with pytest.raises(MigrationError, match="holds no migration of Alembic"):
        folder.load()


def test_env_that_runs_nothing(project: Folder) -> None:
    project.write(**{"env.py": ""})
    with pytest.raises(MigrationError, match=r'env\.py" runs no migration'):
        apply(project)


def test_env_that_fails(project: Folder) -> None:
    project.write(**{"env.py": "import gone"})
    with pytest.raises(ScriptError, match=r"""a_step\.py", in ".*/env\.py", line 1: ModuleNotFoundError: .*'gone'"""):
        apply(project)


def test_no_secret_is_told(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET_KEY", "s3cret")
    given = "{'APP_SECRET_KEY': 's3cret', 'DATABASE': 'postgresql://me:hidden@host/db'}"
    project.write(**{"env.py": f'raise ValueError("{given}")'})
    with pytest.raises(ScriptError) as caught:
        apply(project)
    assert "{'APP_SECRET_KEY': '***', 'DATABASE': 'postgresql://me:***@host/db'}" in str(caught.value)


def test_alembic_is_not_installed(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    with pytest.raises(MigrationError, match='the package "alembic" is not installed') as caught:
        project.load()
    assert caught.value.hint == 'install it where pytest runs: pip install "pgassay[alembic]"'


def test_status(project: Folder) -> None:
    """A row is a head, and what it rests on is applied."""
    project.write(**table("b", "a"), **table("c", "a"), **table("d", "c"), **table("other", more="depends_on = 'c'"))
    assert project.status("") is None

    found = project.status(
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
        "INSERT INTO alembic_version VALUES ('other'), ('gone')"
    )

    assert found is not None
    assert {e.name: e.state for e in found.entries} == {
        "a_step": "applied",
        "b_step": "pending",
        "c_step": "applied",
        "d_step": "pending",
        "other_step": "applied",
        "gone": "applied, without a file",
    }
    assert [(p.kind, p.text) for p in found.problems] == [
        ("deleted", "Alembic has applied gone, and there is no file of it")
    ]


def test_what_a_template_is_recognised_by(project: Folder) -> None:
    """The same revision is the same tomorrow; what it imports is not known, so that no template outlasts the run."""
    assert repr(project.load()[0].up) == repr(project.load()[0].up)
    assert not Recipe(migrations=project.load()).lasts


def apply(project: Folder) -> None:
    """Apply every revision to the empty database."""
    with psycopg.connect(project.database.dsn, autocommit=True) as connection:
        for step in project.load():
            run_script(connection, step.up, path=step.path)
