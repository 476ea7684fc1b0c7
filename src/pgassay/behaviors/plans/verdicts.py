"""What a plan that is not as the contract says looks like to its reader."""

from __future__ import annotations

from pgassay.behaviors.plans.node import Node
from pgassay.behaviors.scene import Relation
from pgassay.behaviors.verdicts import finding_of
from pgassay.contract.behavior import Entry, PlanBehavior
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome


def not_used(entry: PlanBehavior, index: Relation, plan: Node, *, why: str, mend: str) -> Finding:
    """Report an index that the planner passes by, and why."""
    return finding_of(
        entry, "index-not-used", expected=f"index {index} is used", found=f"{why}\n{plan.text}", mend=mend
    )


def scans(entry: PlanBehavior, node: Node, plan: Node) -> Finding:
    """Report a table that is read whole."""
    table = Relation(node.schema, node.relation)
    return finding_of(
        entry,
        "sequential-scan",
        expected="no sequential scan",
        found=f"{table} is read whole\n{plan.text}",
        mend=f"make an index on {table} that begins with columns of the query's condition, or correct the query",
    )


def sorts(entry: PlanBehavior, node: Node, plan: Node) -> Finding:
    """Report rows that are sorted."""
    key = ", ".join(node.sort_key)
    return finding_of(
        entry,
        "sort-in-plan",
        expected="no sort",
        found=f"rows are sorted by {key}\n{plan.text}",
        mend=f"make an index that gives the rows in the order of {key}, or correct the query",
    )


def too_much(entry: PlanBehavior, plan: Node, rule: str, *, most: int, found: int, what: str) -> Finding:
    """Report a query that reads more than it may."""
    return finding_of(
        entry,
        rule,
        expected=f"at most {most} {what}",
        found=f"{found} {what}\n{plan.text}",
        mend="look at what each step reads: an index that holds more of the condition reads less",
    )


def not_judged(entry: Entry, error: BlindError) -> Finding:
    """Report an entry of which nothing can be said."""
    return Finding(
        rule="plan-not-judged",
        object=f'behavior "{entry.name}" of {entry.about}',
        expected="statistics on which the query is planned",
        found=error.text,
        mend=error.hint or f"correct the entry: {entry.where()}",
        outcome=Outcome.BLIND,
    )
