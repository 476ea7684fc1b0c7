"""What the experiments have in common: to make a change, and to make it once more without the trigger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import psycopg

from pgassay.behaviors.mistakes import refuse_own_mistake
from pgassay.behaviors.scene import say
from pgassay.behaviors.triggers.scene import Key, Row, Scene
from pgassay.behaviors.triggers.verdicts import look_at
from pgassay.behaviors.verdicts import finding_of
from pgassay.findings import Finding

T = TypeVar("T")


def change(scene: Scene, text: str, key: str = "change") -> Finding | None:
    """Make a change that must succeed.

    Args:
        scene: Where.
        text: The change.
        key: Where it stands in the entry.

    Raises:
        ContractError: The text names what is not there, or cannot be read.
    """
    try:
        scene.run(text)
    except psycopg.Error as error:
        refuse_own_mistake(scene.behavior, key, error, scene.catalog)
        return fails(scene, error)
    return None


def fails(scene: Scene, error: psycopg.Error, what: str = "the change succeeds") -> Finding:
    """Report a change that fails with what is no refusal."""
    return finding_of(scene.behavior, "write-fails", expected=what, found=say(error), mend=look_at(scene))


def control(
    scene: Scene,
    look: Callable[[], T],
    *,
    text: str | None = None,
    on_error: Callable[[psycopg.Error], T] | None = None,
) -> T | None:
    """Try the change with the trigger switched off, and roll it back.

    Args:
        scene: Where.
        look: Sees what came of it.
        text: The change; default: the entry's.
        on_error: May say something where the change cannot be made without the trigger.

    Returns:
        What was seen; None where the entry names no trigger, or where the change cannot be made without it.
    """
    if scene.behavior.trigger is None:
        return None
    disabled = False
    try:
        with scene.without_trigger():
            disabled = True
            scene.run(scene.behavior.change if text is None else text)
            return look()
    except psycopg.Error as error:
        return on_error(error) if on_error and disabled else None


def written(before: Mapping[Key, Row], after: Mapping[Key, Row]) -> set[Key]:
    """Return the rows that were there, and are there in another version."""
    return {key for key, row in after.items() if key in before and before[key].version != row.version}


def moved(before: Mapping[Key, Row], after: Mapping[Key, Row], position: int) -> set[Key]:
    """Return the rows in which the value at a position is another one."""
    both = before.keys() & after.keys()
    return {key for key in both if before[key].values[position] != after[key].values[position]}
