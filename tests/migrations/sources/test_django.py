from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.session import run_script
from pgassay.migrations.sources import django
from pgassay.proofs.baselines import arrive_by_all
from pgassay.proofs.roads import scratch_road
from pgassay.sandbox.recipe import Recipe
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

from .conftest import Folder

pytestmark = pytest.mark.thorough  # Django is set up in processes of its own

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")\nimport django\n'
SETTINGS = """
SECRET_KEY = "s3cret"
INSTALLED_APPS = ["shop", "stock"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": 1, "NAME": "nowhere",
                "PASSWORD": "s3cret", "OPTIONS": {"assume_role": "nobody", "pool": True}},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": "nowhere"},
}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {"version": 1, "root": {"level": "CRITICAL"}}
"""
HEAD = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"
ITEM = 'migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())])'
ORDER = (
    'migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True)), '
    '("item", models.ForeignKey("stock.Item", models.CASCADE))])'
)


def migration(app: str, name: str, *above: str, do: str = "", more: str = "", head: str = "") -> dict[str, str]:
    """A migration's file."""
    keys = [tuple(key.split(".")) for key in above]
    text = f"{head}{HEAD}    dependencies = {keys}\n    operations = [{do}]\n    {more}\n"
    return {f"{app}/migrations/{name}.py": text}


