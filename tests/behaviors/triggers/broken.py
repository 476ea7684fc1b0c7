"""For each kind of behaviour what does its job, and what does not, each in a way of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pgassay.contract.behavior import (
    AppendOnly,
    Counts,
    Expectation,
    Fills,
    Keeps,
    Notifies,
    Rejects,
    SoftDeletes,
    Touches,
    Writes,
)
from tests.behaviors.triggers.schemas import TABLE, tell, touch

OFF = "ALTER TABLE t DISABLE TRIGGER tr;"
GONE = "DROP TRIGGER tr ON t;"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What must happen, a schema where it does, and those where it does not, by what is wrong with them."""

    expect: Expectation
    good: str
    broken: dict[str, str]
    entry: dict[str, Any] = field(default_factory=dict)


TOUCHES = Kind(
    expect=Touches(columns=("at",)),
    good=touch(),
    broken={
        "forgets its job": touch(job="NULL"),
        "another event": touch(when="BEFORE INSERT"),
        "another column's event": touch(when="BEFORE UPDATE OF n"),
        "another condition": touch(when="BEFORE UPDATE", condition="WHEN (NEW.x > 5)"),
        "too late": touch(when="AFTER UPDATE"),
        "swallows the change": touch(job="RETURN NULL"),
        "removes the row": touch(when="AFTER UPDATE", job="DELETE FROM t WHERE id = NEW.id"),
        "moves other rows": touch(
            job="IF pg_trigger_depth() = 1 THEN UPDATE t SET at = now() WHERE id <> NEW.id; END IF; NEW.at := now()"
        ),
        "fails": touch(job="NEW.att := now()"),
        "disabled": touch(more=OFF),
        "dropped": touch(more=GONE),
    },
)
KEEP = "IF NEW.x IS DISTINCT FROM OLD.x THEN RAISE 'x stays'; END IF"
KEEPS = Kind(
    expect=Keeps(columns=("x",)),
    good=touch(job=KEEP),
    entry={"change": "UPDATE t SET x = NULL"},
    broken={
        "forgets its job": touch(job="NULL"),
        "lets null through": touch(
            job=KEEP.replace("IS DISTINCT FROM", "<>") + "; NEW.n := 1", when="BEFORE UPDATE OF x"
        ),
        "writes something else": touch(job="NEW.x := 7"),
        "only some rows": touch(job="IF NEW.id > 1 THEN NEW.x := OLD.x; END IF"),
        "another event": touch(job=KEEP, when="BEFORE UPDATE OF n"),
        "the row goes": touch(job="DELETE FROM t WHERE id = OLD.id; RETURN NULL", when="AFTER UPDATE"),
        "calls itself without end": touch(job="UPDATE t SET x = NEW.x WHERE id = NEW.id"),
        "fails whatever is changed": touch(job="IF NEW.y THEN RAISE 'x stays'; END IF"),
        "disabled": touch(job=KEEP, more=OFF),
        "dropped": touch(job=KEEP, more=GONE),
    },
)
REFUSE = "RAISE 'no' USING ERRCODE = 'AB123'"
REJECTS = Kind(
    expect=Rejects(sqlstate="AB123"),
    good=touch(job=REFUSE),
    broken={
        "forgets its job": touch(job="NULL"),
        "another code": touch(job="RAISE 'no'"),
        "only a warning": touch(job=REFUSE.replace("RAISE", "RAISE WARNING"), when="BEFORE INSERT OR UPDATE"),
        "another condition": touch(job=REFUSE, condition="WHEN (NEW.x > 5)"),
        "fails over it": touch(job="PERFORM nonsense()"),
        "another rejects before": touch(when="AFTER UPDATE", job=REFUSE, more="ALTER TABLE t ADD CHECK (x < 1);"),
        "disabled": touch(job=REFUSE, more=OFF),
        "dropped": touch(job=REFUSE, more=GONE),
    },
)
LOG = "CREATE TABLE log (what text, t int);"
LOGS = "INSERT INTO log VALUES ('changed', NEW.id)"
WRITES = Kind(
    expect=Writes(table="log", row={"what": "changed", "t": "1"}),
    good=LOG + touch(when="AFTER UPDATE", job=LOGS),
    broken={
        "forgets its job": LOG + touch(when="AFTER UPDATE", job="NULL"),
        "other values": LOG + touch(when="AFTER UPDATE", job=LOGS.replace("changed", "change")),
        "null": LOG + touch(when="AFTER UPDATE", job=LOGS.replace("NEW.id", "NULL")),
        "twice": LOG + touch(when="AFTER UPDATE", job=f"{LOGS}; {LOGS}"),
        "another event": LOG + touch(when="AFTER DELETE", job=LOGS),
        "fails": LOG + touch(when="AFTER UPDATE", job=LOGS.replace("log", "logg")),
        "disabled": LOG + touch(when="AFTER UPDATE", job=LOGS, more=OFF),
        "no such table": touch(),
    },
)
POSTS = "CREATE TABLE posts (id int PRIMARY KEY, comments int NOT NULL DEFAULT 0);"
SIDES = {
    "INSERT": "UPDATE posts SET comments = comments + 1 WHERE id = NEW.x",
    "DELETE": "UPDATE posts SET comments = comments - 1 WHERE id = OLD.x",
    "UPDATE": "UPDATE posts SET comments = comments - 1 WHERE id = OLD.x; "
    "UPDATE posts SET comments = comments + 1 WHERE id = NEW.x",
}
ZERO = """
CREATE FUNCTION zero() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE posts SET comments = {}; RETURN NULL; END $$;
CREATE TRIGGER zero AFTER TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION zero();
"""


