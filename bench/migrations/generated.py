"""Migrations by the hundred: three tables in five steps, then a column with an index, then something else."""

from __future__ import annotations

from pathlib import Path

Step = tuple[str, str]


def steps(number: int) -> list[Step]:
    """Return ups and downs, all of which come back without a trace."""
    made: list[Step] = []
    tables = 0
    for n in range(number):
        if n % 5 < 3:
            made.append(_table(tables))
            tables += 1
        elif n % 5 == 3:
            made.append(_column(n, tables - 1))
        else:
            made.append(_OTHERS[n // 5 % len(_OTHERS)](n, tables - 1))
    return made


def write(folder: Path, made: list[Step]) -> None:
    """Write them in our own format."""
    for n, (up, down) in enumerate(made, 1):
        (folder / f"{n:04}-step.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n", encoding="utf-8")


def _table(k: int) -> Step:
    parent = f"REFERENCES t{k - 1}" if k % 3 else ""
    return (
        f"""CREATE TABLE t{k} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email LIKE '%@%'),
    parent bigint {parent},
    amount numeric(10, 2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON t{k} (created_at);""",
        f"DROP TABLE t{k};",
    )


def _column(n: int, k: int) -> Step:
    return (
        f"ALTER TABLE t{k} ADD c{n} text DEFAULT 'x';\nCREATE INDEX t{k}_c{n} ON t{k} (lower(c{n}));",
        f"ALTER TABLE t{k} DROP c{n};",
    )


def _view(n: int, k: int) -> Step:
    return f"CREATE VIEW v{n} AS SELECT id, email FROM t{k} WHERE amount > 0;", f"DROP VIEW v{n};"


def _trigger(n: int, k: int) -> Step:
    return (
        f"""CREATE FUNCTION f{n}() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NEW.created_at := now(); RETURN NEW; END $$;
CREATE TRIGGER g{n} BEFORE UPDATE ON t{k} FOR EACH ROW EXECUTE FUNCTION f{n}();""",
        f"DROP TRIGGER g{n} ON t{k};\nDROP FUNCTION f{n}();",
    )


def _constraint(n: int, k: int) -> Step:
    return f"ALTER TABLE t{k} ADD CONSTRAINT k{n} CHECK (amount < 1000);", f"ALTER TABLE t{k} DROP CONSTRAINT k{n};"


def _comment(_: int, k: int) -> Step:
    return f"COMMENT ON TABLE t{k} IS 'what it is for';", f"COMMENT ON TABLE t{k} IS NULL;"


_OTHERS = (_view, _trigger, _constraint, _comment)
