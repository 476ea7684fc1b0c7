"""Subscriptions of this database. Where they connect to is a secret, and never read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog.kind import Kind, Since
from pgassay.catalog.record import Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Subscription(Record):
    """A subscription, without its connection.

    Attributes:
        publications: The names of the publications that it asks for.
        slot_name: The replication slot at the publisher, or None.
        streaming: `off`, `on` or `parallel` (16+).
        two_phase: Whether it was asked for (15+); whether it has come about yet changes by itself.
        origin: `any`, or `none`: only changes that were made at the publisher itself (16+).
    """

    KIND: ClassVar[str] = "subscription"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    publications: frozenset[str]
    enabled: bool
    slot_name: str | None
    synchronous_commit: str
    binary: bool
    streaming: str
    two_phase: bool
    disable_on_error: bool
    password_required: bool
    run_as_owner: bool
    origin: str
    failover: bool
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """What it asks for, and whether it is on."""
        return f"to {', '.join(sorted(self.publications))}, {'enabled' if self.enabled else 'disabled'}"


# pg_subscription is the whole cluster's; pg_database tells which are this database's. Everybody may read all columns
# but the connection's, by name. What older majors do not have is as they behave. Its comment is not shared.
SUBSCRIPTIONS = Kind(
    record=Subscription,
    query=sql.SQL("""
SELECT s.subname AS name,
       s.subpublications AS publications,
       s.subenabled AS enabled,
       s.subslotname AS slot_name,
       s.subsynccommit AS synchronous_commit,
       s.subbinary AS binary,
       {streaming} AS streaming,
       {two_phase} AS two_phase,
       {disable_on_error} AS disable_on_error,
       {password_required} AS password_required,
       {run_as_owner} AS run_as_owner,
       {origin} AS origin,
       {failover} AS failover,
       pg_get_userbyid(s.subowner) AS owner,
       obj_description(s.oid, 'pg_subscription') AS comment
FROM pg_subscription AS s
JOIN pg_database AS d ON d.oid = s.subdbid
WHERE d.datname = current_database()
"""),
    pieces={
        "streaming": Since(16, sql.SQL("s.substream"), sql.SQL("CASE WHEN s.substream THEN 't' ELSE 'f' END")),
        "two_phase": Since(15, sql.SQL("s.subtwophasestate <> 'd'"), sql.SQL("false")),
        "disable_on_error": Since(15, sql.SQL("s.subdisableonerr"), sql.SQL("false")),
        "password_required": Since(16, sql.SQL("s.subpasswordrequired"), sql.SQL("true")),
        "run_as_owner": Since(16, sql.SQL("s.subrunasowner"), sql.SQL("true")),
        "origin": Since(16, sql.SQL("s.suborigin"), sql.SQL("'any'")),
        "failover": Since(17, sql.SQL("s.subfailover"), sql.SQL("false")),
    },
    words={"streaming": {"f": "off", "t": "on", "p": "parallel"}},
)
