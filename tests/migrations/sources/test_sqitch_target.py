from __future__ import annotations

import pytest

from pgassay.errors import MigrationError

from .conftest import Folder

pytestmark = pytest.mark.thorough

PLAN = "%project=p\n\na 2024-01-31T12:00:00Z Ann O. Nym <ann@example.com>\n"


@pytest.mark.parametrize(
    ("conf", "plan", "deploy"),
    [
        ("[core]\n engine = pg\n top_dir = db\n", "db/sqitch.plan", "db/deploy/a.sql"),
        ('[CORE]\nENGINE=Pg ; x\n[engine "pg"]\nplan_file = p # y\ndeploy_dir = "d \\\\ e"\n', "p", "d \\ e/a.sql"),
        ('[core]\nengine = mysql\n[engine "pg"]\ntop_dir = pg\n', "pg/sqitch.plan", "pg/deploy/a.sql"),
        (
            '[core]\ntarget = dev\n[target "dev"]\nuri = db:pg:x\ntop_dir = t\nextension = ddl\n',
            "t/sqitch.plan",
            "t/deploy/a.ddl",
        ),
        ("[core]\ntarget = db:postgres://h/x\nengine\ntop_dir = a \\\nb", "a b/sqitch.plan", "a b/deploy/a.sql"),
        ("", "sqitch.plan", "deploy/a.sql"),
    ],
)
def test_configured(folder: Folder, conf: str, plan: str, deploy: str) -> None:
    folder.write(**{"sqitch.conf": conf, plan: PLAN, deploy: "SELECT 1;"})
    assert [m.path for m in folder.load("sqitch")] == [folder.path / deploy]


@pytest.mark.parametrize(
    ("conf", "deploy"),
    [
        ("reworked_dir = old", "old/deploy/a@v.sql"),
        ("reworked_dir = old\ndeploy_dir = up", "old/up/a@v.sql"),
        ("reworked_deploy_dir = again", "again/a@v.sql"),
        ("top_dir = .", "deploy/a@v.sql"),
    ],
)
def test_reworked_folders(folder: Folder, conf: str, deploy: str) -> None:
    line = PLAN.splitlines()[2]
    current = "up/a.sql" if "= up" in conf else "deploy/a.sql"
    folder.write(
        **{"sqitch.conf": f"[core]\n{conf}", "sqitch.plan": f"{PLAN}{line.replace('a ', '@v ', 1)}\n{line}"},
        **{deploy: "", current: ""},
    )
    assert [m.path for m in folder.load()] == [folder.path / deploy, folder.path / current]


def test_the_folder_of_a_plan_below_its_configuration(folder: Folder) -> None:
    """Files are looked for from where sqitch is run."""
    folder.write(
        **{
            "sqitch.conf": '[target "one"]\n\turi = db:pg:\n\ttop_dir = one\n[core "variables"]\n\tName = x\n',
            "one/sqitch.plan": PLAN,
            "one/deploy/a.sql": "\\i one/b.sql",
            "one/b.sql": "SELECT :'Name';",
        }
    )
    folder.path /= "one"
    assert [p.sql for p in folder.load()[0].up.pieces or ()] == ["SELECT 'x';"]


def test_variables(folder: Folder) -> None:
    """Those of the target win over those of a command, and `--set`, our placeholders, over all."""
    folder.write(
        **{
            "sqitch.conf": '[core "variables"]\na=1\nb=1\nc=1\nd=1\nE=1\n[deploy "variables"]\nb=2\nc=2\nd=2\n'
            '[revert "variables"]\nc=3\n[engine "pg.variables"]\nd=4\n',
            "sqitch.plan": PLAN,
            "deploy/a.sql": "SELECT :a, :b, :c, :d, :E, :'registry';",
            "revert/a.sql": "SELECT :c;",
        }
    )
    folder.placeholders = {"E": "5"}
    (found,) = folder.load()
    assert [p.sql for p in found.up.pieces or ()] == ["SELECT 1, 2, 2, 4, 5, 'sqitch';"]
    assert found.down is not None
    assert [p.sql for p in found.down.pieces or ()] == ["SELECT 3;"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds neither sqitch.conf nor sqitch.plan"),
        ({"sqitch.conf": "[core]\nengine = mysql"}, "the engine is mysql, not pg"),
        ({"sqitch.conf": "[core]\ntarget = db:sqlite:x"}, "the engine is sqlite, not pg"),
        ({"sqitch.conf": "[core]\n\n= x"}, r'sqitch.conf", line 3: neither a section nor a value'),
        ({"sqitch.conf": "[core]\nengine = \\x"}, "line 2: this value has no end"),
        ({"sqitch.conf": "[core]\nengine = pg"}, r'sqitch.plan" cannot be read: no such file'),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("sqitch")
