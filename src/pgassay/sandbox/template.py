"""The template: a migrated database that is built once and copied for everybody.

The last step of building closes it to connections, which a copy needs anyway: what bears a template's name and lets
nobody in is whole. One that still lets somebody in, while its lock can be had, is what a dead builder left.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from pgassay.contract.owner import find_owner
from pgassay.errors import ServerError
from pgassay.sandbox.baseline import read_baseline, settle_sequences
from pgassay.sandbox.carry import put_carried, read_carried
from pgassay.sandbox.finished import Template
from pgassay.sandbox.keeper import is_superuser, open_keeper
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.server_facts import read_server_facts
from pgassay.servers.cluster_wide import insist
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.name_lock import hold_name
from pgassay.servers.registry import note_facts, read_facts, take_up
from pgassay.servers.server import Server
from pgassay.settings import Settings

_FORMAT = "format 3"  # of what a template must be like; another one, another template
_BUILDS = "pgassay_template"  # whose lock is that of all builds
_POLL = 0.02  # seconds


def ensure_template(server: Server, recipe: Recipe | None, settings: Settings) -> Template:
    """Return the template of a recipe, built by whoever asks first, on any server and from any number of runs.

    Args:
        server: Where.
        recipe: What it is made of; None: of nothing.
        settings: Which role is the owner, where the recipe does not show it.

    Raises:
        PgassayError: Init, a migration or the seed fails.
    """
    with server.connect() as admin:
        name = _name_of(admin, server, recipe, settings)
        # One is built at a time, for init and migrations of several may alter the same roles.
        with hold_name(admin, _BUILDS), hold_name(admin, name):
            found = _find(server, admin, name, recipe, settings) if _is_whole(admin, name) else None
            template = found or _build(server, admin, name, recipe, settings)
            if server.run and (recipe is None or recipe.lasts):
                take_up(admin, name)
            return template


def _name_of(admin: psycopg.Connection[Any], server: Server, recipe: Recipe | None, settings: Settings) -> str:
    """Name a template by everything that decides what is in it."""
    filled = "empty" if recipe is None else "filled"
    facts = (_FORMAT, filled, server.version, f"owner {settings.owner}", *read_server_facts(admin))
    return f"pgassay_template_{(recipe or Recipe()).digest(*facts)[:20]}"


def _find(
    server: Server, admin: psycopg.Connection[Any], name: str, recipe: Recipe | None, settings: Settings
) -> Template | None:
    """Tell what a template holds that an earlier run has built: as that has written it down, else by looking.

    None: the server has crashed since, which empties what is unlogged.
    """
    known = _known(admin, name) if server.run else None
    if known is not None and known.baseline is not None and not known.baseline.inventory.unlogged:
        return known
    found = _look_at(server, admin, name, recipe, settings)
    if server.run and _may_be_emptied(known, found):
        return None
    if server.run and known is None:
        note_facts(admin, name, found.to_json())
    return found


def _may_be_emptied(known: Template | None, found: Template) -> bool:
    if found.baseline is None or not found.baseline.inventory.unlogged:
        return False
    return known is None or known.baseline is None or known.baseline.unlogged_digest != found.baseline.unlogged_digest


def _known(admin: psycopg.Connection[Any], name: str) -> Template | None:
    facts = read_facts(admin, name)
    with suppress(ValueError):  # another version's
        return Template.from_json(facts) if facts is not None else None
    return None


def _is_whole(admin: psycopg.Connection[Any], name: str) -> bool:
    row = admin.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row == (False,)


def _build(
    server: Server, admin: psycopg.Connection[Any], name: str, recipe: Recipe | None, settings: Settings
) -> Template:
    from pgassay.sandbox.build import build  # a template that is there already is not waited for by what builds one

    drop_database(server, name)
    create_database(server, name)
    try:
        owner = build(server, name, recipe, settings) if recipe else None
        with open_keeper(server, name, superuser=is_superuser(admin)) as inside:
            settle_sequences(inside)
            baseline = read_baseline(inside)
        _finish(admin, name)
    except BaseException:
        with suppress(ServerError):  # it may be the server that failed; nobody takes up what is not whole
            drop_database(server, name)
        raise
    template = Template(name, owner, read_carried(admin, name), baseline)
    if server.run:
        note_facts(admin, name, template.to_json())
    return template


def _finish(admin: psycopg.Connection[Any], name: str) -> None:
    """Let nobody in any more, and see the last sessions out."""
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    while admin.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchone() is not None:
        time.sleep(_POLL)
    closing = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
    insist(partial(admin.execute, closing))  # the tool that has migrated it may still be at it


def _look_at(
    server: Server, admin: psycopg.Connection[Any], name: str, recipe: Recipe | None, settings: Settings
) -> Template:
    """Tell what a template holds. Nobody is let in there, so a copy is looked at."""
    carried = read_carried(admin, name)
    copy = scratch_name("look", server)
    create_database(server, copy, template=name, owner=carried.owner, connection=admin)
    try:
        put_carried(admin, carried, copy)
        with open_keeper(server, copy, superuser=is_superuser(admin)) as inside:
            owner = find_owner(inside, settings) if recipe else None  # who has CREATE on it, as on every copy
            baseline = read_baseline(inside)
        return Template(name, owner, carried, baseline)
    finally:
        drop_database(server, copy, connection=admin)
