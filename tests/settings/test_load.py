from collections.abc import Mapping
from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import UsageError
from pgassay.settings import Ini, Settings, load_settings

URL = "postgresql://me:s3cret@host/db"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "pro ject"
    (root / "deep" / "deeper").mkdir(parents=True)
    return root


def load(
    project: Path,
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    ini: Mapping[str, object] | None = None,
    toml: str = "",
) -> Settings:
    """Load as pytest does, from a sub-directory."""
    (project / "pgassay.toml").write_text(toml)
    return load_settings(
        options,
        environ=environ or {},
        ini=Ini(ini or {}, project / "pytest.ini"),
        root=project,
        cwd=project / "deep",
        under_pytest=True,
    )


def command(cwd: Path, environ: Mapping[str, str] | None = None, **options: object) -> Settings:
    """Load as a command does."""
    return load_settings(options, environ=environ or {}, cwd=cwd)


def test_nothing_said(project: Path) -> None:
    settings = load(project)
    assert settings == Settings(
        root=project,
        migrations=project / "migrations",
        schema=project / "schema",
        baselines=project / "baselines",
        origins=settings.origins,
    )
    assert set(settings.origins.values()) == {"default"}


def test_every_setting_has_an_origin() -> None:
    settings = load_settings({}, environ={})
    assert {*settings.origins} == {*Settings.__dataclass_fields__} - {"root", "servers", "targets", "origins"}


def test_precedence(project: Path) -> None:
    sources = {"options": {"pg": "18"}, "environ": {"PGASSAY_PG": "17"}, "ini": {"assay_pg": 16}, "toml": "pg = 15"}
    expected = [
        (18, "option --assay-pg"),
        (17, "environment PGASSAY_PG"),
        (16, "pytest.ini assay_pg"),
        (15, "pgassay.toml pg"),
        (None, "default"),
    ]
    for taken_out, wanted in enumerate(expected):
        settings = load(project, **dict([*sources.items()][taken_out:]))  # type: ignore[arg-type]
        assert (settings.pg, settings.origins["pg"]) == wanted


def test_relative_paths_belong_to_where_they_are_written(project: Path) -> None:
    assert load(project, {"migrations": "m"}).migrations == project / "deep" / "m"
    assert load(project, environ={"PGASSAY_MIGRATIONS": "m"}).migrations == project / "m"
    assert load(project, ini={"assay_migrations": "m"}).migrations == project / "m"
    assert load(project, toml='migrations = "m"').migrations == project / "m"
    assert load(project, {"migrations": "/abs"}).migrations == Path("/abs")


def test_an_ini_file_elsewhere_counts_from_its_own_directory(project: Path) -> None:
    ini = Ini({"assay_schema": "s"}, project / "deep" / "pytest.ini")
    settings = load_settings({}, environ={}, ini=ini, root=project, cwd=project, under_pytest=True)
    assert settings.schema == project / "deep" / "s"


def test_no_migrations_can_be_said(project: Path) -> None:
    assert load(project, {"migrations": ""}).migrations is None
    assert load(project, ini={"assay_migrations": ""}).migrations is None
    assert load(project, toml="migrations = ''").migrations is None


def test_an_empty_variable_says_nothing(project: Path) -> None:
    settings = load(project, environ={"PGASSAY_MIGRATIONS": "", "PGASSAY_DB_URL": "", "PGASSAY_PG": ""})
    assert (settings.migrations, settings.db_url, settings.pg) == (project / "migrations", None, None)


def test_everything_in_toml(project: Path) -> None:
    settings = load(
        project,
        toml="""
            server = "embedded"
            pg = 15
            migrations = "m"
            schema = "s"
            role = 'we"ird. Röle 😀'
            owner = "boss"
            seed = "seed.sql"
            blind = "skip"
            preload = ["pg_stat_statements", "auto_explain"]
            listen = "tcp"
            image = "postgis/postgis:17-3.5"
            keep_server = true
            lock_timeout = 5
            keep = 2
            inputs = ["alembic/**/*.py"]
            baselines = "dumps"
            merge_steps = 5
            format = "native"
            tracking = '"My meta".history'
            leniencies = ["column-order"]
            [roles]
            app = "App. Production"
            [scope]
            foreign_schemas = ["partman", "cron_*"]
        """,
    )
    assert settings == Settings(
        root=project,
        server="embedded",
        pg=15,
        migrations=project / "m",
        schema=project / "s",
        role='we"ird. Röle 😀',
        owner="boss",
        seed=project / "seed.sql",
        blind="skip",
        preload=("pg_stat_statements", "auto_explain"),
        listen="tcp",
        image="postgis/postgis:17-3.5",
        keep_server=True,
        lock_timeout=5.0,
        keep=2,
        inputs=("alembic/**/*.py",),
        baselines=project / "dumps",
        merge_steps=5,
        format="native",
        tracking='"My meta".history',
        roles={"app": "App. Production"},
        foreign_schemas=("partman", "cron_*"),
        leniencies=("column-order",),
        origins=settings.origins,
    )
    assert settings.origins["foreign_schemas"] == "pgassay.toml scope.foreign_schemas"


