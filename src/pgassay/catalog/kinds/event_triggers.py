"""Event triggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.kinds.triggers import ENABLED
from pgassay.catalog.record import Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EventTrigger(Record):
    """An event trigger.

    Attributes:
        event: Such as `ddl_command_end`, `sql_drop` or `login`.
        tags: The commands of WHEN TAG IN; empty: every command.
        function: Qualified name of the function.
        enabled: `origin` (the usual one), `disabled`, `replica` or `always`.
    """

    KIND: ClassVar[str] = "event trigger"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    event: str
    tags: frozenset[str]
    function: str
    enabled: str
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """When it fires, what it calls, and whether it is on."""
        tags = f" when tag in {', '.join(sorted(self.tags))}" if self.tags else ""
        return f"on {self.event}{tags} calls {self.function}, {self.enabled}"


# pg_event_trigger alone.
EVENT_TRIGGERS = Kind(
    record=EventTrigger,
    among="pg_event_trigger WHERE oid >= 16384",
    query=sql.SQL("""
SELECT e.evtname AS name,
       e.evtevent AS event,
       e.evttags AS tags,
       {function} AS function,
       e.evtenabled AS enabled,
       pg_get_userbyid(e.evtowner) AS owner,
       obj_description(e.oid, 'pg_event_trigger') AS comment
FROM pg_event_trigger AS e
WHERE {made}
"""),
    pieces={"function": fragments.function("e.evtfoid"), "made": fragments.made("pg_event_trigger", "e.oid")},
    words={"enabled": ENABLED},
)
