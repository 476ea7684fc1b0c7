"""Make databases and bring them back: the work of one process, by one thread, over one session.

Nothing here waits for a test, and no test waits for anything here while databases are at hand (`pool.py`).
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any, LiteralString

import psycopg

from pgassay.errors import PgassayError, ServerError
from pgassay.runtime.liveness import is_alive
from pgassay.sandbox.baseline import Baseline
from pgassay.sandbox.carry import put_carried
from pgassay.sandbox.census import read_positions, take_census
from pgassay.sandbox.disposal import Disposal
from pgassay.sandbox.finished import Template
from pgassay.sandbox.inventory import Kind
from pgassay.sandbox.keeper import Keeper, is_superuser
from pgassay.sandbox.outside import (
    CLUSTER,
    Around,
    Ended,
    announce,
    count_backends,
    count_processes,
    drop_role,
    end_sessions,
    look_around,
    made_since,
    read_roles,
)
from pgassay.sandbox.recycle import Discard, bring_back, is_promising, outgrown
from pgassay.sandbox.spare import Order, Spare
from pgassay.sandbox.wal import WalReader, can_read_wal
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.registry import stay_in_use
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server

USES = 500  # after which a database is made anew, however small it has stayed

_LEAVING = 0.02  # seconds in which sessions that are being closed may go by themselves
_RETURNING = 0.03  # seconds in which who was ended, and connects again at once, is back
_PATIENCE = 5.0  # seconds for ended sessions to be gone
_POLL = 0.0003  # seconds
_RECOVERY = 10.0  # seconds for a server to be back after one of its processes was killed
_RECOVERY_POLL = 0.02  # seconds
_COMING_UP = re.compile("starting up|in recovery mode|not (yet )?accepting connections|crash of another|unexpectedly")
_COME_BACK = "sessions come back after all had gone"
_log = logging.getLogger("pgassay.sandbox")

_OID: LiteralString = "SELECT oid::bigint FROM pg_database WHERE datname = %s"


class Workshop:
    """Makes databases, brings them back, and has dropped what cannot be.

    Attributes:
        notices: What a person should be told at the end of the run.
        verdicts: How often databases were brought back (empty reason), and why others were discarded.

    Args:
        server: Where they live.
        run: Who else is at work on the server (`_is_alone`).
        strategy: How templates are copied (`create_database`).
    """

    def __init__(self, server: Server, *, run: RunDirectory, strategy: str = "file_copy") -> None:
        self.notices: list[str] = []
        self.verdicts: Counter[str] = Counter()
        self._server = server
        self._run = run
        self._strategy = strategy
        self._spares: dict[int, Spare] = {}
        self._admin = server.connect()
        self._privileged = is_superuser(self._admin)
        self._reader = WalReader(self._admin) if self._privileged and can_read_wal(self._admin) else None
        announce(self._admin)
        self._roles: dict[int, str] = {}
        self._cluster = self._templates = ""
        self._disposal = Disposal(server, self.notices)

    def make(self, order: Order) -> Spare:
        """Copy a template, and get the copy ready to be handed out; again where the server recovers meanwhile.

        Raises:
            PgassayError: PostgreSQL refused; nothing half-made is left.
        """
        deadline = time.monotonic() + _RECOVERY
        while True:
            try:
                return self._make(order)
            except (psycopg.Error, PgassayError) as error:
                lost = not is_alive(self._admin) or _COMING_UP.search(str(error))
                if not lost or time.monotonic() > deadline:
                    raise
            time.sleep(_RECOVERY_POLL)
            self.mend()

    def _make(self, order: Order) -> Spare:
        name = scratch_name("db", self._server)
        carried = order.template.carried
        create_database(
            self._server,
            name,
            template=order.template.name,
            owner=carried.owner,
            strategy=self._strategy,
            connection=self._admin,
        )
        try:
            put_carried(self._admin, carried, name)
            return self._get_ready(Spare(order, name, self._oid(name)))
        except BaseException:
            with suppress(psycopg.Error, PgassayError):  # it may be the server that failed, and that is to be told
                drop_database(self._server, name, connection=self._admin)
            raise

    def bring_back(self, spare: Spare) -> bool:
        """Bring a database back to what its template is; False: it is to be dropped."""
        try:
            self._bring_back(spare)
        except Discard as verdict:
            reason = str(verdict)
        except (psycopg.Error, PgassayError) as error:  # whatever went wrong, a copy is made anew
            reason = f"it could not be looked at: {type(error).__name__}: {error}"
        else:
            self.verdicts[""] += 1
            return True
        self.verdicts[reason] += 1
        _log.debug("%s is discarded after %s: %s", spare.name, spare.user or "its use", reason)
        return False

    def discard(self, spare: Spare) -> None:
        """Let go of a database, and have it dropped, soon."""
        self.forget(spare)
        self._disposal.add(spare.name)

    def settle(self, seconds: float) -> None:
        """Wait until what was discarded has been dropped, so long at most."""
        self._disposal.settle(seconds)

    def forget(self, spare: Spare) -> None:
        """Let go of a database, which stays where it is."""
        self._spares.pop(spare.oid, None)
        spare.close()

    def keep_up(self) -> None:
        """Read on in the log, so that not too much comes together while tests take their time."""
        if self._reader is not None:
            self._reader.advance({oid: spare.writes for oid, spare in self._spares.items()})

    def close(self, *, drop: bool = True) -> None:
        """Close our sessions; a database that a test still has goes on without ours.

        Args:
            drop: Drop first what was discarded and is still there.
        """
        self._disposal.close(drop=drop)
        for spare in self._spares.values():
            if spare.keeper is not None:
                spare.keeper.close()
        self._admin.close()

    def mend(self) -> None:
        """Connect anew where our session was lost; all that we knew of the log is lost with it."""
        if is_alive(self._admin):
            return
        self._admin.close()
        self._admin = self._connect_again()
        announce(self._admin)
        for template in {spare.order.template.name for spare in self._spares.values()} if self._server.run else ():
            stay_in_use(self._admin, template)
        for spare in self._spares.values():
            spare.writes.lost = True
        if self._reader is not None:
            self._reader = WalReader(self._admin)

    @property
    def known(self) -> set[Spare]:
        """The databases that were made here, and not let go of."""
        return set(self._spares.values())

    def _connect_again(self) -> psycopg.Connection[Any]:
        """Connect; where one of the server's processes was killed, it is back in a moment."""
        deadline = time.monotonic() + _RECOVERY
        while True:
            try:
                return self._server.connect()
            except ServerError as error:
                if time.monotonic() > deadline or not _COMING_UP.search(error.message):
                    raise
            time.sleep(_RECOVERY_POLL)

    def _oid(self, name: str) -> int:
        row = self._admin.execute(_OID, [name]).fetchone()
        assert row is not None
        return int(row[0])

    def _get_ready(self, spare: Spare) -> Spare:
        """Enter a new database; whatever is written to it from here on was written by a test."""
        try:
            self._enter(spare)
            around = look_around(self._admin, spare.oid, spare.name, keeper=0)
            spare.digest = around.digest
            if not self._cluster:
                self._cluster, self._templates = around.cluster, around.templates
                self._roles = read_roles(self._admin)
            if self._reader is not None:
                self.keep_up()
                spare.since = self._reader.position
            self._spares[spare.oid] = spare
            spare.begin()
        except BaseException:
            self.forget(spare)
            raise
        return spare

    def _enter(self, spare: Spare) -> None:
        """Begin our own session in a new database."""
        baseline = spare.order.template.baseline
        if not self._privileged or baseline is None:
            return
        spare.keeper = Keeper(self._server, spare.name)
        if baseline.inventory.unlogged:
            _refuse_emptied(spare.order.template, spare.keeper.session, baseline)

    def _bring_back(self, spare: Spare) -> None:
        spare.uses += 1
        spare.undress()
        if spare.oid not in self._spares:
            raise Discard("it was made over a session that has failed, and what was written since is not known")
        around, suspicious = self._see_everybody_out(spare)
        self._look_at_cluster(around, spare)
        _discard_for(around, spare)
        baseline = spare.order.template.baseline
        if spare.keeper is None or baseline is None:
            raise Discard("the server's role is no superuser, who alone could bring it back")
        if not spare.is_intact:  # it may be another database of the same name and oid
            raise Discard("our own session in it was ended")
        self.keep_up()
        if not suspicious and is_promising(baseline, spare.writes, spare.since):
            spare.begin()  # the server is at it while we look
        self._undo(spare, spare.keeper.session, baseline)
        if suspicious:
            self._see_that_nobody_came(spare)
        if spare.opening is None:
            spare.begin()

    def _undo(self, spare: Spare, keeper: psycopg.Connection[Any], baseline: Baseline) -> None:
        """Undo what the test did, and note from where on in the log somebody else will have done it."""
        writes = spare.writes if self._reader else None
        undone = bring_back(keeper, baseline, writes, spare.since)
        if (relation := outgrown(keeper, baseline, writes)) is not None:
            raise Discard(f"the {relation} has outgrown its template's")
        if spare.uses >= USES:
            raise Discard("it has been used often enough")
        if self._reader is not None:
            spare.since = undone or self._reader.position

    def _see_everybody_out(self, spare: Spare) -> tuple[Around, bool]:
        """Wait until no session is left but our own, and tell whether some had to be ended."""
        keeper, began = spare.keeper_pid, time.monotonic()
        while count_backends(self._admin, spare.oid) > 1 and time.monotonic() - began < _LEAVING:
            time.sleep(_POLL)  # they are on their way out
        around = look_around(self._admin, spare.oid, spare.name, keeper=keeper)
        if not around.sessions:
            return around, False
        self._end_sessions(spare)
        return look_around(self._admin, spare.oid, spare.name, keeper=keeper), True

    def _end_sessions(self, spare: Spare) -> None:
        """End the sessions in a database, and wait until they are gone, and whoever connects again at once is back."""
        deadline = time.monotonic() + _PATIENCE
        sessions = end_sessions(self._admin, spare.oid, keeper=spare.keeper_pid)
        self._tell(sessions, spare)
        ended = {session.pid for session in sessions}
        left = time.monotonic()  # when somebody was last there
        while time.monotonic() - left < _RETURNING:
            time.sleep(_POLL)
            there = {session.pid for session in end_sessions(self._admin, spare.oid, keeper=spare.keeper_pid)}
            if not there:
                continue
            left = time.monotonic()
            if not ended.issuperset(there):
                raise Discard(_COME_BACK)
            if left > deadline:
                raise Discard(f"{len(there)} sessions have not ended")

    def _see_that_nobody_came(self, spare: Spare) -> None:
        """Look once more: who goes on connecting may have written since the log was read."""
        if look_around(self._admin, spare.oid, spare.name, keeper=spare.keeper_pid).sessions:
            raise Discard(_COME_BACK)
        if self._reader is not None:
            self.keep_up()
            if spare.writes.lost or spare.writes.since(spare.since):
                raise Discard(_COME_BACK)

    def _tell(self, sessions: list[Ended], spare: Spare) -> None:
        """Tell of transactions that were left open by whatever means; an idle connection is nothing to speak of."""
        for session in sessions:
            if session.state not in {"idle", None}:
                self.notices.append(
                    f"{spare.user or spare.name} left a session open, {session.state}: process {session.pid}"
                    f" ({session.application or 'no application_name'}), last statement: {_line(session.query)}"
                )

    def _look_at_cluster(self, around: Around, spare: Spare) -> None:
        """See to what no database isolates: roles. Those that a template's build made are nobody's doing."""
        built = around.builds or around.templates != self._templates
        changed, self._cluster, self._templates = around.cluster != self._cluster, around.cluster, around.templates
        if not changed:
            return
        known, self._roles = self._roles, read_roles(self._admin)
        if built:
            return
        made = {oid: name for oid, name in self._roles.items() if oid not in known}
        if made and spare.alone and self._is_alone:
            # What was made before is nobody's doing that could be told: a fixture of the session, perhaps.
            if young := made_since(self._admin, made, spare.lent):
                self._remove(young, spare)
                raise Discard("roles were made")
            return
        self._report(made, spare)

    @property
    def _is_alone(self) -> bool:
        """Whether nobody but this process can have made a role.

        Another worker of xdist may make some without ever asking for a database; and a server that outlives its run
        may be used by several runs at a time.
        """
        return self._server.private and not self._run.has_others and count_processes(self._admin) == 1

    def _remove(self, made: dict[int, str], spare: Spare) -> None:
        """Drop the roles that a test made, after the database in which they own or hold something."""
        self.discard(spare)
        self.settle(_PATIENCE)
        for oid, name in made.items():
            try:
                drop_role(self._admin, name)
                del self._roles[oid]
            except psycopg.Error as error:
                said = error.diag.message_primary or str(error)
                self.notices.append(f'{spare.user or "a test"} made the role "{name}", which cannot be removed: {said}')
        self._cluster = look_around(self._admin, spare.oid, spare.name, keeper=0).cluster

    def _report(self, made: dict[int, str], spare: Spare) -> None:
        names = ", ".join(f'"{name}"' for name in made.values())
        what = f"the roles {names} appeared" if made else f"{CLUSTER} were changed"
        self.notices.append(
            f"{what} while {spare.user or 'a test'} ran; no database isolates them, so they stay"
            " (assay_private_server gives a test a server of its own)"
        )