def test_ini_values_come_in_their_declared_types(project: Path) -> None:
    ini = {"assay_keep_server": True, "assay_preload": ["a,", "b"], "assay_inputs": ["x y/*", ""], "assay_role": ""}
    settings = load(project, ini=ini)
    assert (settings.keep_server, settings.preload, settings.inputs) == (True, ("a", "b"), ("x y/*",))
    assert settings.role is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"db_url": [URL, URL]}, r"option --db-url is given 2 times, and not each has a name\nhint: give each a name"),
        ({"db_url": [URL, f"eu={URL}"]}, "option --db-url is given 2 times, and not each has a name"),
        ({"db_url": [f"eu={URL}", f"eu={URL}x"]}, 'option --db-url names two databases "eu"'),
        (
            {"db_url": [f"eu={URL}", "us=host=HOST port=5432 dbname=db user=other"]},
            'option --db-url names one database twice, "eu" and "us"',
        ),
        ({"db_url": ["eu=mysql://me:s3cret@host/db"]}, 'option --db-url of "eu" is not a PostgreSQL URL'),
        ({"db_url": [f"host={URL}"]}, """option --db-url names a database "host", which is one of libpq's words"""),
        ({"db_url": [f"eu={URL}", "us=postgresql://me:s3cret%zz@host"]}, 'option --db-url of "us": the connection'),
        ({"db_url": [""]}, "option --db-url is empty"),
        ({"db_url": ["mysql://me:s3cret@host/db"]}, "option --db-url is not a PostgreSQL URL"),
        ({"db_url": ["me:s3cret@host"]}, "option --db-url is not a PostgreSQL URL"),
        ({"pg": "postgresql://me:s3cret@host/db"}, r'option --assay-pg is "postgresql://me:\*\*\*@host/db"'),
        ({"pg": "13"}, r"option --assay-pg is 13, which is not supported\nhint: write one of 14, 15, 16, 17, 18"),
        ({"pg": "15.2"}, 'option --assay-pg is "15.2", which is not a major version'),
        (
            {"server": "podman"},
            r'option --assay-server is "podman"\nhint: write one of auto, local, embedded, docker, or postgre',
        ),
        ({"server": "local,embedded"}, "option --assay-server names more than one server"),
        ({"server": f"{URL},{URL}"}, "option --assay-server names one server twice"),
        ({"server": f"local,{URL}"}, 'option --assay-server names "local" among several servers'),
        ({"server": f"{URL},me:s3cret@host"}, "option --assay-server names more than one server"),
        ({"server": f"{URL},mysql://me:s3cret@host"}, "option --assay-server names more than one server"),
        ({"server": f"mysql://me:s3cret@host,{URL}"}, "option --assay-server is not one of the choices"),
        ({"server": "me:s3cret@host"}, "option --assay-server is not one of the choices"),
        ({"server": "mysql://me:s3cret@host?a=b"}, "option --assay-server is not a PostgreSQL URL"),
        ({"schema": ""}, "option --assay-schema is empty"),
        ({"keep": "-1"}, r'option --assay-keep is "-1", which is not a number of 0 or more\nhint: write how many'),
        ({"keep": ""}, 'option --assay-keep is "", which is not'),
        ({"keep": "1.5"}, 'option --assay-keep is "1.5", which is not'),
        ({"blind": "maybe"}, r'option --assay-blind is "maybe"\nhint: write one of fail, skip'),
    ],
)
def test_a_wrong_option_is_refused(project: Path, options: Mapping[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load(project, options)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("pg = true", "pgassay.toml pg is "),
        ("keep_server = 'maybe'", 'pgassay.toml keep_server is "maybe"'),
        ("format = 'Dbmat'", r'is "Dbmat"\nhint: did you mean "dbmate"\? write one of native, alembic, '),
        ("keep_server = 1", "pgassay.toml keep_server is a number"),
        ("lock_timeout = true", r'pgassay.toml lock_timeout is "True"\nhint: write seconds, such as 30 or 0.5'),
        ("lock_timeout = 'soon'", 'pgassay.toml lock_timeout is "soon"'),
        ("lock_timeout = -1", 'pgassay.toml lock_timeout is "-1"'),
        ("lock_timeout = nan", 'pgassay.toml lock_timeout is "nan"'),
        ("lock_timeout = 3e6", 'pgassay.toml lock_timeout is "3000000.0"'),
        ("keep = true", 'pgassay.toml keep is "True", which is not'),
        ("keep = -1", 'pgassay.toml keep is "-1", which is not'),
        ("role = ['a']", "pgassay.toml role is a list"),
        ("inputs = 1", r'pgassay.toml inputs is a number\nhint: write a list: \["one", "two"\]'),
        ("roles = ['a']", "pgassay.toml roles is a list"),
        ("[roles]\na = 1", "pgassay.toml roles is a number"),
        ("scope = 1", r'unknown setting "scope"\nhint: known are'),
        ("db_url = 'x'", 'unknown setting "db_url"\nhint: say it each time'),
        ("databse = 'x'", 'unknown setting "databse"\nhint: known are baselines, blind'),
        ("migration = 'x'", r'unknown setting "migration"\nhint: did you mean "migrations"\? known are .*leniencies'),
        ("[scope]\nforeign = []", 'unknown setting "scope.foreign"'),
        ("assay_pg = 15", 'unknown setting "assay_pg"'),
        ("pg = @", r'cannot read the settings in ".*pgassay.toml": .*line 1'),
    ],
)
def test_a_wrong_file_is_refused(project: Path, toml: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load(project, toml=toml)


def test_a_file_that_is_no_text_is_refused(project: Path) -> None:
    (project / "pgassay.toml").write_bytes(b"role = '\xff'")
    with pytest.raises(UsageError, match="cannot read the settings in"):
        command(project)


def test_urls_of_every_form_are_taken(project: Path) -> None:
    for url in (URL, URL.replace("postgresql", "postgres"), "host=host user=me password=s3cret dbname=db"):
        assert load(project, {"db_url": [url]}).db_url == Conninfo(URL)
        assert load(project, {"server": Conninfo(url)}).server == Conninfo(URL)
    assert load(project, {"db_url": Conninfo("postgresql+psycopg://me:s3cret@host/db")}).db_url == Conninfo(URL)


def test_several_servers(project: Path) -> None:
    other = "postgres://me:s3cret@other:5433/db"
    for written in (f"{URL},{other}", Conninfo(f"{URL},{other}"), f" postgresql+psycopg://{URL[13:]},\n {other} "):
        settings = load(project, {"server": written})
        assert settings.servers == (Conninfo(URL), Conninfo(other))
        assert settings.server == Conninfo(URL)
        assert "s3cret" not in repr(settings)
    assert load(project, {"server": URL}).servers == ()
    assert load(project, toml=f'server = "{URL},{other}"').origins["server"] == "pgassay.toml server"


def test_the_password_is_not_in_the_repr(project: Path) -> None:
    assert "s3cret" not in repr(load(project, {"db_url": [URL], "server": URL}))


def test_commands_find_the_file_upwards_and_count_from_it(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.pgassay]\nschema = 'sql'\n")
    (project / "deep" / "pyproject.toml").write_text("[tool.other]\n")
    settings = command(project / "deep" / "deeper")
    assert (settings.root, settings.schema) == (project, project / "sql")
    assert settings.migrations == project / "migrations"
    assert settings.origins["schema"] == "pyproject.toml [tool.pgassay] schema"


def test_without_a_file_commands_count_from_the_current_directory(project: Path) -> None:
    assert command(project).root == project
    assert command(project, schema="s").schema == project / "s"
    assert command(project, pg="15").origins["pg"] == "option --pg"


def test_pytest_does_not_look_above_its_rootdir(project: Path) -> None:
    (project / "pgassay.toml").write_text("pg = 15")
    settings = load_settings({}, environ={}, root=project / "deep", cwd=project / "deep", under_pytest=True)
    assert settings.pg is None


def test_two_files_in_one_directory_are_refused(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.pgassay]\n")
    (project / "pgassay.toml").write_text("")
    with pytest.raises(UsageError, match="settings stand both in"):
        command(project)


DOTENV = f"""
# a comment
DJANGO_SECRET='x y'
export PGASSAY_PG=15   # fifteen
PGASSAY_SCHEMA = "s#\\"q"
DATABASE_URL='{URL}'
PGASSAY_DB_URL={URL}
PGASSAY_SERVER={URL}
not an assignment
"""


def test_dotenv_is_read_by_commands_and_never_gives_a_target_or_a_server(project: Path) -> None:
    (project / ".env").write_text(DOTENV)
    settings = command(project)
    assert (settings.pg, settings.origins["pg"]) == (15, ".env PGASSAY_PG")
    assert settings.schema == project / 's#"q'
    assert settings.database == Conninfo(URL)
    assert settings.db_url is None
    assert settings.server == "auto"
    assert command(project, {"PGASSAY_PG": "16"}).pg == 16
    assert command(project / "deep").pg is None


def test_pytest_reads_neither_dotenv_nor_database_url(project: Path) -> None:
    for directory in (project, project / "deep"):
        (directory / ".env").write_text(DOTENV)
    settings = load(project, environ={"DATABASE_URL": URL})
    assert (settings.pg, settings.database, settings.db_url) == (None, None, None)


def test_database_url_of_another_system_harms_nobody_who_does_not_use_it(project: Path) -> None:
    settings = command(project, {"DATABASE_URL": "sqlite:///x.db"})
    assert settings.database is not None
    with pytest.raises(UsageError, match='"sqlite://" is not a PostgreSQL URL'):
        settings.database.parameters  # noqa: B018
    assert command(project, {"DATABASE_URL": URL}, database="host=a").origins["database"] == "option --database"
