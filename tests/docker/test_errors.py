"""What cannot be had says which it is, and what to do."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from pgassay.errors import ServerError, UsageError
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings
from tests.docker.support import Engine

pytestmark = pytest.mark.docker

NOBODY = 65534
# The modules are loaded as root: the user whom nobody let in need not be able to read them either.
AS_NOBODY = f"""
import os
import docker.transport, testcontainers.core.docker_client, requests, encodings.idna
from pgassay.errors import ServerError
from pgassay.servers.container.engine import find_engine

engine = find_engine()
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
try:
    with engine.client():
        pass
except ServerError as error:
    print(error)
"""


def test_no_permission() -> None:
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, check=True)
    assert re.fullmatch(
        r"no permission to use the container engine at unix:///\S+/docker\.sock\n"
        r'hint: join the group "docker" and log in again \(sudo usermod -aG docker "\$USER"\), '
        r"or run a rootless engine and name it in DOCKER_HOST\n",
        done.stdout,
    ), done.stdout + done.stderr


def test_no_image_and_none_to_be_pulled(settings: Settings, run: RunDirectory) -> None:
    """The registry is a port on which nobody listens."""
    said = refusal(replace(settings, image="127.0.0.1:1/none:1"), run)
    assert re.fullmatch(
        r'the image "127\.0\.0\.1:1/none:1" is not on this machine, and pulling it failed: '
        r".*dial tcp 127\.0\.0\.1:1: connect: connection refused\n"
        r'hint: see what "docker pull 127\.0\.0\.1:1/none:1" says, or build it '
        r"\(docker build -t 127\.0\.0\.1:1/none:1 \.\.\.\), or name one that is there with assay_image "
        r"\(docker images lists them\)",
        said,
    ), said


def test_nothing_is_pulled_offline(settings: Settings, run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGASSAY_OFFLINE", "1")
    said = refusal(replace(settings, image=None, pg=17), run)
    assert 'the image "postgres:17" is not on this machine, and PGASSAY_OFFLINE forbids to pull it\n' in said


def test_what_is_no_name_of_an_image(settings: Settings, run: RunDirectory) -> None:
    said = refusal(replace(settings, image="Not An Image"), run)
    assert said.startswith('the container engine does not take "Not An Image" for an image: ')
    assert "invalid reference format" in said
    assert said.endswith("\nhint: look at assay_image: postgres:18, or registry/name:tag")


def test_an_image_without_postgres(settings: Settings, run: RunDirectory, engine: Engine) -> None:
    said = refusal(replace(settings, image="pgassay-test/base"), run)
    assert said.startswith('a container of the image "pgassay-test/base" cannot be started: ')
    assert '"postgres": executable file not found in $PATH' in said
    assert said.endswith(
        "where postgres is not found: the image must be made from the official one, with postgres on its PATH"
    )
    assert engine.containers(run.path) == []


def test_an_image_that_ends_at_once(settings: Settings, run: RunDirectory, engine: Engine) -> None:
    dockerfile = b'FROM pgassay-test/base\nENTRYPOINT ["sh", "-c", "echo out of order >&2; exit 7"]\n'
    engine.client.images.build(fileobj=io.BytesIO(dockerfile), tag="pgassay-test/broken:1", rm=True)
    assert refusal(replace(settings, image="pgassay-test/broken:1"), run) == (
        'the container of the image "pgassay-test/broken:1" ended while it was starting (exit code 7); '
        "the last lines of its log:\nout of order\n"
        "hint: where a library is missing, look at assay_preload; where postgres is, at assay_image: an image made "
        "from the official one"
    )
    assert engine.containers(run.path) == []


def test_a_postgresql_that_does_not_start(settings: Settings, run: RunDirectory, engine: Engine) -> None:
    said = refusal(replace(settings, preload=("no_such_library",)), run)
    assert f'the container of the image "{settings.image}" ended while it was starting (exit code 1)' in said
    assert 'FATAL:  could not access file "no_such_library"' in said
    assert engine.containers(run.path) == []


def test_another_major_than_was_asked_for(settings: Settings, run: RunDirectory, engine: Engine) -> None:
    with pytest.raises(UsageError) as caught:
        Provider(replace(settings, image="pgassay-test/postgres:14", pg=18), run).server()
    assert re.fullmatch(
        r'PostgreSQL 18 was asked for, and the image "pgassay-test/postgres:14" holds 14\.\d+\n'
        r"hint: leave --assay-pg out, or name another image with assay_image",
        str(caught.value),
    )
    assert engine.containers(run.path) == []


def refusal(settings: Settings, run: RunDirectory) -> str:
    """Return what is said when the server cannot be had."""
    with pytest.raises(ServerError) as caught:
        Provider(settings, run).server()
    return str(caught.value)
