"""A finished template: what is known of it, and how that is written down for the next run.

On a server that outlives its runs it stands in the registry, beside the template's name, so that the next run does not
have to look into a copy: nobody is let into the template itself. It is JSON and no pickle, for others may write there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, NamedTuple, TypeVar

from pgassay.sandbox.baseline import Baseline
from pgassay.sandbox.carry import Carried, Grant, Setting
from pgassay.sandbox.census import Count, Position
from pgassay.sandbox.inventory import Inventory, Kind, Place, Relation

N = TypeVar("N", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Template:
    """A finished template.

    Attributes:
        name: The database's name.
        owner: The role that migrations run as; in an empty one nobody but the server's own.
        carried: What clones lack until it is put on them.
        baseline: What it holds; None where the server's role may not see everything.
    """

    name: str
    owner: str | None
    carried: Carried
    baseline: Baseline | None

    def to_json(self) -> str:
        """Return all of it as JSON."""
        facts = {
            "name": self.name,
            "owner": self.owner,
            "carried": asdict(self.carried),
            "baseline": None if self.baseline is None else _written(self.baseline),
        }
        return json.dumps(facts, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Template:
        """Return what `to_json` has written down.

        Raises:
            ValueError: Something else did.
        """
        try:
            facts = json.loads(text)
            baseline = facts["baseline"]
            return cls(
                name=facts["name"],
                owner=facts["owner"],
                carried=_carried(facts["carried"]),
                baseline=None if baseline is None else _baseline(baseline),
            )
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"these are no facts of a template: {error!r}") from error


def _carried(facts: dict[str, Any]) -> Carried:
    grants, settings = facts.pop("grants"), facts.pop("settings")
    return Carried(
        **facts,
        grants=tuple(Grant(**grant) for grant in grants),
        settings=tuple(Setting(**setting) for setting in settings),
    )


def _written(baseline: Baseline) -> dict[str, Any]:
    return {
        "horizon": baseline.horizon,
        "sees_logins": baseline.sees_logins,
        "relations": [(*astuple(r)[:3], r.kind.value, *astuple(r)[4:]) for r in baseline.inventory.relations],
        "counts": baseline.counts,
        "positions": baseline.positions,
    }


def _baseline(facts: dict[str, Any]) -> Baseline:
    return Baseline(
        inventory=Inventory(tuple(_relation(values) for values in facts["relations"])),
        horizon=facts["horizon"],
        counts=_by_oid(Count, facts["counts"]),
        positions=_by_oid(Position, facts["positions"]),
        sees_logins=facts["sees_logins"],
    )


def _relation(values: Sequence[Any]) -> Relation:
    oid, schema, name, kind, unlogged, place, pages, guarded = values
    return Relation(oid, schema, name, Kind(kind), unlogged, Place(*place), pages, guarded)


def _by_oid(kind: type[N], found: Mapping[str, list[Any]]) -> dict[int, N]:
    """Return named tuples by oid: to JSON a key is a text, and a tuple a list."""
    return {int(oid): kind(*values) for oid, values in found.items()}