def _refuse_emptied(template: Template, keeper: psycopg.Connection[Any], baseline: Baseline) -> None:
    """Refuse a copy of a template whose unlogged relations a crash has emptied; the next run builds it anew.

    Raises:
        ServerError: It is one.
    """
    unlogged = baseline.inventory.unlogged
    sequences = [r for r in unlogged if r.kind is Kind.SEQUENCE]
    counts = take_census(keeper, (r for r in unlogged if r.kind is not Kind.SEQUENCE), baseline.horizon)
    positions = read_positions(keeper, sequences)
    if replace(baseline, counts=counts, positions=positions).unlogged_digest != baseline.unlogged_digest:
        raise ServerError(
            f'the server has crashed, and its template "{template.name}" has lost what was in its unlogged tables',
            hint="run the tests again; the server's log says which process was killed",
        )


def _discard_for(around: Around, spare: Spare) -> None:
    if around.sessions:
        raise Discard(_COME_BACK)
    if around.prepared:
        raise Discard(f"transactions were prepared: {around.prepared}")
    if around.slots:
        raise Discard(f"replication slots were made: {around.slots}")
    if around.digest != spare.digest:
        raise Discard("the database's own owner, privileges, settings or comment were changed")


def _line(text: str) -> str:
    words = " ".join(text.split())
    return f"{words[:100]}..." if len(words) > 100 else words
