"""A real engine, and the images that `.ci/docker-engine` has made; without them the tests fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgassay.servers.container.engine import find_engine
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings
from tests.docker.support import Engine
from tests.project import Project
from tests.servers.conftest import nothing_installed, only_root, short_root

__all__ = ["nothing_installed", "only_root", "short_root"]

HOST = os.environ.get("DOCKER_HOST", "")
OFFICIAL = os.environ.get("PGASSAY_TEST_OFFICIAL")
IMAGES = [*os.environ.get("PGASSAY_TEST_IMAGES", "").split(), *([OFFICIAL] if OFFICIAL else [])]


@pytest.fixture(scope="session", autouse=True)
def _wanted() -> None:
    if "docker" in os.environ.get("PGASSAY_SKIP", "").split(","):
        pytest.skip("PGASSAY_SKIP=docker")
    if not IMAGES:
        pytest.fail("no engine and no images of the tests: run `tox -e docker`, or set PGASSAY_SKIP=docker", False)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The engine that everything here is started in."""
    with find_engine().client() as client:
        yield Engine(client)


@pytest.fixture
def run() -> Iterator[RunDirectory]:
    """A run of its own."""
    with RunDirectory.create() as run:
        yield run


@pytest.fixture(params=IMAGES)
def any_image(request: pytest.FixtureRequest) -> str:
    """Each image: both layouts of the data directory are among them."""
    return str(request.param)


@pytest.fixture
def image() -> str:
    """The newest of our own images."""
    return [image for image in IMAGES if image != OFFICIAL][-1]


@pytest.fixture
def settings(image: str) -> Settings:
    """The settings of somebody who wants servers of that image."""
    return Settings(root=Path("/"), server="docker", image=image)


@pytest.fixture
def docker_project(project: Project, image: str) -> Project:
    """A user's project whose scratch servers are containers."""
    project.write("pytest.ini", f"[pytest]\nassay_server = docker\nassay_image = {image}\n")
    return project
