"""The synchronous half of the runtime is generated, and is not stale."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "src/pgassay/runtime"


def test_the_generated_files_are_not_stale(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / ".ci/sync.py", tmp_path], check=True)
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "_sync").glob("*.py")}
    there = {path.name: path.read_text(encoding="utf-8") for path in (RUNTIME / "_sync").glob("*.py")}
    by_hand = {"__init__.py", "waiting.py"}
    assert made.keys() == there.keys() - by_hand == {path.name for path in (RUNTIME / "_async").glob("*.py")} - by_hand
    stale = [name for name, text in made.items() if text != there[name]]
    assert not stale, f"run `make sync`: {', '.join(stale)}"
