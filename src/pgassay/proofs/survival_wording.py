"""What there is to say of a migration that does not survive."""

from __future__ import annotations

from pgassay.errors import BlindError, PgassayError
from pgassay.findings import Finding, Outcome
from pgassay.migrations.model import Migration
from pgassay.proofs.wording import label


def commits(migration: Migration, words: str, where: str) -> Finding:
    """Report what ends the tool's transaction."""
    return Finding(
        rule="ends-its-transaction",
        object=label(migration),
        expected="the tool's transaction ends when the file does",
        found=f'{words} in {where} of "{migration.path}": what stands before it stays, whatever fails later',
        mend="take it out, or mark the migration as one that runs without a transaction",
    )


def leaks(migration: Migration, name: str, setting: str) -> Finding:
    """Report a setting that the next file meets."""
    return Finding(
        rule="setting-leaks",
        object=f"{label(migration)}: {name}",
        expected="the session's settings as they were: the tool runs the next file, and writes its table, in it",
        found=f"{name} = {setting}",
        mend=f"SET LOCAL {name} in place of SET, or RESET {name} at the end",
    )


def not_verified(migration: Migration, error: PgassayError) -> Finding:
    """Report a script that was to show that the step did its work."""
    blind = isinstance(error, BlindError)
    return Finding(
        rule="verify-not-run" if blind else "verify-fails",
        object=label(migration),
        expected="what the migration says of itself: its verify script runs to its end",
        found=error.message if blind else error.text,
        mend=error.hint or "mend the up, or the verify script",
        outcome=Outcome.BLIND if blind else Outcome.FAIL,
    )


def left_invalid(migration: Migration, name: str) -> Finding:
    """Report an index of no use."""
    return Finding(
        rule="index-left-invalid",
        object=f"{label(migration)}: index {name}",
        expected="every index that it builds can be used",
        found="it is invalid",
        mend=f"DROP INDEX CONCURRENTLY {name}; and build it again",
    )


def untried(migration: Migration) -> Finding:
    """Report what cannot be tried in copies."""
    return Finding(
        rule="not-tried",
        object=label(migration),
        expected="to be cut off, and run again",
        found="it makes or alters roles, memberships or tablespaces, which the copies would share",
        mend="look at it yourself, and accept it in schema/accepted.toml",
        outcome=Outcome.BLIND,
    )


def stays(migration: Migration, behind: str, left: str) -> Finding:
    """Report what a failure leaves behind."""
    return Finding(
        rule="failure-leaves-a-trace",
        object=f"{label(migration)}: failed behind {behind}",
        expected="nothing of a step that fails stays",
        found=f"there stays: {left}",
        mend="do by statements of the migration what commits for itself (dblink, COPY ... TO PROGRAM)",
    )


def not_rehearsed(migration: Migration, error: PgassayError) -> Finding:
    """Report a step that runs as its tool runs it, and not statement by statement."""
    return Finding(
        rule="not-tried",
        object=label(migration),
        expected="to fail behind each of its statements, and leave nothing",
        found=f"its statements, one by one in a transaction, fail by themselves: {error.text}",
        mend="look at it yourself, and accept it in schema/accepted.toml",
        outcome=Outcome.BLIND,
    )


def not_failed(migration: Migration, error: PgassayError) -> Finding:
    """Report Python that cannot be run a second time, to fail."""
    return Finding(
        rule="not-tried",
        object=label(migration),
        expected="to fail at each of its statements, and leave nothing, or what running it again mends",
        found=f"in a second database it cannot be tried: {error.text}",
        mend="look at it yourself, and accept it in schema/accepted.toml",
        outcome=Outcome.BLIND,
    )


def stuck(migration: Migration, behind: str, why: str) -> Finding:
    """Report a step that cannot be run again."""
    return Finding(
        rule="cut-off-for-good",
        object=f"{label(migration)}: cut off behind {behind}",
        expected="running it again leads where it leads at once",
        found=why,
        mend="one statement in each file without a transaction, or statements that can be repeated (IF NOT EXISTS)",
    )
