from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.errors import UsageError
from pgassay.servers.binaries import Binaries, LookUp, find_binaries, look_for_binaries


@pytest.mark.parametrize("major", [0, 13, 19, 99])
def test_an_unknown_major_lists_the_known_ones(major: int) -> None:
    with pytest.raises(UsageError, match=f"PostgreSQL {major} is not among(.|\n)*14, 15, 16, 17, 18"):
        find_binaries(major)


@pytest.mark.usefixtures("nothing_installed")
def test_nothing_is_found_where_nothing_is_installed() -> None:
    found, log = look_for_binaries()
    assert found == []
    assert LookUp("pg_config on PATH", "nothing") in log
    assert LookUp("/nowhere/*/bin", "nothing") in log


@pytest.mark.usefixtures("nothing_installed")
def test_what_was_found_and_cannot_serve_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "client" / "bin", None)
    _install(tmp_path / "old" / "bin", "9.6.24")
    _install(tmp_path / "broken" / "bin", "")
    _install(tmp_path / "new" / "bin", "17.2 (Debian 17.2-1)")
    monkeypatch.setattr("pgassay.servers.binaries.WELL_KNOWN", (f"{tmp_path}/*/bin",))
    found, log = look_for_binaries(16)
    said = {Path(look.place).parent.name: look.found for look in log}
    assert found == []
    assert said["client"].endswith("no initdb and no postgres")
    assert said["broken"].endswith("its postgres does not run")
    assert said["old"] == "9.6.24, which is none of 14 to 18"
    assert said["new"] == "17.2, and 16 was asked for"


@pytest.mark.usefixtures("nothing_installed")
def test_the_newest_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("15.9", "17.2", "15.18", "18beta2"):
        _install(tmp_path / version / "bin", version)
    monkeypatch.setattr("pgassay.servers.binaries.WELL_KNOWN", (f"{tmp_path}/*/bin",))
    assert [b.version for b in find_binaries()] == ["18", "17.2", "15.18", "15.9"]
    assert [b.version for b in find_binaries(15)] == ["15.18", "15.9"]


def test_libraries_are_seen(tmp_path: Path) -> None:
    (tmp_path / "lib" / "postgresql").mkdir(parents=True)
    (tmp_path / "lib" / "postgresql" / "pg_stat_statements.so").touch()
    assert Binaries(tmp_path / "bin", "15.1", "local").libraries == {"pg_stat_statements"}


def _install(bindir: Path, version: str | None) -> None:
    bindir.mkdir(parents=True)
    if version is None:
        return
    (bindir / "initdb").touch()
    (bindir / "postgres").write_text(f'#!/bin/sh\necho "postgres (PostgreSQL) {version}"\n')
    (bindir / "postgres").chmod(0o755 if version else 0o644)
