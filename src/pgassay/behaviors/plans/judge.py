"""Put the `[[plan]]` entries of behavior.toml to the test.

An entry without `given` is planned on statistics, in one database for all of them: the plan is the one that serves any
parameters. An entry with `given` is run on what that makes, in a database of its own, and rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgassay.behaviors.given import give
from pgassay.behaviors.nearest import hint_for
from pgassay.behaviors.plans.explain import count_parameters, explain, measure
from pgassay.behaviors.plans.node import SORTS, Node
from pgassay.behaviors.plans.pretence import Copy, Pretence, stated_tables
from pgassay.behaviors.plans.reasons import hidden_but, uses, why_not
from pgassay.behaviors.plans.verdicts import not_judged, not_used, scans, sorts, too_much
from pgassay.behaviors.scene import RELATIONS, MissingError, Relation, find_relation, say
from pgassay.behaviors.verdicts import is_missing, is_untried
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import PlanBehavior, TableStatistics
from pgassay.errors import BlindError, ContractError
from pgassay.findings import Finding

if TYPE_CHECKING:
    from pgassay.sandbox.database import ScratchDatabase

Plan = Callable[[], Node]


@dataclass(slots=True)
class Judge:
    """Judges entries on one database, which is thrown away afterwards.

    Attributes:
        catalog: The database's catalog.
        connection: The session in which queries are planned, as the role that the database was handed out as.
        admin: A superuser's session there.
        used: Schema and name of each index that some plan uses.
    """

    catalog: Catalog
    connection: psycopg.Connection[Any]
    admin: psycopg.Connection[Any]
    used: set[tuple[str, str]] = field(default_factory=set)

    def planned(self, entry: PlanBehavior, pretence: Pretence) -> Iterator[Finding]:
        """Judge an entry on statistics."""
        tables = self._tables(entry)
        if not tables and not entry.uses:
            raise entry.untriable("query", "reads no table: that proves nothing", hint="correct the query")
        try:
            for table in tables:
                pretence.ensure(table)
        except BlindError as error:
            yield not_judged(entry, error)
        else:
            yield from self._judge(entry, explain)

    def measured(self, entry: PlanBehavior) -> Iterator[Finding]:
        """Judge an entry on the rows that it gives."""
        self._commit(entry)
        tables = [table.sql for table in self._tables(entry)]
        self._require_parameters(entry)
        if not any(self._has_rows(table) for table in tables):
            problem = "leaves every table empty that the query reads: that proves nothing"
            raise entry.untriable("given", problem, hint="insert rows")
        for table in tables:
            self.admin.execute(sql.SQL("VACUUM (ANALYZE) {}").format(table))
        yield from self._judge(entry, partial(measure, parameters=entry.parameters))

    def _tables(self, entry: PlanBehavior) -> list[Relation]:
        """The tables that a query reads; those of the system and of extensions stay as they are."""
        own = {identity for kind in RELATIONS for identity in self.catalog.records.get(kind, {})}
        plan = self._ask(entry, partial(explain, self.connection, entry.query))
        return [Relation(*table) for table in sorted(own & plan.tables)]

    def _require_parameters(self, entry: PlanBehavior) -> None:
        takes, given = count_parameters(self.connection, entry.query), len(entry.parameters)
        if takes != given:
            problem = f"the query takes {takes}, and {given} are given"
            raise entry.untriable("parameters", problem, hint="give as many as it takes")

    def _has_rows(self, table: sql.Identifier) -> bool:
        return self.admin.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(table)).fetchone() is not None

    def _commit(self, entry: PlanBehavior) -> None:
        """Commit what an entry gives."""
        give(self.connection, entry, entry.given, self.catalog)
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            raise entry.untriable("given", "leaves a transaction open", hint="end it with COMMIT")
        self.connection.execute("DISCARD ALL")  # what it has set must not decide

    def _judge(self, entry: PlanBehavior, how: Callable[[psycopg.Connection[Any], str], Node]) -> Iterator[Finding]:
        indexes = [find_relation(self.catalog, name, kinds=("index",), word="an index") for name in entry.uses]
        ask = partial(how, self.connection, entry.query)
        plan = self._ask(entry, ask, "fails where it is run" if entry.given else "cannot be planned")
        self.used |= plan.indexes
        for index in indexes:
            if not uses(plan, index, self.catalog):
                why, mend = why_not(index, plan, catalog=self.catalog, alone=partial(self._alone, entry, index, ask))
                yield not_used(entry, index, plan, why=why, mend=mend)
        yield from _steps(entry, plan)
        yield from _limits(entry, plan)

    def _ask(self, entry: PlanBehavior, ask: Plan, problem: str = "cannot be planned") -> Node:
        try:
            return ask()
        except psycopg.Error as error:
            hint = hint_for(error, self.catalog, "correct the entry")
            raise entry.untriable("query", f"{problem}: {say(error)}", hint=hint) from error

    def _alone(self, entry: PlanBehavior, index: Relation, ask: Plan) -> Node:
        """Plan the query where an index is all that there is to choose."""
        with hidden_but(index, self.admin):
            if uses(plan := self._ask(entry, ask), index, self.catalog):
                return plan
            self.connection.execute("SET enable_seqscan = off; SET enable_sort = off")
            try:
                return self._ask(entry, ask)
            finally:
                self.connection.execute("RESET enable_seqscan; RESET enable_sort")


def _or_why_not(entry: PlanBehavior, judged: Iterator[Finding]) -> Iterator[Finding]:
    """Yield what an entry comes to; one that cannot be tried says so, and keeps no other from being tried."""
    try:
        yield from judged
    except ContractError as error:
        yield is_untried(entry, error)
    except MissingError as missing:
        yield is_missing(entry, missing)


def _steps(entry: PlanBehavior, plan: Node) -> Iterator[Finding]:
    if "sequential scan" in entry.without:
        yield from (scans(entry, node, plan) for node in plan.walk() if node.kind == "Seq Scan")
    if "sort" in entry.without:
        yield from (sorts(entry, node, plan) for node in plan.walk() if node.kind in SORTS)


def _limits(entry: PlanBehavior, plan: Node) -> Iterator[Finding]:
    if entry.buffers is not None and plan.buffers > entry.buffers:
        yield too_much(entry, plan, "too-many-buffers", most=entry.buffers, found=plan.buffers, what="buffers")
    read = sum(node.read for node in plan.walk())
    if entry.rows is not None and read > entry.rows:
        yield too_much(entry, plan, "too-many-rows-read", most=entry.rows, found=read, what="rows read")


@dataclass(frozen=True, slots=True)
class Judged:
    """What the entries came to.

    Attributes:
        findings: What is not as it must be.
        used: Schema and name of each index that some plan uses.
        unread: Tables of `[[statistics]]` that no query reads.
    """

    findings: tuple[Finding, ...]
    used: frozenset[tuple[str, str]]
    unread: tuple[Relation, ...] = ()


def judge_planned(
    entries: Sequence[PlanBehavior],
    database: ScratchDatabase,
    catalog: Catalog,
    *,
    statistics: Sequence[TableStatistics] = (),
    copy: Copy | None = None,
) -> Judged:
    """Judge entries on statistics.

    Args:
        entries: Without `given`.
        database: One that is thrown away afterwards: its tables get sizes that they do not have.
        catalog: Its catalog.
        statistics: What the contract says of tables.
        copy: Copies from the target; None: there is none.
    """
    with closing(database.connect()) as connection, database.server.connect(database.name) as admin:
        judge = Judge(catalog, connection, admin)
        stated, wrong = stated_tables(catalog, statistics)
        pretence = Pretence(admin, stated, copy)
        findings = [f for entry in entries for f in _or_why_not(entry, judge.planned(entry, pretence))]
    return Judged((*wrong, *findings), frozenset(judge.used), pretence.unread)


def judge_measured(entry: PlanBehavior, database: ScratchDatabase, catalog: Catalog) -> Judged:
    """Judge an entry on the rows that it gives.

    Args:
        entry: With `given`.
        database: The entry's own.
        catalog: Its catalog.
    """
    with closing(database.connect()) as connection, database.server.connect(database.name) as admin:
        judge = Judge(catalog, connection, admin)
        return Judged(tuple(_or_why_not(entry, judge.measured(entry))), frozenset(judge.used))
