from __future__ import annotations

from pathlib import Path

from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Migration, Script
from pgassay.proofs.wording import failed


def test_what_failed_is_mended_in_its_own_file() -> None:
    migration = Migration(version=1, name="a", path=Path("m/1_a.up.sql"), up=Script(sql=""))
    assert failed(migration, "down", ScriptError("no", path=Path("m/1_a.down.sql"))).mend == "mend 1_a.down.sql"
