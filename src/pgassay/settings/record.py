"""The frozen record of everything that can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pgassay.conninfo import Conninfo
from pgassay.settings.targets import NamedTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be chosen, with where each value came from.

    Attributes:
        root: The directory that relative paths of files belong to (pytest's rootdir, or that of pgassay.toml).
        db_url: The target, only ever read; None: there is none. Where several are named, the first.
        targets: Every target, where they have names. Else empty.
        database: What `migrate` and `health` work on; None: not said, and always so under pytest.
        server: `auto`, `local`, `embedded`, `docker`, or a URL (kept as a `Conninfo`): where scratch databases live.
            Where several are named, the one that this process works on: the first, or a worker's own.
        servers: Every URL, where several are named; the workers of pytest-xdist are spread over them. Else empty.
        pg: Major version of the scratch server; None: the target's, else the newest found.
        migrations: The folder of migrations; None: the project says that it has none.
        schema: The contract's folder; it may not exist.
        role: The role that `assay_db` acts as; None: the migrations' owner.
        owner: The role that migrations run as; None: derived from what init creates.
        seed: SQL run in the template after the migrations, or None.
        blind: What a blind outcome does: `fail` or `skip`.
        preload: `shared_preload_libraries` of our servers; None: pg_stat_statements where its library exists.
        listen: `socket` or `tcp`.
        image: The image that `docker` starts servers from; None: the official one of `pg`.
        keep_server: Keep the server between runs.
        pool: How many databases each process has at hand for its tests, at most.
        lock_timeout: Seconds that a statement waits for a lock on a server of ours; 0: without end.
        keep: Of how many failed tests, the last ones, the databases are kept.
        inputs: Globs, relative to root, that the template's hash covers when the user's own tool migrates.
        format: The migrations' format, where it is ambiguous, or None.
        tracking: How the table is called in which another tool writes down what is applied; None: as the tool has it.
        baselines: The folder of dumps that stand for the first migrations; it may not exist.
        merge_steps: How many of the newest migrations are applied behind all newer ones, to compare.
        placeholders: Values of what a tool puts into its migrations, `${name}` and the like.
        roles: Contract role name -> the target's role name.
        foreign_schemas: Schemas that are there and are none of the contract's business (globs).
        leniencies: Names of leniencies in force (`catalog.leniencies.NAMES`).
        origins: Setting name -> where its value came from, in words.
    """

    root: Path
    db_url: Conninfo | None = None
    targets: tuple[NamedTarget, ...] = ()
    database: Conninfo | None = None
    server: str | Conninfo = "auto"
    servers: tuple[Conninfo, ...] = ()
    pg: int | None = None
    migrations: Path | None = None
    schema: Path = Path("schema")
    role: str | None = None
    owner: str | None = None
    seed: Path | None = None
    blind: str = "fail"
    preload: tuple[str, ...] | None = None
    listen: str = "socket"
    image: str | None = None
    keep_server: bool = False
    pool: int = 4
    lock_timeout: float = 30.0
    keep: int = 0
    inputs: tuple[str, ...] = ()
    format: str | None = None
    tracking: str | None = None
    baselines: Path = Path("baselines")
    merge_steps: int = 20
    placeholders: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    foreign_schemas: tuple[str, ...] = ()
    leniencies: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def db_urls(self) -> tuple[Conninfo, ...]:
        """Every target, whether it has a name or not."""
        unnamed = () if self.db_url is None else (self.db_url,)
        return tuple(target.conninfo for target in self.targets) or unnamed