def counting(more: str = "", *, zero: str = "0", **sides: str) -> str:
    job = "; ".join(f"IF TG_OP = '{word}' THEN {does}; END IF" for word, does in (SIDES | sides).items())
    when = "AFTER INSERT OR UPDATE OR DELETE"
    return POSTS + touch(when=when, job=job, more=(ZERO.format(zero) if zero else "") + more)


COUNTS = Kind(
    expect=Counts(
        table="posts",
        column="comments",
        where="t.x = posts.id",
        then=("UPDATE t SET x = 2 WHERE id = 1", "DELETE FROM t WHERE id = 2"),
    ),
    good=counting(),
    entry={"given": "INSERT INTO posts VALUES (1), (2)", "change": "INSERT INTO t VALUES (1, 1), (2, 1), (3, 2)"},
    broken={
        "insert is forgotten": counting(INSERT="NULL"),
        "update is forgotten": counting(UPDATE="NULL"),
        "the old row is forgotten": counting(UPDATE=SIDES["INSERT"]),
        "delete is forgotten": counting(DELETE="NULL"),
        "truncate is forgotten": counting(zero=""),
        "truncate fails": counting(zero="comments - OLD.x"),
        "only the first row": counting(INSERT=SIDES["INSERT"] + " AND comments = 0"),
        "disabled": counting(OFF),
    },
)
TELL = "PERFORM pg_notify('jobs', NEW.id::text)"
NOTIFIES = Kind(
    expect=Notifies(channel="jobs", payload="1"),
    good=touch(job=TELL),
    broken={
        "forgets its job": touch(job="NULL"),
        "another channel": touch(job=TELL.replace("jobs", "Jobs"), when="BEFORE INSERT OR UPDATE"),
        "another payload": touch(job=TELL.replace("NEW.id", "(NEW.x + 6)")),
        "too many": touch(job=f"{TELL}; {TELL.replace('NEW.id', '2')}"),
        "fails": touch(job="PERFORM pg_notify('', '1')"),
        "another event": touch(job=TELL, when="AFTER INSERT"),
        "disabled": touch(job=TELL, more=OFF),
        "dropped": touch(job=TELL, more=GONE),
    },
)
FILL = "NEW.n := 2 * NEW.x"
FILLS = Kind(
    expect=Fills(expressions={"n": "2 * x"}),
    good=touch(when="BEFORE INSERT", job=FILL),
    entry={"change": "INSERT INTO t (id, x) VALUES (3, 7), (4, 8)"},
    broken={
        "forgets its job": touch(when="BEFORE INSERT", job="NULL"),
        "another value": touch(when="BEFORE INSERT", job="NEW.n := NEW.x"),
        "a null": touch(when="BEFORE INSERT", job="NEW.n := NULL"),
        "only some rows": touch(when="BEFORE INSERT", job=f"IF NEW.id = 3 THEN {FILL}; END IF"),
        "another event": touch(job=FILL),
        "too late": touch(when="AFTER INSERT", job=FILL),
        "swallows the rows": touch(when="BEFORE INSERT", job="RETURN NULL"),
        "disabled": touch(when="BEFORE INSERT", job=FILL, more=OFF),
    },
)
NO = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {job}; END $$;"
GUARD = "CREATE TRIGGER tr BEFORE {events} ON t FOR EACH {level} EXECUTE FUNCTION no();"


def guard(
    more: str = "",
    *,
    job: str = "RAISE 'it only grows'",
    events: str = "UPDATE OR DELETE OR TRUNCATE",
    level: str = "STATEMENT",
) -> str:
    return TABLE.replace(" DEFAULT now()", "") + NO.format(job=job) + GUARD.format(events=events, level=level) + more


APPEND_ONLY = Kind(
    expect=AppendOnly(),
    good=guard(),
    entry={"change": ""},
    broken={
        "update is let through": guard(events="DELETE OR TRUNCATE"),
        "delete is let through": guard(events="UPDATE OR TRUNCATE"),
        "truncate is let through": guard(events="UPDATE OR DELETE"),
        "a statement cannot be swallowed": guard(job="RETURN NULL"),
        "fails over it": guard(job="PERFORM nonsense()"),
        "disabled": guard(OFF),
        "dropped": guard(GONE),
    },
)
MARK = "UPDATE t SET at = now() WHERE id = OLD.id; RETURN NULL"
SOFT_DELETES = Kind(
    expect=SoftDeletes(column="at"),
    good=guard(job=MARK, events="DELETE", level="ROW"),
    entry={"change": "DELETE FROM t WHERE id = 1"},
    broken={
        "really deletes": guard(job="RETURN OLD", events="DELETE", level="ROW"),
        "marks nothing": guard(job="RETURN NULL", events="DELETE", level="ROW"),
        "marks every row": guard(job="UPDATE t SET at = now(); RETURN NULL", events="DELETE", level="ROW"),
        "marks and deletes": guard(job=MARK.replace("NULL", "OLD"), events="DELETE", level="ROW"),
        "another event": guard(job=MARK, events="UPDATE", level="ROW"),
        "refuses": guard(job="RAISE 'no'", events="DELETE", level="ROW"),
        "disabled": guard(OFF, job=MARK, events="DELETE", level="ROW"),
    },
)
OTHER = """
CREATE FUNCTION idle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "{}" {} ON t FOR EACH {} EXECUTE FUNCTION idle();
"""


