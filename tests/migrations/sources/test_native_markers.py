from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pgassay.errors import MigrationError
from pgassay.migrations.sources import native_markers
from pgassay.migrations.sources.native_markers import Marker, find_markers
from pgassay.migrations.tokens import NOWHERE

PIECES = st.sampled_from(
    [
        "-- migrate:up",
        "-- migrate:down",
        "-- migrate :up",
        "-- a",
        "\n",
        " ",
        "'",
        "E'",
        "$$",
        "/*",
        "*/",
        '"',
        "x",
        ";",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_lines_that_look_like_markers_are_what_the_tokens_say(text: str) -> None:
    try:
        apparent = native_markers._apparent(text, NOWHERE)
    except MigrationError:
        return
    assert apparent == [] or apparent == native_markers._certain(text, NOWHERE)


def starts(text: str) -> list[int]:
    return [marker.start for marker in find_markers(text, NOWHERE)]


def test_a_line_within_a_string_is_no_marker() -> None:
    assert starts("-- migrate:up\nSELECT '\n-- migrate:down\n';") == [0]
    assert starts("-- migrate:up\nSELECT E'a'\n-- migrate:down\n'b';") == [0]


def test_a_marker_has_its_options() -> None:
    (found,) = find_markers("-- why\n-- migrate:up transaction:false\nSELECT 1;", NOWHERE)
    assert found == Marker(found.direction, {"transaction": "false"}, 7, 38)
