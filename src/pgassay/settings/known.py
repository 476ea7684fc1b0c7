"""The one table of settings: what each is called in every place where it may be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pgassay.settings import parse, targets
from pgassay.settings.formats import NAMES as FORMAT_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that can be chosen.

    Attributes:
        name: Its field in `Settings`.
        parse: Turns what was written into the value.
        default: What holds where nothing was written; a relative path belongs to the root.
        option: Whether there is an option of its name.
        ini: Whether pytest's ini may say it, as `assay_<name>`.
        environ: The environment variable that says it, or empty.
        dotenv: Whether `.env` may say it, for the commands.
        toml: Its place in pgassay.toml, or empty.
    """

    name: str
    parse: parse.Parser
    default: object = None
    option: bool = False
    ini: bool = False
    environ: str = ""
    dotenv: bool = False
    toml: tuple[str, ...] = ()

    def option_name(self, *, under_pytest: bool) -> str:
        """Return the option as it is written: `--assay-pg` for pytest, `--pg` for the commands."""
        prefix = "assay-" if under_pytest and self.name != "db_url" else ""
        return f"--{prefix}{self.name.replace('_', '-')}"


def _setting(
    name: str, parser: parse.Parser, default: object = None, *, option: bool = False, environ: bool = False
) -> Setting:
    """Most settings can be said in pytest's ini and in pgassay.toml."""
    return Setting(
        name=name,
        parse=parser,
        default=default,
        option=option,
        ini=True,
        environ=f"PGASSAY_{name.upper()}" if environ else "",
        # A server in .env would be one that nobody remembers having chosen.
        dotenv=environ and name != "server",
        toml=(name,),
    )


def _toml_only(*place: str, parser: parse.Parser, default: object = None) -> Setting:
    return Setting(name=place[-1], parse=parser, default=default, toml=place)


KNOWN = (
    # The target has no place in any file: opening production must be said each time.
    Setting(name="db_url", parse=targets.target, option=True, environ="PGASSAY_DB_URL"),
    Setting(name="database", parse=parse.database, option=True, environ="DATABASE_URL", dotenv=True),
    _setting("server", parse.server, "auto", option=True, environ=True),
    _setting("pg", parse.major, option=True, environ=True),
    _setting("migrations", parse.path_or_none, Path("migrations"), option=True, environ=True),
    _setting("schema", parse.folder, Path("schema"), option=True, environ=True),
    _setting("role", parse.text, option=True),
    _setting("seed", parse.path_or_none, option=True),
    _setting("blind", parse.one_of("fail", "skip"), "fail", option=True),
    _setting("preload", parse.words),
    _setting("listen", parse.listen, "tcp" if os.name == "nt" else "socket"),
    _setting("image", parse.text),
    _setting("keep_server", parse.boolean, False),
    _setting("pool", parse.positive, 4),
    _setting("lock_timeout", parse.seconds, 30.0),
    _setting("keep", parse.count, 0, option=True),
    _setting("inputs", parse.lines, ()),
    _setting("baselines", parse.folder, Path("baselines")),
    _setting("merge_steps", parse.positive, 20),
    _setting("format", parse.one_of(*FORMAT_NAMES)),
    _setting("tracking", parse.relation),
    _toml_only("placeholders", parser=parse.mapping, default={}),
    _toml_only("owner", parser=parse.text),
    _toml_only("roles", parser=parse.mapping, default={}),
    _toml_only("scope", "foreign_schemas", parser=parse.lines, default=()),
    _toml_only("leniencies", parser=parse.words, default=()),
)
