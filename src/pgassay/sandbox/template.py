"""The template: a migrated database that is built once and copied for everybody.

The last step of building closes it to connections, which a copy needs anyway: what bears a template's name and lets
nobody in is whole. One that still lets somebody in, while its lock can be had, is what a dead builder left.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from pgassay.contract.owner import find_owner
from pgassay.errors import ServerError
from pgassay.sandbox.build import build
from pgassay.sandbox.carry import Carried, put_carried, read_carried
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.server_facts import read_server_facts
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.name_lock import hold_name
from pgassay.servers.registry import take_up
from pgassay.servers.server import Server
from pgassay.settings import Settings

_POLL = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Template:
    """A finished template.

    Attributes:
        name: The database's name.
        owner: The role that migrations run as.
        carried: What clones lack until it is put on them.
    """

    name: str
    owner: str
    carried: Carried


def ensure_template(server: Server, recipe: Recipe, settings: Settings) -> Template:
    """Return the template of a recipe, built by whoever asks first, on any server and from any number of runs.

    Raises:
        PgassayError: Init, a migration or the seed fails.
    """
    with server.connect() as admin, hold_name(admin, name := _name_of(admin, server, recipe, settings)):
        if _is_whole(admin, name):
            owner = _owner_of(server, name, settings)
        else:
            owner = _build(server, admin, name, recipe, settings)
        if server.run and recipe.lasts:
            take_up(admin, name)
        return Template(name, owner, read_carried(admin, name))


def _name_of(admin: psycopg.Connection[Any], server: Server, recipe: Recipe, settings: Settings) -> str:
    """Name a template by everything that decides what is in it."""
    facts = (server.version, f"owner {settings.owner}", *read_server_facts(admin))
    return f"pgassay_template_{recipe.digest(*facts)[:20]}"


def clone(server: Server, template: Template, purpose: str) -> str:
    """Copy a template to a new database, and return its name."""
    name = scratch_name(purpose)
    create_database(server, name, template=template.name, owner=template.carried.owner)
    with server.connect() as admin:
        put_carried(admin, template.carried, name)
    return name


def _is_whole(admin: psycopg.Connection[Any], name: str) -> bool:
    row = admin.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row == (False,)


def _build(server: Server, admin: psycopg.Connection[Any], name: str, recipe: Recipe, settings: Settings) -> str:
    drop_database(server, name)
    create_database(server, name)
    try:
        owner = build(server, name, recipe, settings)
        _finish(admin, name)
    except BaseException:
        with suppress(ServerError):  # it may be the server that failed; nobody takes up what is not whole
            drop_database(server, name)
        raise
    return owner


def _finish(admin: psycopg.Connection[Any], name: str) -> None:
    """Let nobody in any more, and see the last sessions out."""
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    while admin.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchone() is not None:
        time.sleep(_POLL)
    admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))


def _owner_of(server: Server, name: str, settings: Settings) -> str:
    """Tell the owner of a template that was there already: who has CREATE on it, as on every copy."""
    with server.connect() as admin:
        copy = clone(server, Template(name, "", read_carried(admin, name)), "owner")
    try:
        with server.connect(copy) as connection:
            return find_owner(connection, settings)
    finally:
        drop_database(server, copy)