@pytest.fixture(autouse=True)
def fresh_django(tmp_path: Path) -> Iterator[None]:
    """A process can set Django up once: it, and what was made with it, is imported anew."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    ours = ("pgassay.migrations.sources.django_project", "pgassay.migrations.sources.django_run")
    for name in [*sys.modules]:
        if name in ours or name.split(".")[0] in {"django", "site_settings", "shop", "stock"}:
            del sys.modules[name]


@pytest.fixture
def project(folder: Folder) -> Folder:
    """A project with two apps."""
    empty = [f"{app}/{name}" for app in ("shop", "stock") for name in ("__init__.py", "migrations/__init__.py")]
    folder.write(**dict.fromkeys(empty, ""), **{"manage.py": MANAGE, "site_settings.py": SETTINGS})
    folder.write(**migration("stock", "0001_initial", do=ITEM))
    folder.write(**migration("shop", "0001_initial", "stock.0001_initial", do=ORDER))
    return folder


def test_recognised(project: Folder) -> None:
    assert project.format == "django"


@pytest.mark.parametrize("files", [("1_a.up.sql", "1_a.down.sql"), ("manage.py",), ("env.py", "versions/a.py")])
def test_not_taken(folder: Folder, files: tuple[str, ...]) -> None:
    folder.write(**dict.fromkeys(files, "from flask_script import Manager"))
    assert folder.format != "django"


def test_loaded_in_the_order_of_the_graph(project: Folder) -> None:
    project.write(**migration("stock", "0002_more", "stock.0001_initial"))

    found = project.load()

    assert [(m.label, m.name, m.parents) for m in found] == [
        ("stock.0001_initial", "0001_initial", ()),
        ("shop.0001_initial", "0001_initial", ("stock.0001_initial",)),
        ("stock.0002_more", "0002_more", ("stock.0001_initial",)),
    ]
    assert found[0].path == project.path / "stock/migrations/0001_initial.py"
    assert "DJANGO_SETTINGS_MODULE" not in os.environ
    assert logging.getLogger().level != logging.CRITICAL


def test_walked(project: Folder) -> None:
    """A migration of data runs with the models of its time."""
    rows = 'lambda apps, _: apps.get_model("stock", "Item").objects.create(name="x")'
    add = 'migrations.AddField("Item", "n", models.IntegerField(default=1))'
    do = f"migrations.RunPython({rows}, lambda *_: None), {add}"
    project.write(**migration("stock", "0002_data", "shop.0001_initial", "stock.0001_initial", do=do))
    assert project.walk() == [[]] * 4


def test_settings_of_the_session(project: Folder) -> None:
    """What the options of a connection set holds for the migrations; where they lead to does not."""
    options = r"""'options': r'-c application_name=a\ b --lock-timeout=7s'"""
    project.write(**{"site_settings.py": SETTINGS.replace('"pool": True', options)})
    shown = "current_setting('application_name') || current_setting('lock_timeout') = 'a b7s'"
    check = f'lambda _, editor: editor.execute("SELECT 1 / ({shown})::int")'
    project.write(**migration("stock", "0002_x", "stock.0001_initial", do=f"migrations.RunPython({check})"))
    assert recorded(project) == ["shop.0001_initial", "stock.0001_initial", "stock.0002_x"]


def test_not_atomic(project: Folder) -> None:
    index = 'AddIndexConcurrently("Item", models.Index(fields=["name"], name="i"))'
    head = "from django.contrib.postgres.operations import AddIndexConcurrently\n"
    more = migration("stock", "0002_i", "stock.0001_initial", do=index, head=head, more="atomic = False")
    project.write(**more)
    assert [m.up.transaction for m in project.load()] == [True, True, False]
    assert project.walk() == [[]] * 4


def test_apps_of_others(project: Folder) -> None:
    apps = '["django.contrib.contenttypes", "django.contrib.auth", "shop", "stock"]'
    project.write(**{"site_settings.py": SETTINGS.replace('["shop", "stock"]', apps)})
    labels = [m.label for m in project.load()]
    assert {"contenttypes.0001_initial", "auth.0012_alter_user_first_name_max_length"} < set(labels)
    # Django's own brings a column back in another place, and so the way down from the head is not walked.
    bad = {"contenttypes.0002_remove_content_type_name": ["down-leaves-a-trace"]}
    assert project.walk() == [*(bad.get(label, []) for label in labels), ["not-run"]]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ("migrations.RunPython(lambda *_: None)", "its RunPython has no reverse"),
        ('migrations.SeparateDatabaseAndState([migrations.RunSQL("SELECT 1")])', "its RunSQL has no reverse"),
    ],
)
def test_irreversible(project: Folder, operation: str, reason: str) -> None:
    project.write(**migration("stock", "0002_x", "stock.0001_initial", do=operation))
    assert [(m.irreversible, m.down is None) for m in project.load()] == [(None, False), (None, False), (reason, True)]
    assert project.walk() == [[]] * 4


def test_a_bad_down_and_a_failure(project: Folder) -> None:
    project.write(
        **migration("stock", "0002_x", "stock.0001_initial", do='migrations.RunSQL("CREATE TABLE x ()", "SELECT 1")'),
        **migration("stock", "0003_y", "stock.0002_x", do='migrations.RunSQL("SELECT gone", "")'),
    )
    assert project.walk() == [[], [], ["down-leaves-a-trace"], ["up-fails"], ["not-run"]]
    with pytest.raises(ScriptError, match=r'0003_y\.py": column "gone" does not exist') as caught:
        apply(project)
    assert caught.value.sqlstate == "42703"


def test_a_failure_of_python_names_the_line(project: Folder) -> None:
    head = "def fail(apps, editor):\n    raise ValueError('no luck')\n"
    project.write(**migration("stock", "0002_x", "stock.0001_initial", do="migrations.RunPython(fail)", head=head))
    with pytest.raises(ScriptError, match=r'0002_x\.py", line 2: ValueError: no luck'):
        apply(project)


def test_another_database_is_out_of_reach(project: Folder) -> None:
    elsewhere = 'migrations.RunPython(lambda apps, _: apps.get_model("stock", "Item").objects.using("other").count())'
    project.write(**migration("stock", "0002_x", "stock.0001_initial", do=elsewhere))
    with pytest.raises(MigrationError, match=r'OperationalError: the database "other" is out of reach'):
        apply(project)


def test_what_is_imported_sees_postgresql_and_reaches_nothing(project: Folder) -> None:
    ask = "from django.db import connection, connections\n"
    vendor = f'{ask}assert connection.vendor == connections["other"].vendor == "postgresql"\n'
    project.write(**migration("stock", "0002_x", "stock.0001_initial", head=vendor), **{"shop/models.py": vendor})
    assert len(project.load()) == 3

    project.write(**migration("stock", "0003_x", "stock.0002_x", head=f"{ask}connection.cursor()\n"))
    _forget()
    with pytest.raises(MigrationError, match=r'0003_x\.py", line 2: .*the database "default" is out of reach'):
        project.load()


def test_pytest_django_forbids_nothing(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lets nobody connect but whom it knows."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", pytest.fail)
    assert project.walk() == [[]] * 3


def test_squashed(project: Folder) -> None:
    more = 'replaces = [("stock", "0001_initial"), ("stock", "0002_x")]'
    project.write(
        **migration("stock", "0002_x", "stock.0001_initial", do='migrations.RunSQL("CREATE TABLE x ()", "")'),
        **migration("stock", "0001_squashed_0002_x", do=ITEM, more=more),
    )
    found = project.load()
    assert [m.label for m in found] == ["stock.0001_squashed_0002_x", "shop.0001_initial"]
    assert found[0].replaces == ("stock.0001_initial", "stock.0002_x")
    assert project.walk() == [[]] * 3
    assert recorded(project) == [
        "shop.0001_initial",
        "stock.0001_initial",
        "stock.0001_squashed_0002_x",
        "stock.0002_x",
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"manage.py": "import django"}, 'manage.py" does not tell the module of the settings'),
        (
            {"site_settings.py": "\nimport gone"},
            "site_settings.py\", line 2: Django cannot load .*No module named 'gone'",
        ),
        ({"stock/migrations/0002_x.py": "import ("}, '0002_x.py", line 1: Django cannot load .*SyntaxError'),
        ({"stock/migrations/0002_x.py": ""}, "BadMigrationError: Migration 0002_x in app stock has no Migration class"),
        (migration("stock", "0002_x", "stock.gone"), r"NodeNotFoundError: .*\('stock', 'gone'\)"),
        (migration("stock", "0002_x"), 'the app "stock" has more than one newest migration: 0001_initial, 0002_x'),
        ({"site_settings.py": "SECRET_KEY = 'x'"}, "holds no migration of Django"),
    ],
)
def test_refused(project: Folder, files: dict[str, str], error: str) -> None:
    project.write(**files)
    with pytest.raises(MigrationError, match=error):
        project.load()


def test_what_fails_at_first_is_told_again(project: Folder) -> None:
    project.write(**{"site_settings.py": SETTINGS.replace('"shop"', '"shop", "gone"')})
    for _ in range(2):
        with pytest.raises(MigrationError, match="No module named 'gone'"):
            project.load()


def test_another_project_is_set_up(project: Folder, tmp_path: Path) -> None:
    project.load()
    other = tmp_path / "other"
    other.mkdir()
    (other / "manage.py").write_text(MANAGE)
    project.path = other
    with pytest.raises(MigrationError, match="Django is set up in this process already"):
        project.load()


def test_django_is_not_installed(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "django", None)
    with pytest.raises(MigrationError, match='the package "django" is not installed'):
        project.load()


TABLE = """
CREATE TABLE django_migrations (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL
);
INSERT INTO django_migrations (app, name, applied)
VALUES ('shop', '0001_initial', now()), ('stock', '0002_more', now()), ('gone', '0001_initial', now())
"""


def test_status(project: Folder) -> None:
    project.write(
        **migration("stock", "0002_more", "stock.0001_initial"), **migration("shop", "0002_new", "shop.0001_initial")
    )
    assert project.status("") is None

    found = project.status(TABLE)

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("stock.0001_initial", "pending"),
        ("shop.0001_initial", "applied"),
        ("shop.0002_new", "pending"),
        ("stock.0002_more", "applied"),
        ("gone.0001_initial", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("deleted", 0), ("out of order", 1)]


def apply(project: Folder) -> None:
    """Apply every migration to the empty database."""
    with psycopg.connect(project.database.dsn, autocommit=True) as connection:
        for step in project.load():
            run_script(connection, step.up, path=step.path)


def recorded(project: Folder) -> list[str]:
    """What Django has written down of that."""
    apply(project)
    with psycopg.connect(project.database.dsn) as connection:
        rows = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return [row[0] for row in rows]


def replaced(project: Folder) -> list[tuple[str, str]]:
    """Go the way by what squashed migrations replace, and tell how it differs from the head."""
    ways = django.ways(project.path, {})
    recipe, settings = Recipe(), Settings(root=project.path)
    reports = arrive_by_all(
        ways,
        project.load(),
        build=lambda some: scratch_road(nullcontext(project.server), replace(recipe, migrations=tuple(some)), settings),
        compare=lambda head, arrived, _: differences(head, arrived),
    )
    return [(finding.rule, finding.object) for report in reports.values() for finding in report.findings]


ADDED = 'migrations.AddField("Item", "size", models.IntegerField(null=True))'
SQUASHED = 'replaces = [("stock", "0001_initial"), ("stock", "0002_size")]'


@pytest.mark.parametrize(
    ("size", "found"),
    [
        ("null=True", []),
        ("", [("baseline-leads-elsewhere", "baseline replaced migrations: column public.stock_item.size")]),
    ],
)
def test_what_a_squashed_migration_replaces(project: Folder, size: str, found: list[tuple[str, str]]) -> None:
    project.write(**migration("stock", "0002_size", "stock.0001_initial", do=ADDED))
    item = ITEM.replace("models.TextField())", f'models.TextField()), ("size", models.IntegerField({size}))')
    project.write(**migration("stock", "0001_squashed_0002_size", do=item, more=SQUASHED))
    assert [m.label for m in project.load()] == ["stock.0001_squashed_0002_size", "shop.0001_initial"]
    assert [m.label for m in django.ways(project.path, {})[0].migrations] == [
        "stock.0001_initial",
        "shop.0001_initial",
        "stock.0002_size",
    ]
    assert replaced(project) == found


def test_without_squashed_migrations_there_is_no_other_way(project: Folder) -> None:
    assert django.ways(project.path, {}) == ()
