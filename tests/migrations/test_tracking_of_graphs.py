from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pgassay.migrations.model import Migration, OwnTable, Script
from pgassay.migrations.sources.format import Applied, Format, Lock
from pgassay.migrations.tracking import tool_status

HEADS = Format(
    name="a",
    tool="A",
    looks_like=Path.is_dir,
    load=lambda *_: (),
    table=OwnTable(name="a"),
    reads=lambda *_: None,
    lock=Lock.NONE,
    newest_only=True,
)


def graph(**parents: tuple[str, ...]) -> list[Migration]:
    """Migrations with what each rests on."""
    return [
        Migration(version=place, name=key, path=Path(key), key=key, parents=above, up=Script(sql=""))
        for place, (key, above) in enumerate(parents.items(), 1)
    ]


def states(found: Format, migrations: list[Migration], *keys: str) -> tuple[str, list[tuple[str, int]]]:
    """The first letter of each state, and the problems."""
    seen = tool_status(found, migrations, [Applied(key=key) for key in keys])
    return "".join(e.state[0] for e in seen.entries), [(p.kind, p.version) for p in seen.problems]


def test_a_head_stands_for_what_it_rests_on_alone() -> None:
    found = graph(a=(), other=(), b=("a",), c=("a",), m=("b", "c"))
    assert states(HEADS, found, "b") == ("apapp", [])
    assert states(HEADS, found, "m", "other") == ("aaaaa", [])


def test_only_what_others_rest_on_is_slipped_in() -> None:
    found = graph(a=(), other=(), b=("a",), c=("b",))
    assert states(replace(HEADS, newest_only=False), found, "a", "c") == ("appa", [("out of order", 3)])


def test_one_that_stands_for_others() -> None:
    squashed = replace(graph(s=())[0], replaces=("a", "b"))
    each = replace(HEADS, newest_only=False)
    assert states(each, [squashed], "a", "b") == ("a", [])
    assert states(each, [squashed], "a") == ("p", [])
