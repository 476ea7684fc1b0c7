"""What a round trip has to say: about a step, about the way down, and about what could not be reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pgassay.catalog.difference import Aspect
from pgassay.catalog.reporting import RULES, SCHEMA_UNKNOWN
from pgassay.errors import PgassayError
from pgassay.findings import Finding, Outcome
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Migration

WAY_DOWN = "all the way down and up"
DECLARATION = '"-- migrate:down irreversible: the reason"'
COMES_LAST = "no down can put a column back into its place, for one that is added back comes last"
A_WAY = "a way to get there"
_MOST_NAMED = 10

DOING = {
    "up": "the up runs to its end",
    "down": "the down runs to its end",
    "second-up": "the up runs to its end once more, after the down",
    "rebuild": "the migrations up to here can be applied to a fresh database",
    "way-down": "the down runs to its end on the way from the head",
    "way-up": "the up runs to its end after the way down from the head",
}
"""What should have happened, by the way that a step was going."""


def title(migration: Migration) -> str:
    """Name the report of a step."""
    return f"round trip of {migration.label}"


def label(migration: Migration) -> str:
    """Name a step as the object of a finding."""
    return f"migration {migration.label}"


def failed(migration: Migration, going: str, error: PgassayError) -> Finding:
    """Report a step that cannot be taken, with all that the server says."""
    path = error.path if isinstance(error, ScriptError) else migration.path
    return Finding(
        rule=f"{going}-fails",
        object=label(migration),
        expected=DOING[going],
        found=error.text,
        mend=error.hint or f"mend {path.name}",
    )


def no_down(migration: Migration) -> Finding:
    """Report a step that cannot be undone and does not say so."""
    ours = not migration.key
    return Finding(
        rule="down-missing",
        object=label(migration),
        expected="a down, or a declaration that there is none",
        found='nothing to run behind "-- migrate:down"' if ours else "nothing to run",
        mend=f"write the down, or say {DECLARATION if ours else 'why there is none in schema/irreversible.toml'}",
    )


def reversible(migration: Migration) -> Finding:
    """Report a step that comes back without a trace, although it is declared irreversible."""
    return Finding(
        rule="reversible-after-all",
        object=label(migration),
        expected=f"what irreversible.toml says: {migration.irreversible}",
        found="it goes down and up again without a trace",
        mend="take the entry out of irreversible.toml",
    )


def way_down_ends_above(rest: Sequence[Migration]) -> tuple[str, ...]:
    """Say where the way down ends, unless it goes all the way."""
    return (f"the way down ends above {rest[-1].label}, which is declared irreversible",) if rest else ()


def passes_over(migrations: Sequence[Migration]) -> tuple[str, ...]:
    """Say which steps the way down passes over, as their tool does."""
    names = ", ".join(migration.label for migration in reversed(migrations))
    return (f"the way down passes over {names}: what they made stays, and is not compared",) if names else ()


def unreachable(what: str, causes: Sequence[Migration]) -> Finding:
    """Report what was not run because of steps before it."""
    more = len(causes) - _MOST_NAMED
    names = ", ".join(migration.label for migration in causes[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return Finding(
        rule="not-run",
        object=what,
        expected=A_WAY,
        found=f"not run, for {names} {'has a defect' if len(causes) == 1 else 'have defects'}",
        mend=f"mend {names} first",
    )


def unprepared(what: str, error: PgassayError) -> Finding:
    """Report what was not run because there is no database to run it on; in short, for each step says it."""
    return Finding(
        rule="not-run",
        object=what,
        expected=A_WAY,
        found=f"not run, for no database can be prepared: {error.message}",
        mend=error.hint or "mend schema/init",
    )


def at(what: str, finding: Finding, rule: str) -> Finding:
    """Turn a difference between two moments into a finding about a step or the way down."""
    blind = finding.outcome is Outcome.BLIND
    return replace(
        finding,
        rule=finding.rule if blind else rule,
        object=f"{what}: {finding.object}",
        mend=finding.mend if blind or "up" in rule else _in_the_down(finding),
    )


def _in_the_down(finding: Finding) -> str:
    """Say what the down lacks; a column that it adds again comes last, and no SQL can mend that."""
    if finding.rule == RULES[Aspect.COLUMN_ORDER]:
        return f"{COMES_LAST}: {ways_out('column-order')}"
    if finding.rule == SCHEMA_UNKNOWN:
        name = finding.object.removeprefix("schema ")
        return f"-- in the down, with all that is in it:\nDROP SCHEMA {name} CASCADE;"
    return f"-- in the down:\n{finding.mend}"


def ways_out(leniency: str) -> str:
    """Say what a project can do about what PostgreSQL itself leaves.

    Args:
        leniency: The one that lets it pass.
    """
    return f'accept it, declare the step irreversible, or let it pass everywhere with leniencies = ["{leniency}"]'
