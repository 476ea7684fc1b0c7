"""`notifies`: the change sends notifications. A session hears its own, as soon as they are committed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
from psycopg import sql

from pgassay.behaviors.triggers.scene import Scene
from pgassay.behaviors.triggers.trial import change
from pgassay.behaviors.triggers.verdicts import look_at, proves_nothing
from pgassay.behaviors.verdicts import finding_of
from pgassay.contract.behavior import Notifies
from pgassay.findings import Finding


def notifies(scene: Scene, expect: Notifies) -> Iterator[Finding]:
    """Put it to the test; then once more without the trigger, for what is rolled back notifies nobody."""
    heard: list[str] = []
    scene.connection.add_notify_handler(lambda notice: heard.append(notice.payload))
    scene.connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(expect.channel)))
    if (failure := change(scene, scene.behavior.change)) is not None:
        yield failure
        return
    first = list(heard)
    if len(first) != expect.count or not all(_fits(payload, expect) for payload in first):
        yield _finding(scene, expect, first)
    heard.clear()
    _without_trigger(scene)
    if heard and first == heard:
        yield proves_nothing(scene, "the same is sent with the trigger switched off, too")


def _without_trigger(scene: Scene) -> None:
    """Make the change again; where it cannot be made twice, or the trigger not switched off, nothing is learned."""
    if scene.behavior.trigger is None:
        return
    try:
        scene.switch_off()
    except psycopg.errors.InsufficientPrivilege:
        return
    try:
        scene.run(scene.behavior.change)
    except psycopg.Error:
        return
    finally:
        scene.switch_back()


def _fits(payload: str, expect: Notifies) -> bool:
    if expect.json:
        try:
            found = json.loads(payload)
        except ValueError:
            return False
        return isinstance(found, dict) and expect.json.items() <= found.items()
    return expect.payload is None or payload == expect.payload


def _finding(scene: Scene, expect: Notifies, heard: list[str]) -> Finding:
    if len(heard) < expect.count:
        rule = "notification-missing"
    else:
        rule = "notification-extra" if len(heard) > expect.count else "notification-differs"
    return finding_of(
        scene.behavior,
        rule,
        expected=f'{_number(expect.count)} on channel "{expect.channel}"{_content(expect)}',
        found=f"{_number(len(heard))}: {', '.join(map(repr, heard))}" if heard else "nothing is sent on it",
        mend=look_at(scene),
    )


def _number(count: int) -> str:
    return "1 notification" if count == 1 else f"{count} notifications"


def _content(expect: Notifies) -> str:
    if expect.json:
        return f", whose payload has {json.dumps(expect.json, ensure_ascii=False)}"
    return "" if expect.payload is None else f", whose payload is {expect.payload!r}"
