"""The generated projects: one for each side and schema, set up as a user would do it."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pgassay.servers.binaries import Binaries
from pgassay.servers.server_settings import server_settings
from sandbox.schema import Schema

SOURCE = Path(__file__).with_name("project")


class Side(Enum):
    """Who hands the databases out; the value is the folder of `project/` that is his."""

    OURS = "pgassay"
    PEER = "peer"
    HAND = "hand"

    @property
    def plugins(self) -> str:
        """pytest's options: none are loaded by themselves, so that each side has its own one only."""
        return {Side.OURS: " -p pgassay", Side.PEER: " -p pytest_postgresql", Side.HAND: ""}[self]


@dataclass(frozen=True)
class Project:
    """What is written to a folder of its own.

    Attributes:
        side: Who hands the databases out.
        schema: What is in them.
        pool: `assay_pool`; None: the default.
    """

    side: Side
    schema: Schema
    pool: int | None = None

    @property
    def name(self) -> str:
        return f"{self.side.value}-{self.schema.name}-{self.pool or 'default'}"

    def write(self, folder: Path, binaries: Binaries) -> None:
        folder.mkdir()
        for source in (SOURCE, SOURCE / self.side.value, *([SOURCE / "psycopg"] * (self.side is not Side.OURS))):
            for file in source.glob("*.py"):
                shutil.copy(file, folder)
        if self.side is Side.OURS:
            self.schema.write_migrations(folder / "migrations")
        else:
            self.schema.write_file(folder / "schema.sql")
        (folder / "pytest.ini").write_text("\n".join(["[pytest]", *self._ini(binaries), ""]))

    def _ini(self, binaries: Binaries) -> list[str]:
        lines = [f"addopts = -p recorder -p no:cacheprovider{self.side.plugins}"]
        if self.side is Side.OURS:
            lines += [f"assay_server = {binaries.source}", f"assay_pg = {binaries.major}"]
            lines += [f"assay_pool = {self.pool}"] * (self.pool is not None)
        if self.side is Side.PEER:
            settings = server_settings(binaries, None)
            words = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
            lines += [f"postgresql_exec = {binaries.program('pg_ctl')}", f"postgresql_postgres_options = {words}"]
        return lines
