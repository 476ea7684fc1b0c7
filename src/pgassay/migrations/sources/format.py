"""What a tool's format is to the rest: how a folder of it is recognised and read, and where the tool keeps its ledger.

Adding a format takes one module with a `FORMAT`, and one line in `settings/formats.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pgassay.migrations.model import Migration, OwnTable, Way
from pgassay.migrations.send import Connection


class OutOfOrder(StrEnum):
    """What a tool does with a file that lies before the newest applied one, and is not applied."""

    APPLIED = "applies it"
    REFUSED = "refuses to go on"
    IGNORED = "never applies it"


class Lock(StrEnum):
    """What keeps two runners of a tool from taking the same step."""

    ADVISORY = "takes an advisory lock"
    TABLE = "keeps a lock in a table of its own"
    KEY = "writes down each migration in the migration's own transaction, in a row that can be there only once"
    NONE = "takes no lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a tool's own table says of one migration.

    Attributes:
        key: Which: `Migration.key`.
        name: What the table calls it beside that, or None.
        at: When it was applied, where that is written down.
        checksum: What was stored of its content; None: nothing.
        problem: What the table says is wrong with it, such as `dirty`; None: nothing.
        baseline: Whether it says that the database was taken over at this point: all before it counts as applied, and
            there may be no file of it.
        project: `Migration.project`: rows of other projects than the folder's are none of its business.
    """

    key: str
    name: str | None = None
    at: datetime | None = None
    checksum: str | None = None
    problem: str | None = None
    baseline: bool = False
    project: str = ""


Load = Callable[[Path, Mapping[str, str]], tuple[Migration, ...]]
Ways = Callable[[Path, Mapping[str, str]], Sequence[Way]]
Read = Callable[[Connection, OwnTable], Sequence[Applied] | None]
Named = Callable[[Path], tuple[str, str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A tool's format.

    Attributes:
        name: What the setting `assay_format` calls it.
        tool: What its users call the tool.
        looks_like: Folder -> whether it may hold migrations of this format, by the names of its files and by markers in
            them; never an error.
        load: Folder and values of placeholders -> the migrations, in the order in which the tool applies them.
        table: What the tool makes for itself in a database, which is no part of the schema, and what it writes there.
        schemas: Schemas that are the tool's own with all that is in them.
        reads: Reads the tool's own table, within a read-only transaction whose search path is pg_catalog: the applied
            migrations in any order, or None where there is no such table.
        named: Folder -> schema (or empty) and name of the table, where the project's own configuration says it; None:
            it says nothing.
        newest_only: Whether the table names one migration, up to which all are applied.
        out_of_order: What the tool does with a file that was slipped in.
        ways: As `load`, but the other ways to the head that the tool keeps, such as Flyway's baselines, or all at once.
        lock: What it does against a second runner, as its command does it where nothing is said.
        may_slip_in: Whether it applies this one even so, such as refinery's that begin with U.
        manifests: Name of a file above the folder, and a text in it, that speak for this tool where the folder alone
            does not tell, such as ("go.mod", "github.com/pressly/goose").
    """

    name: str
    tool: str
    looks_like: Callable[[Path], bool]
    load: Load
    table: OwnTable
    schemas: tuple[str, ...] = ()
    reads: Read
    named: Named = lambda _: None
    lock: Lock
    ways: Ways = lambda *_: ()
    newest_only: bool = False
    out_of_order: OutOfOrder = OutOfOrder.APPLIED
    may_slip_in: Callable[[Migration], bool] = lambda _: False
    manifests: tuple[tuple[str, str], ...] = ()

    def read(self, connection: Connection) -> Sequence[Applied] | None:
        """Read the tool's own table: `reads`."""
        return self.reads(connection, self.table)

    def with_table(self, schema: str, name: str) -> Format:
        """Return the format where its table is called otherwise; a schema that was its own is not made then."""
        return replace(self, table=replace(self.table, schema=schema, name=name), schemas=())

    def applies_late(self, migration: Migration) -> bool:
        """Tell whether the tool applies a migration behind newer ones."""
        return self.out_of_order is OutOfOrder.APPLIED or self.may_slip_in(migration)
