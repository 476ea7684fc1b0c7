"""Contexts of several targets: each has its own, and shares with the others whatever does not depend on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from pgassay.errors import BlindError, UsageError
from pgassay.suite.context import Context

if TYPE_CHECKING:
    import psycopg

    from pgassay.catalog.catalog import Catalog
    from pgassay.contract.load import Contract
    from pgassay.migrations.model import Migration
    from pgassay.sandbox.recipe import Recipe
    from pgassay.sandbox.sandbox import Sandbox
    from pgassay.servers.provider import Provider
    from pgassay.servers.rundir import RunDirectory
    from pgassay.servers.server import Server
    from pgassay.settings import Settings
    from pgassay.settings.targets import NamedTarget


def make_context(settings: Settings, *, run: Callable[[], RunDirectory]) -> Context:
    """Make the context of a run: for one target, for several, or for none."""
    return (Fleet if len(settings.targets) > 1 else Context)(settings, run=run)


class Fleet(Context):
    """The context of what looks at no target, or at all of several; each of them has a context of its own.

    Contract and migrations are read once, and what is expected is built once for each major that a target has.
    """

    def __init__(self, settings: Settings, *, run: Callable[[], RunDirectory]) -> None:
        super().__init__(settings, run=run)
        self._members: dict[str, Context] = {}
        self._majors: dict[int, Context] = {}
        self._lock = Lock()

    def member(self, name: str | None) -> Context:
        """Return the context of the target of a name.

        Raises:
            UsageError: No target is called so.
        """
        known = {target.name: target for target in self.settings.targets}
        if name not in known:
            raise UsageError(
                "several databases are looked at, and it is not said which of them is meant",
                hint=f"name the fixture as an argument of the test, once for each: {', '.join(known)}",
            )
        if name not in self._members:
            self._members[name] = self._opened.enter_context(Member(self, known[name]))
        return self._members[name]

    def of_major(self, major: int) -> Context:
        """Return the context in which things are made for targets of a major: this one, where a major was asked for."""
        if self.settings.pg is not None:
            return self
        with self._lock:
            if major not in self._majors:
                self._majors[major] = self._opened.enter_context(OfMajor(self, major))
            return self._majors[major]

    @cached_property
    def target_major(self) -> int:
        """The major of the first target that answers; all processes of the run agree on it.

        Raises:
            BlindError: None answers.
        """
        return self.run.once("major of the first target", self._first_major)

    def _first_major(self) -> int:
        refused: BlindError | None = None
        for target in self.settings.targets:
            try:
                return self.member(target.name).target_major
            except BlindError as error:
                refused = refused or error
        raise refused or BlindError("there is no target")

    def other_keys(self, name: str) -> Iterator[str]:
        """Yield what every other check finds, on any target: what is accepted may be found on one of them alone.

        Raises:
            BlindError: A target cannot be looked at, and something that is accepted was found on none of the others.
        """
        refused: BlindError | None = None
        missing = {entry.key for entry in self.contract.accepted}
        for context, other in self._others(name):
            try:
                keys = tuple(context.keys_of(other))
            except BlindError as error:
                refused = refused or error
                continue
            missing.difference_update(keys)
            yield from keys
        if refused is not None and missing:
            raise refused

    def _others(self, name: str) -> Iterator[tuple[Context, str]]:
        """Yield every other check that can run, with each context in which it does."""
        from pgassay.suite.every import every_check

        for other in every_check().values():
            if other.name != name and other.missing(self) is None:
                targets = self.settings.targets if other.looks_at_target else ()
                yield from ((self.member(target.name), other.name) for target in targets)
                yield from [] if other.looks_at_target else [(self, other.name)]


class OfMajor(Context):
    """What is made for targets of one major, where they have several: a scratch server, and what is expected on it.

    Never the server that somebody brought along: it is the run's own, of the first target's major.
    """

    def __init__(self, fleet: Fleet, major: int) -> None:
        from pgassay.servers.provider import folder_of

        super().__init__(replace(fleet.settings, pg=major), run=lambda: fleet.run, folder=folder_of(major))
        self.use(server=None, migrate=fleet.given_tool)
        self._fleet = fleet

    @cached_property
    def contract(self) -> Contract:
        """What schema/ says."""
        return self._fleet.contract

    @cached_property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations, in order."""
        return self._fleet.migrations


class Member(Context):
    """The context of one of several targets; what is made for its major is shared.

    Args:
        fleet: What it is one of.
        target: The target.
    """

    ONE_OF_SEVERAL = True

    def __init__(self, fleet: Fleet, target: NamedTarget) -> None:
        super().__init__(replace(fleet.settings, db_url=target.conninfo, targets=()), run=lambda: fleet.run)
        self.catalog_key = f"catalog of the target {target.name}"
        self._fleet = fleet

    @cached_property
    def home(self) -> Context:
        """The context in which things are made for its major.

        Raises:
            BlindError: The target cannot be reached, and its major is wanted.
        """
        fleet = self._fleet
        if fleet.settings.pg is not None or self.target_major == fleet.target_major:
            return fleet
        return fleet.of_major(self.target_major)

    @property
    def migrates(self) -> bool:
        """Whether a tool of the user's own applies the migrations."""
        return self._fleet.migrates

    @cached_property
    def contract(self) -> Contract:
        """What schema/ says."""
        return self._fleet.contract

    @cached_property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations, in order."""
        return self._fleet.migrations

    @cached_property
    def provider(self) -> Provider:
        """Where servers of its major come from."""
        return self.home.provider

    @cached_property
    def server(self) -> Server:
        """The scratch server of its major."""
        return self.home.server

    @cached_property
    def recipe(self) -> Recipe:
        """What scratch databases are made of."""
        return self.home.recipe

    @cached_property
    def sandbox(self) -> Sandbox:
        """Private databases on the scratch server of its major."""
        return self.home.sandbox

    @cached_property
    def expected(self) -> Catalog:
        """What is expected on a server of its major."""
        return self.home.expected

    @contextmanager
    def expected_database(self) -> Iterator[psycopg.Connection[Any]]:
        """Give a session in a database with what is expected, which stays for the next target of its major."""
        yield self.home.kept_database
