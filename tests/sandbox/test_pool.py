"""How many databases are at hand, who gets them, and what becomes of errors and of the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event, Thread
from typing import cast

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError
from pgassay.sandbox.baseline import Baseline
from pgassay.sandbox.carry import Carried
from pgassay.sandbox.finished import Template
from pgassay.sandbox.inventory import Inventory
from pgassay.sandbox.pool import Pool
from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.spare import Order, Spare
from pgassay.sandbox.workshop import Workshop
from pgassay.servers.registry import create_registry
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server

NOBODYS = Carried("postgres", -1, True, None, (), ())
NO_SESSIONS = Baseline(Inventory(()), 0, {}, {}, sees_logins=True)  # so that none is opened ahead
PATIENCE = 5.0  # seconds


class Handed:
    """What is handed out; nothing is behind it."""

    left = False

    def leave(self) -> None:
        self.left = True


class Bench:
    """Stands in for what makes databases: only what the pool asks of it is looked at."""

    def __init__(self, _: Server) -> None:
        self.notices: list[str] = []
        self.made: list[Spare] = []
        self.dropped: list[Spare] = []
        self.forgotten: list[Spare] = []
        self.errors: list[BaseException] = []
        self.reads: list[BaseException] = []
        self.may_make = Event()
        self.may_make.set()
        self.closed = False

    def mend(self) -> None:
        pass

    def keep_up(self) -> None:
        if self.reads:
            raise self.reads.pop()

    def make(self, order: Order) -> Spare:
        assert self.may_make.wait(PATIENCE)
        if order.template.name == "broken":
            raise RuntimeError("a bug")
        if self.errors:
            raise self.errors.pop(0)
        spare = Spare(order, f"pgassay_{len(self.made)}", len(self.made))
        self.made.append(spare)
        return spare

    def bring_back(self, spare: Spare) -> bool:
        spare.undress()
        return True

    def discard(self, spare: Spare) -> None:
        self.dropped.append(spare)

    def settle(self, _: float) -> None:
        pass

    @property
    def known(self) -> set[Spare]:
        return set()

    def forget(self, spare: Spare) -> None:
        self.forgotten.append(spare)

    def close(self, *, drop: bool) -> None:
        self.closed = True


def order(template: str = "a", kind: str = "database") -> Order:
    whole = Template(template, "postgres", NOBODYS, NO_SESSIONS)
    return Order(whole, Conninfo.of(user="postgres"), kind, lambda *_: Handed())


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.shelf._is_busy", lambda: False)
    monkeypatch.setattr("pgassay.sandbox.pool._IDLE", 0.01)


MakePool = Callable[..., tuple[Pool, list[Bench]]]


@pytest.fixture
def make(server: Server) -> Iterator[MakePool]:
    pools: list[Pool] = []

    def make(ahead: int = 4) -> tuple[Pool, list[Bench]]:
        benches: list[Bench] = []

        def begin(where: Server) -> Workshop:
            benches.append(Bench(where))
            return cast("Workshop", benches[-1])

        pools.append(Pool(server, ahead=ahead, make_workshop=begin))
        return pools[-1], benches

    yield make
    for pool in pools:
        pool.close()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def at_hand(pool: Pool) -> int:
    return sum(len(shelf.ready) for shelf in pool._shelves.values())


def test_more_are_wanted_when_tests_wait_and_fewer_when_they_lie_idle(make: MakePool) -> None:
    pool, benches = make(ahead=3)
    out = [pool.take(order(), "") for _ in range(6)]
    (shelf,) = pool._shelves.values()
    assert shelf.wanted > 1
    shelf.wanted = 3
    for spare in out:
        pool.give_back(spare)
    pool.settle()
    for _ in range(32 * 6):
        pool.give_back(pool.take(order(), ""))
        pool.settle()
    assert shelf.wanted == 1
    assert benches[0].dropped


def test_all_orders_together_have_no_more_than_that_at_hand(make: MakePool) -> None:
    pool, benches = make(ahead=2)
    for _ in range(3):
        for template in "abcde":
            spare = pool.take(order(template), "")
            until(lambda: at_hand(pool) <= 2)
            assert spare.order.template.name == template
    assert len(benches[0].dropped) >= 3


def test_one_of_the_same_template_is_dressed_anew(make: MakePool) -> None:
    pool, benches = make(ahead=1)
    pool.give_back(pool.take(order(), ""))
    pool.settle()
    until(lambda: at_hand(pool))
    made = len(benches[0].made)
    old = next(iter(pool._shelves.values())).ready[-1].handed
    spare = pool.take(order(kind="transaction"), "")
    assert spare.order.kind == "transaction"
    assert spare in benches[0].made[:made]
    assert isinstance(old, Handed)
    assert old.left


def test_an_error_reaches_who_waits_and_a_later_one_works(make: MakePool) -> None:
    pool, benches = make()
    pool.take(order("other"), "")
    until(lambda: at_hand(pool))
    for error in (ServerError("no room"), psycopg.OperationalError("gone")):
        benches[0].errors += [error] * 3  # as fast as who waits can be woken, and faster
        template = str(error)
        with pytest.raises(type(error), match=template):
            pool.take(order(template), "")
        benches[0].errors.clear()
        assert pool.take(order(template), "").order.template.name == template


def test_who_is_refused_a_session_gets_another_database_or_is_told(make: MakePool) -> None:
    pool, benches = make()
    refusals = [ServerError("too many clients")] * 2

    def refusing(*_: object) -> Handed:
        if refusals:
            raise refusals.pop()
        return Handed()

    asked = replace(order("refused"), dress=refusing)
    assert pool.take(asked, "").handed is not None
    until(lambda: len(benches[0].dropped) == 2)
    refusals += [ServerError("too many clients")] * 99
    with pytest.raises(ServerError, match="too many clients"):
        [pool.take(asked, "") for _ in range(6)]  # some were at hand already
    assert all(spare.handed is not None for spare in pool._out)
    assert len(refusals) > 50  # nothing is tried on and on


def test_whatever_ends_the_thread_reaches_who_waits_and_a_later_one_works(make: MakePool) -> None:
    pool, benches = make()
    for _ in range(20):
        pool.take(order(), "")
        with pytest.raises(RuntimeError, match="a bug"):
            pool.take(order("broken"), "")
    assert len(benches) > 1
    until(lambda: all(bench.closed for bench in benches))


def test_a_session_that_is_lost_while_nothing_is_to_be_done(make: MakePool) -> None:
    pool, benches = make()
    pool.take(order(), "")
    benches[0].reads.append(psycopg.OperationalError("the connection is lost"))
    until(lambda: not benches[0].reads)
    assert pool.take(order(), "")
    assert len(benches) == 1


def test_who_waits_while_it_is_closed_is_told(make: MakePool) -> None:
    pool, benches = make()
    pool.take(order("other"), "")
    benches[0].may_make.clear()
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(3):
                pool.take(order(), "")
        except ServerError as error:
            errors.append(error)

    thread = Thread(target=ask)
    thread.start()
    until(lambda: any(shelf.waiting for shelf in pool._shelves.values()))
    closing = Thread(target=pool.close)
    closing.start()
    until(lambda: pool._closed)
    benches[0].may_make.set()
    thread.join(PATIENCE)
    closing.join(PATIENCE)
    assert [str(error) for error in errors] == ["the sandbox has been closed"]
    with pytest.raises(ServerError, match="closed"):
        pool.take(order(), "")


def test_alone(make: MakePool) -> None:
    pool, _ = make()
    one = pool.take(order(), "")
    assert one.alone
    other = pool.take(order(), "")
    assert (one.alone, other.alone) == (False, False)
    pool.give_back(one)
    pool.give_back(other)
    assert pool.take(order(), "").alone


def test_where_the_server_goes_with_the_run_nothing_is_dropped_at_the_end(make: MakePool) -> None:
    pool, benches = make()
    pool.give_back(pool.take(order(), ""))
    pool.settle()
    pool.close()
    assert benches[0].closed
    assert benches[0].forgotten
    assert not benches[0].dropped


def test_where_it_goes_on_everything_is(private_server: Server, small: Sandbox) -> None:
    lasting = replace(private_server, run="a run")
    names = []
    with private_server.connect() as admin:
        create_registry(admin)
    with RunDirectory.create() as run, closing(Sandbox(lasting, small.recipe, small.settings, run=run)) as sandbox:
        with sandbox.new() as one, sandbox.new() as other:
            names += [one.name, other.name]
        sandbox.pool.settle()
    assert len(names) == 2
    with private_server.connect() as admin:
        left = "SELECT datname FROM pg_database WHERE datname LIKE 'pgassay\\_db\\_%'"
        assert admin.execute(left).fetchall() == []


@pytest.mark.thorough
def test_threads_have_databases_of_their_own(small: Sandbox) -> None:
    held: set[str] = set()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                with small.new() as database:
                    assert database.name not in held
                    held.add(database.name)
                    assert database.value("SELECT count(*) FROM s.t") == 0
                    database.none("INSERT INTO s.t VALUES (1)")
                    held.remove(database.name)
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=work) for _ in range(4)]
    with closing(small):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert errors == []
    assert not any(thread.is_alive() for thread in threads)
