"""Generate the runtime's synchronous half from the asynchronous one: sync.py [DIRECTORY].

DIRECTORY is where `src/pgassay/runtime` is written to; default: this repository's own. Used by `make sync`, and by the
test that tells when the generated files are stale.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import unasync

RUNTIME = Path(__file__).parents[1] / "src/pgassay/runtime"
BY_HAND = {"__init__.py", "waiting.py"}
NAMES = {
    "_async": "_sync",
    "AbstractAsyncContextManager": "AbstractContextManager",
    **{f"Async{name}": name for name in ("Connection", "ConnectionPool", "Copy", "Cursor")},
    **{f"Async{name}": name for name in ("Database", "Lender", "Loan", "Queries", "Statistics", "Transaction")},
}
NOTICE = "# Generated from {name} by `make sync`: change that one.\n"


def generate(target: Path) -> list[Path]:
    """Write the synchronous modules below `target`, and return them."""
    sources = [path for path in sorted((RUNTIME / "_async").glob("*.py")) if path.name not in BY_HAND]
    rule = unasync.Rule(f"{RUNTIME}/_async/", f"{target}/_sync/", additional_replacements=NAMES)
    unasync.unasync_files([str(path) for path in sources], [rule])
    made = [target / "_sync" / path.name for path in sources]
    for source, path in zip(sources, made, strict=True):
        text = path.read_text(encoding="utf-8")
        path.write_text(NOTICE.format(name=f"_async/{source.name}") + text, encoding="utf-8")
    _tidy(made)
    return made


def _tidy(paths: list[Path]) -> None:
    """Order imports and lay lines out: the names have other lengths now."""
    ruff = [sys.executable, "-m", "ruff"]
    configuration = ["--config", str(RUNTIME.parents[2] / "pyproject.toml"), "--quiet"]
    files = [str(path) for path in paths]
    subprocess.run([*ruff, "check", "--select", "I", "--fix", *configuration, *files], check=True)
    subprocess.run([*ruff, "format", *configuration, *files], check=True)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else RUNTIME)