def beside(when: str = "BEFORE UPDATE", level: str = "STATEMENT", more: str = "") -> str:
    return touch(more=OTHER.format("z", when, level) + more)


AFTER = Kind(
    expect=Touches(columns=("at",)),
    good=beside(),
    entry={"after": ("z",)},
    broken={
        "the name comes first": beside(level="ROW"),
        "the other is later": beside(when="AFTER UPDATE", level="ROW"),
        "the other is the statement's": beside(when="AFTER UPDATE"),
        "the other is disabled": beside(more="ALTER TABLE t DISABLE TRIGGER z;"),
        "the other is gone": beside(more="DROP TRIGGER z ON t;"),
    },
)
ALWAYS = "ALTER TABLE t ENABLE ALWAYS TRIGGER tr;"
REPLICA = Kind(
    expect=Touches(columns=("at",)),
    good=touch(more=ALWAYS),
    entry={"replica": "fires"},
    broken={
        "for origin": touch(),
        "for replicas alone": touch(more="ALTER TABLE t ENABLE REPLICA TRIGGER tr;"),
        "always, and idle": touch(job="NULL", more=ALWAYS),
        "always, and fails": touch(job="PERFORM nonsense()", more=ALWAYS),
        "disabled": touch(more=OFF),
    },
)
RESTS = Kind(
    expect=Touches(columns=("at",)),
    good=touch(),
    entry={"replica": "rests"},
    broken={
        "always": touch(more=ALWAYS),
        "for replicas alone": touch(more="ALTER TABLE t ENABLE REPLICA TRIGGER tr;"),
        "idle": touch(job="NULL"),
        "disabled": touch(more=OFF),
    },
)
LATER = "DEFERRABLE INITIALLY DEFERRED"


def deferred(job: str = REFUSE, when: str = LATER, more: str = "") -> str:
    schema = touch(when="AFTER UPDATE", job=job, more=more).replace("CREATE TRIGGER", "CREATE CONSTRAINT TRIGGER")
    return schema.replace("FOR EACH ROW", f"{when} FOR EACH ROW")


DEFERRED = Kind(
    expect=Rejects(sqlstate="AB123", at="commit"),
    good=deferred(),
    broken={
        "not deferrable": deferred(when=""),
        "not deferred": deferred(when="DEFERRABLE"),
        "forgets its job": deferred("NULL"),
        "another code": deferred("RAISE 'no'"),
        "no constraint trigger": touch(job=REFUSE),
        "disabled": deferred(more=OFF),
    },
)
STATEMENT = Kind(
    expect=Writes(table="log", row={"what": "changed"}, count=2),
    good=LOG
    + tell(
        when="AFTER UPDATE",
        job="INSERT INTO log SELECT 'changed', id FROM fresh",
        transition="REFERENCING NEW TABLE AS fresh",
    ),
    entry={"change": "UPDATE t SET x = 1"},
    broken={
        "the first row": LOG
        + tell(
            when="AFTER UPDATE",
            job="INSERT INTO log SELECT 'changed', id FROM fresh LIMIT 1",
            transition="REFERENCING NEW TABLE AS fresh",
        ),
        "the whole table, twice": LOG
        + tell(
            when="AFTER UPDATE",
            job="INSERT INTO log SELECT 'changed', t.id FROM t, fresh",
            transition="REFERENCING NEW TABLE AS fresh",
        ),
        "of each statement one": LOG + tell(when="BEFORE UPDATE", job="INSERT INTO log VALUES ('changed')"),
        "forgets its job": LOG + tell(when="AFTER UPDATE", job="NULL"),
        "other values": LOG
        + tell(
            when="AFTER UPDATE",
            job="INSERT INTO log SELECT 'new', id FROM fresh",
            transition="REFERENCING NEW TABLE AS fresh",
        ),
    },
)

KINDS = {
    "touches": TOUCHES,
    "keeps": KEEPS,
    "rejects": REJECTS,
    "writes": WRITES,
    "counts": COUNTS,
    "notifies": NOTIFIES,
    "fills": FILLS,
    "append_only": APPEND_ONLY,
    "soft_deletes": SOFT_DELETES,
    "after": AFTER,
    "fires in a replica": REPLICA,
    "rests in a replica": RESTS,
    "at commit": DEFERRED,
    "of each statement": STATEMENT,
}
