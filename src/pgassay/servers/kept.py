"""Servers that outlive their runs: kept between runs (`assay_keep_server`), or started by hand."""

from __future__ import annotations

import hashlib
import json
import pickle
import secrets
from pathlib import Path
from typing import Literal

from pgassay.errors import PgassayError
from pgassay.servers.folders import MAIN_FOLDER
from pgassay.servers.local import Options
from pgassay.servers.origin import Origin, start_from
from pgassay.servers.places import choose_root, ensure_private, run_roots, write_whole
from pgassay.servers.reaper import reap
from pgassay.servers.registry import create_registry
from pgassay.servers.rundir import USERS, RunDirectory, dismantle, kept_lock, safe_name, write_marker
from pgassay.servers.server import Server
from pgassay.servers.server_settings import server_settings, settings_hash


def kept_server(
    origin: Origin, options: Options, *, kind: Literal["kept", "started"], key: str, run: RunDirectory | None = None
) -> Server:
    """Return the server that outlives runs, started when there is none that answers.

    Args:
        origin: What to start it from.
        options: What else is asked for.
        kind: `kept`: removed when nobody has taken it up for an hour; `started`: it stays until it is stopped.
        key: What it is for; another key, another server.
        run: The run that takes it up.
    """
    path = _kept_path(f"k-{_kept_name(origin, options, kind, key)}")
    with kept_lock(path):  # the reaper leaves alone what is locked
        reap()
        server = _answering(path)
        if server is None:
            dismantle(path)
            server = _start_kept(path, origin, options, kind)
        if run is not None:
            write_whole(path / USERS / safe_name(str(run.path)), str(run.path).encode())
    return server


def _start_kept(path: Path, origin: Origin, options: Options, kind: str) -> Server:
    path.mkdir(mode=0o700)
    (path / USERS).mkdir(mode=0o700)
    write_marker(path, kind=kind)
    server = start_from(path / MAIN_FOLDER, origin, mark=f"{path.name}-{secrets.token_hex(4)}", options=options)
    with server.connect() as connection:
        create_registry(connection)
    write_whole(path / "server", pickle.dumps(server))
    return server


def _answering(path: Path) -> Server | None:
    """Return the kept server in a directory when it is there and is itself."""
    server = read_kept(path)
    if server is not None:
        try:
            server.connect().close()
        except PgassayError:
            return None
    return server


def read_kept(path: Path) -> Server | None:
    """Return what is known of the kept server in a directory of ours."""
    try:
        found = pickle.loads((path / "server").read_bytes())  # noqa: S301 - the directory is private to this user
    except (OSError, pickle.PickleError, EOFError, AttributeError, TypeError):
        return None
    return found if isinstance(found, Server) else None


def _kept_path(name: str) -> Path:
    """Memory may have had room when it was started, and have none now: look in every place."""
    for root in run_roots():
        if (root / name).is_dir():
            return ensure_private(root) / name
    return choose_root() / name


def _kept_name(origin: Origin, options: Options, kind: str, key: str) -> str:
    settings = {**server_settings(origin, options.preload), **options.more, "listen": options.listen}
    facts = [kind, key, settings_hash(origin, settings)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]
