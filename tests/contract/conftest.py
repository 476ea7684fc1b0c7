"""A contract's folder, written by the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.contract.load import Contract, load_contract
from pgassay.settings import Settings

Load = Callable[..., Contract]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write files, path -> text or bytes, below a folder `schema`, and load it as the contract."""

    def write_and_load(files: dict[str, str | bytes], *, schema: str = "schema") -> Contract:
        for name, content in files.items():
            path = tmp_path / "schema" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_contract(Settings(root=tmp_path, schema=Path(schema)))

    return write_and_load
