"""Options and ini: what pytest's command line and its ini file may say, and the `Settings` that come of it."""

from __future__ import annotations

import copy
import os
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import PgassayError

if TYPE_CHECKING:
    from pgassay.settings import Settings

GROUP = "pgassay"
DB_URL_HELP = (
    "the target: verify this real database, only ever read; repeat it for several, each with a name "
    "(prefer PGASSAY_DB_URL or a passfile, since arguments can be seen in the list of processes)"
)

# Option, metavar, help. Values are checked by the settings, which can say where a wrong one stands.
OPTIONS = (
    (
        "server",
        "auto|local|embedded|docker|URL[,URL...]",
        "where scratch databases live (default: auto, the first that works); workers are spread over several URLs",
    ),
    ("pg", "MAJOR", "major version of the scratch server (default: the target's, else the newest found)"),
    ("migrations", "DIR", "folder of the migrations (default: migrations; empty: there are none)"),
    ("schema", "DIR", "folder of the contract (default: schema)"),
    ("role", "ROLE", "role that assay_db acts as (default: the migrations' owner, never the superuser)"),
    ("seed", "PATH", "SQL run in the template after the migrations"),
    ("blind", "fail|skip", "what an outcome does that could not look (default: fail)"),
    ("keep", "N", "keep the databases of the last N failed tests, and their server (default: 0; with --pdb: 1)"),
)

# Ini name without its prefix, type, help. A default of None tells "not set" from "set to nothing".
INI = (
    ("server", "string", "where scratch databases live: auto, local, embedded, docker, or marked URLs"),
    ("pg", "int", "major version of the scratch server"),
    ("migrations", "string", "folder of the migrations, relative to this file; empty: there are none"),
    ("schema", "string", "folder of the contract, relative to this file"),
    ("role", "string", "role that assay_db acts as"),
    ("seed", "string", "SQL run in the template after the migrations, relative to this file"),
    ("blind", "string", "what an outcome does that could not look: fail or skip"),
    ("preload", "args", "shared_preload_libraries of the scratch server"),
    ("listen", "string", "how the scratch server listens: socket or tcp"),
    ("image", "string", "image that docker starts scratch servers from; default: the official one of assay_pg"),
    ("keep_server", "bool", "keep the scratch server between runs"),
    ("pool", "int", "databases that each worker has at hand for its tests, at most (default: 4)"),
    ("lock_timeout", "float", "seconds that a statement waits for a lock (default: 30; 0: without end)"),
    ("keep", "int", "keep the databases of the last N failed tests, and their server"),
    ("inputs", "linelist", "globs that the template's hash covers when the project's own tool migrates"),
    ("format", "string", "the migrations' format, where it is ambiguous"),
)

_SETTINGS = pytest.StashKey["Settings"]()
_FOREIGN = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register everything but the short `--db-url`."""
    group = parser.getgroup(GROUP, "pgassay: prove a PostgreSQL schema")
    _add_db_url(group, "--assay-db-url")
    for name, metavar, text in OPTIONS:
        kind = _masked if name == "server" else str
        group.addoption(f"--assay-{name}", dest=f"assay_{name}", metavar=metavar, type=kind, help=text)
    for name, ini_type, text in INI:
        parser.addini(f"assay_{name}", text, type=ini_type, default=None)  # type: ignore[arg-type]


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: Sequence[str]
) -> Generator[None, object, object]:
    """Register the short `--db-url` after the conftests, where none of them has taken it.

    And only where it is given, or help is asked for: a conftest of a deeper directory, which is read during collection,
    may still want the name.
    """
    result = yield
    if _is_unknown(early_config, parser, args):
        _add_db_url(parser.getgroup(GROUP), "--db-url")
    elif any(arg == "--db-url" or arg.startswith("--db-url=") for arg in args):
        early_config.stash[_FOREIGN] = True
    elif early_config.known_args_namespace.help and _is_free(parser):
        _add_db_url(parser.getgroup(GROUP), "--db-url")
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Report a wrong value at once, before another part asks for it, but only to a project that uses pgassay."""
    if is_used(config):
        try:
            settings_of(config)
        except PgassayError as error:
            raise pytest.UsageError(str(error)) from error


