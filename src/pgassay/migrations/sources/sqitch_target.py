"""What a sqitch project deploys to PostgreSQL: its plan, its folders of scripts and its variables.

Source: github.com/sqitchers/sqitch, lib/App/Sqitch/Target.pm and Command/deploy.pm, revert.pm, verify.pm. A user's own
configuration and the machine's are not read: they are no part of the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pgassay.errors import MigrationError
from pgassay.migrations.sources.sqitch_conf import Conf, read_conf

CONF = "sqitch.conf"
PLAN = "sqitch.plan"

_ENGINE = "pg"
_SCHEMES = frozenset({"pg", "postgres", "postgresql"})


@dataclass(frozen=True, slots=True)
class Target:
    """What sqitch would deploy: a plan, and folders of scripts.

    Attributes:
        root: The folder in which sqitch is run.
        conf: What stands in its `sqitch.conf`.
        name: Which target; empty: what the engine's own settings say.
    """

    root: Path
    conf: Conf
    name: str = ""

    def setting(self, key: str) -> str:
        """Return a setting of the target, else of the engine, else of all."""
        sections = (f"target.{self.name}", f"engine.{_ENGINE}", "core")
        return next(filter(None, (self.conf.get(section, key) for section in sections)), "")

    @property
    def top(self) -> Path:
        """The folder of plan and scripts, where nothing else is said."""
        return self.root / self.setting("top_dir")

    @property
    def plan(self) -> Path:
        """The plan's file."""
        named = self.setting("plan_file")
        return self.root / named if named else self.top / PLAN

    def scripts(self, kind: str, *, reworked: bool) -> Path:
        """Return the folder of the deploy, revert or verify scripts: of reworked changes there may be another one."""
        named = self.setting(f"{kind}_dir")
        if not reworked:
            return self.root / named if named else self.top / kind
        if own := self.setting(f"reworked_{kind}_dir"):
            return self.root / own
        base = self.setting("reworked_dir")
        return (self.root / base if base else self.top) / (named or kind)

    @property
    def extension(self) -> str:
        """What the names of scripts end in."""
        return self.setting("extension") or "sql"

    def variables(self, *kinds: str) -> dict[str, str]:
        """Return the variables of psql: of all, of commands such as deploy and revert, and of the target."""
        sections = [*("core", *kinds), f"engine.{_ENGINE}", f"target.{self.name}"]
        return {k: v for section in sections for k, v in self.conf.section(f"{section}.variables").items()}

    @property
    def registry(self) -> str:
        """The schema of sqitch's own tables."""
        return self.setting("registry") or "sqitch"


def target_of(folder: Path) -> Target:
    """Return the target of a folder that holds a `sqitch.conf`, or a plan of one that lies above.

    Raises:
        MigrationError: It holds neither, or its engine is not PostgreSQL.
    """
    if (folder / CONF).is_file():
        return _default(folder)
    if not (folder / PLAN).is_file():
        raise MigrationError(
            f'the folder "{folder}" holds neither {CONF} nor {PLAN}', hint="name the folder in which sqitch is run"
        )
    return next(
        (found for above in folder.resolve().parents for found in _planned(above, folder)), Target(folder, Conf())
    )


def _planned(above: Path, folder: Path) -> Iterator[Target]:
    """Yield the targets of a configuration whose plan lies in the folder."""
    if (above / CONF).is_file():
        conf = read_conf(above / CONF)
        for name in ("", *conf.names("target")):
            target = Target(above, conf, name)
            if target.plan.resolve().parent == folder.resolve():
                yield target


def _default(folder: Path) -> Target:
    """Return what `sqitch deploy` without arguments takes."""
    conf = read_conf(folder / CONF)
    engine, named = conf.get("core", "engine"), conf.get("core", "target")
    target = named or conf.get(f"engine.{_ENGINE}", "target")
    uri = target if ":" in target else conf.get(f"target.{target}", "uri")
    if uri:
        engine = uri.removeprefix("db:").partition(":")[0]
    is_ours = not engine or engine.lower() in _SCHEMES
    if not is_ours and _ENGINE not in conf.names("engine"):
        raise MigrationError(
            f'"{folder / CONF}": the engine is {engine}, not {_ENGINE}', hint="name a project for PostgreSQL"
        )
    return Target(folder, conf, target if is_ours else "")
