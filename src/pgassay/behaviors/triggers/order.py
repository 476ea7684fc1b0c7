"""`after`: the order of several triggers on one event, which is that of their names within each timing."""

from __future__ import annotations

from collections.abc import Iterator

from pgassay.behaviors.triggers.scene import Scene
from pgassay.behaviors.verdicts import finding_of
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import quote_name
from pgassay.findings import Finding

_RANKS = {("before", "statement"): 0, ("before", "row"): 1, ("instead of", "row"): 1, ("after", "row"): 2}
_AFTER_STATEMENT, _DEFERRED = 3, 4
# The table's triggers are read in the order of the type name, which compares bytes: RelationBuildTriggers() in
# src/backend/commands/trigger.c.


def order(scene: Scene) -> Iterator[Finding]:
    """Report each trigger that fires later than the entry's, and must not."""
    trigger = scene.named_trigger(scene.behavior.trigger or "")
    for name in scene.behavior.after:
        other = scene.named_trigger(name)
        if not trigger.events & other.events:
            problem = f"{quote_name(name)} fires on {_events(other)}, {quote_name(trigger.name)} on {_events(trigger)}"
            raise scene.behavior.untriable("after", problem, hint="name a trigger that fires on the same event")
        if other.enabled == "disabled":
            yield _is_off(scene, trigger, other)
        elif _place(other) >= _place(trigger):
            yield _finding(scene, trigger, other)


def _place(trigger: Trigger) -> tuple[int, bytes]:
    rank = _DEFERRED if trigger.deferred else _RANKS.get((trigger.timing, trigger.level), _AFTER_STATEMENT)
    return rank, trigger.name.encode()


def _events(trigger: Trigger) -> str:
    return " or ".join(sorted(trigger.events))


def _is_off(scene: Scene, trigger: Trigger, other: Trigger) -> Finding:
    name = quote_name(other.name)
    return finding_of(
        scene.behavior,
        "trigger-disabled",
        expected=f"{quote_name(trigger.name)} fires after {name}",
        found=f"{name} is disabled",
        mend=f"ALTER TABLE {scene.table} ENABLE TRIGGER {name};",
    )


def _finding(scene: Scene, trigger: Trigger, other: Trigger) -> Finding:
    names = quote_name(trigger.name), quote_name(other.name)
    alike = _place(trigger)[0] == _place(other)[0]
    why = "within a timing the order is that of the names" if alike else "the timings decide"
    return finding_of(
        scene.behavior,
        "trigger-fires-too-early",
        expected=f"{names[0]} fires after {names[1]}",
        found=f"it fires before it: {why}",
        mend=f"ALTER TRIGGER {names[0]} ON {scene.table} RENAME TO a name behind {names[1]}"
        if alike
        else f"make {names[0]} {other.timing} for each {other.level}",
    )
