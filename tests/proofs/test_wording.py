from __future__ import annotations

from pathlib import Path

from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Migration, Script
from pgassay.proofs.wording import failed, unreachable


def test_what_failed_is_mended_in_its_own_file() -> None:
    migration = Migration(version=1, name="a", path=Path("m/1_a.up.sql"), up=Script(sql=""))
    assert failed(migration, "down", ScriptError("no", path=Path("m/1_a.down.sql"))).mend == "mend 1_a.down.sql"


def test_of_many_causes_a_few_are_named() -> None:
    causes = [Migration(version=n, name="a", path=Path(f"{n}-a.sql"), up=Script(sql="")) for n in range(1, 13)]
    assert unreachable("head", causes).found.endswith(", 9-a, 10-a and 2 more have defects")
    assert unreachable("head", causes[:1]).mend == "mend 1-a first"
