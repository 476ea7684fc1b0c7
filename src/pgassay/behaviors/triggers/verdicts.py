"""What a `[[trigger]]` entry that fails looks like to its reader."""

from __future__ import annotations

from pgassay.behaviors.triggers.scene import Key, Scene
from pgassay.behaviors.verdicts import SHOWN_ROWS, count_rows, finding_of
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
    if trigger.enabled == "disabled":
        return f"ALTER TABLE {scene.table} ENABLE TRIGGER {quote_name(trigger.name)};"
    when = f"{trigger.timing} {' or '.join(sorted(trigger.events))}"
    return f"look at function {trigger.function}, which trigger {name} calls {when}"
