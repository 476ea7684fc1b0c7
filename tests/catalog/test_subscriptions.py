"""What is read of subscriptions, and how it changes; never where they connect to."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.kinds.subscriptions import Subscription
from pgassay.catalog.mend import mend
from pgassay.catalog.read import read_catalog
from pgassay.catalog.snapshot import dump
from tests.catalog.conftest import Subject
from tests.catalog.samples import sample

NAME = '"S. ""x"" 🐘"'
LABEL = f"subscription {NAME}"
SECRET = "s3cret of the publisher"
CREATE = f"""CREATE SUBSCRIPTION {NAME} CONNECTION 'host=nowhere.invalid password=''{SECRET}'''
    PUBLICATION news, "Q x" WITH (connect = false, slot_name = NONE"""


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"{CREATE})")


def test_every_attribute(subject: Subject) -> None:
    subscription = subject.read().subscription('S. "x" 🐘')

    assert subscription.attributes == {
        "publications": frozenset({"news", "Q x"}),
        "enabled": False,
        "slot_name": None,
        "synchronous_commit": "off",
        "binary": False,
        "streaming": "parallel" if subject.major >= 18 else "off",
        "two_phase": False,
        "disable_on_error": False,
        "password_required": True,
        "run_as_owner": subject.major < 16,  # as those majors behave
        "origin": "any",
        "failover": False,
        "owner": "postgres",
        "comment": None,
    }
    assert subscription.summary == "to Q x, news, disabled"


SET = f"ALTER SUBSCRIPTION {NAME} SET"


def test_enabled(subject: Subject) -> None:
    """It cannot be enabled without a slot; the worker that then starts finds no publisher."""
    subject.run(f"{SET} (slot_name = 'a')")
    changes = subject.there_and_back(f"ALTER {LABEL} ENABLE", f"ALTER {LABEL} DISABLE")
    subject.run(f"{SET} (slot_name = NONE)")

    assert changes == {LABEL: {"enabled": (False, True)}}


def test_another_databases_subscriptions_are_not_ours(subject: Subject) -> None:
    with subject.server.connect("postgres") as other:
        assert 'S. "x" 🐘' not in read_catalog(other).subscriptions


def test_the_connection_appears_nowhere_and_a_role_that_may_only_connect_sees_the_rest(subject: Subject) -> None:
    everything = subject.read()
    with subject.connect(subject.role("looker", "LOGIN")) as connection:
        connection.autocommit = True
        seen = read_catalog(connection)

    assert seen.blind == ()
    assert seen.subscriptions == everything.subscriptions
    assert [word for word in ("nowhere.invalid", SECRET) if word in dump(everything, contract_hash="")] == []


def test_the_mend_of_blindness_does_not_give_the_connection_away(subject: Subject) -> None:
    looker = subject.role("looker", "LOGIN")
    subject.run("REVOKE SELECT ON pg_subscription FROM PUBLIC")
    with subject.connect(looker) as connection:
        connection.autocommit = True
        blind = {spot.object: spot.mend for spot in read_catalog(connection).blind}
        grant = blind["every subscription"]
        subject.run(grant)
        seen = read_catalog(connection)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT subconninfo FROM pg_subscription")
    subject.run(f"DROP OWNED BY {looker}; GRANT SELECT ({grant[14:].partition(')')[0]}) ON pg_subscription TO PUBLIC")

    assert blind == dict.fromkeys(("every security label", "every subscription"), grant)
    assert (seen.blind, len(seen.subscriptions)) == ((), 1)


OFF = sample(Subscription, name="s", publications=frozenset({"a"}), synchronous_commit="off", origin="any")
ON = replace(OFF, enabled=True, slot_name="x")


@pytest.mark.parametrize(
    ("major", "expected", "found", "text"),
    [
        (18, OFF, None, "create it with CREATE SUBSCRIPTION s CONNECTION ... PUBLICATION a"),
        (18, None, OFF, "DROP SUBSCRIPTION s;"),
        (18, None, ON, "-- the publisher must be up: its slot x goes too\nDROP SUBSCRIPTION s;"),
        (18, ON, OFF, "ALTER SUBSCRIPTION s SET (slot_name = 'x');\nALTER SUBSCRIPTION s ENABLE;"),
        (18, OFF, ON, "ALTER SUBSCRIPTION s DISABLE;\nALTER SUBSCRIPTION s SET (slot_name = NONE);"),
        (
            18,
            replace(ON, two_phase=True),
            ON,
            "ALTER SUBSCRIPTION s DISABLE;\nALTER SUBSCRIPTION s SET (two_phase = true);\nALTER SUBSCRIPTION s ENABLE;",
        ),
        (17, replace(ON, two_phase=True), ON, "two_phase is fixed when a subscription is created: create it anew"),
        (
            18,
            replace(ON, publications=frozenset({"b", "A"})),
            replace(ON, enabled=False),
            'ALTER SUBSCRIPTION s ENABLE;\nALTER SUBSCRIPTION s SET PUBLICATION "A", b WITH (refresh = true);',
        ),
    ],
)
def test_mends_that_need_a_publisher(
    major: int, expected: Subscription | None, found: Subscription | None, text: str
) -> None:
    sides = [Catalog.of(major, [each] if each else []) for each in (expected, found)]
    (difference,) = compare(sides[0], sides[1])

    assert mend(difference, sides[0], sides[1]) == text
