from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.errors import ServerError, UsageError
from pgassay.servers.choice import choose_options, choose_origin
from pgassay.settings import Settings


def test_a_choice_that_is_none_lists_those_that_are() -> None:
    with pytest.raises(UsageError, match=r'"podman" is not(.|\n)*auto, local, embedded, docker'):
        choose_origin(Settings(root=Path("/"), server="podman"))


def test_an_unknown_major_is_refused_before_anything_is_looked_for() -> None:
    with pytest.raises(UsageError, match="PostgreSQL 13"):
        choose_origin(Settings(root=Path("/"), server="embedded", pg=13))


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize("choice", ["auto", "local"])
def test_one_error_says_where_was_looked_and_the_ways_out(choice: str) -> None:
    with pytest.raises(ServerError) as caught:
        choose_origin(Settings(root=Path("/"), server=choice, pg=16))
    said = str(caught.value)
    for words in (
        "initdb and postgres of PostgreSQL 16",
        "pg_config on PATH: nothing",
        "/nowhere/*/bin: nothing",
        "pgassay server fetch",
        "start Docker (pip install 'pgassay[docker]')",
        "--assay-server URL",
    ):
        assert words in said
    assert ("  embedded: an embedded PostgreSQL is fetched with npm" in said) == (choice == "auto")
    assert ("  docker: no container engine answers at unix://" in said) == (choice == "auto")


def test_the_embedded_one_serves_where_local_ones_are_hidden() -> None:
    assert choose_origin(Settings(root=Path("/"), server="embedded", pg=18)).source == "embedded"


def test_options_follow_the_settings() -> None:
    options = choose_options(Settings(root=Path("/"), listen="tcp", preload=("auto_explain",)))
    assert (options.listen, options.preload) == ("tcp", ("auto_explain",))
