"""What a `[[trigger]]` entry that fails looks like to its reader."""

from __future__ import annotations

from typing import cast

from pgassay.behaviors.scene import Relation
from pgassay.behaviors.triggers.scene import Key, Scene
from pgassay.behaviors.verdicts import SHOWN_ROWS, count_rows, finding_of
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import quote_name
from pgassay.findings import Finding

PROVES_NOTHING = "behavior-proves-nothing"


def does_not_move(scene: Scene, column: str, rows: set[Key]) -> Finding:
    """Report rows of the change in which a column stands still."""
    return finding_of(
        scene.behavior,
        "column-does-not-move",
        expected=f"{quote_name(column)} moves in each row of {scene.table} that the change writes",
        found=f"it stands still in {list_rows(rows)}",
        mend=look_at(scene),
    )


def moves_otherwise(scene: Scene, column: str, rows: set[Key], where: str) -> Finding:
    """Report rows in which a column moves though it must not."""
    return finding_of(
        scene.behavior,
        "column-moves-otherwise",
        expected=f"{quote_name(column)} stands still {where}",
        found=f"it moves in {list_rows(rows)}",
        mend=look_at(scene),
    )


def swallows(scene: Scene, rows: set[Key]) -> Finding:
    """Report rows that the change writes without the trigger only."""
    return finding_of(
        scene.behavior,
        "write-swallowed",
        expected=f"the change writes each row of {scene.table} that it writes without the trigger",
        found=f"it does not write {list_rows(rows)}",
        mend=look_at(scene),
    )


def is_gone(scene: Scene, rows: set[Key]) -> Finding:
    """Report rows that are no longer there after the change, which does not delete them."""
    return finding_of(
        scene.behavior,
        "row-gone",
        expected=f"each row of {scene.table} is there after the change",
        found=f"it removes {list_rows(rows)}",
        mend=look_at(scene),
    )


def list_rows(rows: set[Key]) -> str:
    """Name some rows by their keys, and count the others."""
    shown = [f"({', '.join(key)})" for key in sorted(rows)[:SHOWN_ROWS]]
    more = len(rows) - len(shown)
    return f"{count_rows(len(rows))}: {', '.join(shown)}" + (f" and {more} more" if more else "")


def proves_nothing(scene: Scene, found: str) -> Finding:
    """Report an entry that would pass without its trigger as well."""
    return finding_of(
        scene.behavior,
        PROVES_NOTHING,
        expected="a change whose outcome depends on the trigger",
        found=found,
        mend=f'change the contract: correct "given" or "change" of the entry: {scene.behavior.where()}',
    )


def look_at(scene: Scene) -> str:
    """Say where the cause must be looked for."""
    trigger = scene.trigger
    if trigger is None:
        return f"look at the triggers, constraints and indexes of {scene.table}, or correct the entry in behavior.toml"
    name = f"{quote_name(trigger.name)} on {scene.table}"
    if trigger.enabled in {"disabled", "replica"}:  # here it does not fire
        word = "ENABLE ALWAYS" if scene.behavior.replica == "fires" else "ENABLE"
        return f"ALTER TABLE {scene.table} {word} TRIGGER {quote_name(trigger.name)};"
    if disabled := _disabled_parts(scene, trigger):
        return " ".join(disabled)
    when = trigger.summary.partition(" calls ")[0]
    return f"look at function {trigger.function}, which trigger {name} calls {when}{_deferral(trigger)}"


def _deferral(trigger: Trigger) -> str:
    if not trigger.constraint:
        return ""
    deferrable = "initially deferred" if trigger.deferred else "initially immediate"
    return f", {deferrable}" if trigger.deferrable else ", not deferrable"


def _disabled_parts(scene: Scene, trigger: Trigger) -> list[str]:
    """Return what enables a partitioned table's trigger on those partitions where it is disabled."""
    parent = f"{scene.table}.{quote_name(trigger.name)}"
    clones = (cast(Trigger, record) for record in scene.catalog.records["trigger"].values())
    return [
        f"ALTER TABLE {Relation(clone.schema, clone.table)} ENABLE TRIGGER {quote_name(clone.name)};"
        for clone in clones
        if clone.parent == parent and clone.enabled == "disabled"
    ]