def is_used(config: pytest.Config) -> bool:
    """Return whether an option, an ini line or an environment variable speaks of pgassay."""
    return (
        any(f"PGASSAY_{name.upper()}" in os.environ for name in ("db_url", *(name for name, *_ in OPTIONS)))
        or any(value is not None for value in _option_values(config).values())
        or any(value is not None for value in _ini_values(config).values())
    )


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of this run.

    Raises:
        UsageError: A value means nothing.
    """
    if _SETTINGS not in config.stash:
        config.stash[_SETTINGS] = _load(config)
    return config.stash[_SETTINGS]


def db_url_is_foreign(config: pytest.Config) -> bool:
    """Return whether `--db-url` was given and is the project's own option: it does not name our target."""
    return config.stash.get(_FOREIGN, False)


def _load(config: pytest.Config) -> Settings:
    from pgassay.settings import Ini, load_settings

    settings = load_settings(
        _option_values(config),
        ini=Ini(_ini_values(config), config.inipath),
        root=config.rootpath,
        cwd=config.invocation_params.dir,
        under_pytest=True,
    )
    if config.getoption("usepdb", False):
        settings = _kept_for_pdb(settings)
    if not settings.servers:
        return settings
    return replace(settings, server=settings.servers[_worker_number(config) % len(settings.servers)])


def _worker_number(config: pytest.Config) -> int:
    """Return the number of a worker of xdist (3 of "gw3"); 0 where there are none."""
    name: str = getattr(config, "workerinput", {}).get("workerid", "")
    return int(name.removeprefix("gw") or 0)


def random_seed(config: pytest.Config) -> int:
    """Return the seed of pytest-randomly (`-p N`, else another one for each run); 0 without it."""
    seed = config.getoption("randomly_seed", 0)
    return seed if isinstance(seed, int) else 0


def _kept_for_pdb(settings: Settings) -> Settings:
    """Keep what the one in the debugger looks at, where nothing else was said."""
    if settings.origins["keep"] != "default":
        return settings
    return replace(settings, keep=1, origins={**settings.origins, "keep": "option --pdb"})


def _option_values(config: pytest.Config) -> dict[str, object]:
    return {name: config.getoption(f"assay_{name}", None) for name in ("db_url", *(name for name, *_ in OPTIONS))}


def _ini_values(config: pytest.Config) -> dict[str, object]:
    return {name: _ini_value(config, name) for name in (f"assay_{name}" for name, *_ in INI)}


def _ini_value(config: pytest.Config, name: str) -> object:
    try:
        return config.getini(name)
    except (TypeError, ValueError) as error:  # pytest 9.1 lets them through
        raise pytest.UsageError(f"ini option {name}: {error}") from error


def _add_db_url(group: pytest.OptionGroup, name: str) -> None:
    # `append`: one that clashes with another is refused by the settings, where the last one would have won in silence.
    group.addoption(name, dest="assay_db_url", metavar="[NAME=]URL", action="append", type=Conninfo, help=DB_URL_HELP)


def _masked(value: str) -> str | Conninfo:
    """Wrap what may hold a password, so that no traceback with locals shows it."""
    return Conninfo(value) if set(value) & {":", "=", "@"} else value


def _is_unknown(config: pytest.Config, parser: pytest.Parser, args: Sequence[str]) -> bool:
    """Return whether `--db-url` is given and nobody has registered it."""
    if not any("--db-url" in arg for arg in args):  # as in most runs, and parsing takes a while
        return False
    # A word with spaces, such as key=value ones, is a file to argparse unless it begins with an option that it knows.
    plain = ["--db-url=x" if arg.startswith("--db-url=") else arg for arg in args]
    _known, unknown = parser.parse_known_and_unknown_args(plain, namespace=copy.copy(config.option))
    return any(flag == "--db-url" or flag.startswith("--db-url=") for flag in unknown)


def _is_free(parser: pytest.Parser) -> bool:
    try:
        return "--db-url" in parser.parse_known_and_unknown_args(["--db-url"])[1]
    except pytest.UsageError:  # somebody's, and it wants a value
        return False
