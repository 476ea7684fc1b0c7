"""A table t, a trigger tr on it, and what a reader sees of findings."""

from __future__ import annotations

from pgassay.findings import Finding

TABLE = "CREATE TABLE t (id int PRIMARY KEY, x int DEFAULT 0, at timestamptz DEFAULT now(), n int DEFAULT 0);"
TOUCH = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {job}; RETURN NEW; END $$;
CREATE TRIGGER tr {when} ON t FOR EACH ROW EXECUTE FUNCTION touch();
"""
STATEMENT = """
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {job}; RETURN NULL; END $$;
CREATE TRIGGER tr {when} ON t {transition} FOR EACH STATEMENT EXECUTE FUNCTION tell();
"""
LOOK = "look at function public.touch, which trigger tr on public.t calls before update for each row"


def touch(*, when: str = "BEFORE UPDATE", job: str = "NEW.at := now()", condition: str = "", more: str = "") -> str:
    return TABLE + TOUCH.format(when=when, job=job).replace("EXECUTE", f"{condition} EXECUTE") + more


def tell(*, when: str, job: str, transition: str = "") -> str:
    return TABLE + STATEMENT.format(when=when, job=job, transition=transition)


def facts(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.found) for finding in findings]
