from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pgassay.errors import ServerError
from pgassay.servers import places
from pgassay.servers.places import choose_root, draft_of, ensure_private


def test_a_link_is_not_a_directory_of_ours(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ServerError, match="is not a directory of this user alone"):
        ensure_private(tmp_path / "link")


def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(ServerError, match="remove it or set TMPDIR"):
        ensure_private(tmp_path / "open")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_strangers_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 65534, 65534)
    with pytest.raises(ServerError, match="is not a directory of this user alone"):
        ensure_private(tmp_path / "theirs")


def test_memory_without_room_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ROOM_IN_MEMORY", 1 << 60)
    assert not choose_root().is_relative_to(places.SHARED_MEMORY)


def test_a_socket_fits_though_the_temporary_directory_is_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ROOM_IN_MEMORY", 1 << 60)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/tmp/" + "deep/" * 30)
    assert len(bytes(choose_root() / "r-01234567/i-012345/.s.PGSQL.65535")) <= places.LONGEST_SOCKET


def test_a_draft_becomes_the_directory_when_it_is_whole(tmp_path: Path) -> None:
    with draft_of(tmp_path / "final") as draft:
        draft.mkdir()
        assert not (tmp_path / "final").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def test_a_draft_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with draft_of(tmp_path / "final") as draft:
            (draft / "half").mkdir(parents=True)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not list(tmp_path.iterdir())


def test_the_first_one_wins_and_old_drafts_go(tmp_path: Path) -> None:
    (tmp_path / "final" / "first").mkdir(parents=True)
    (tmp_path / ".draft-old").mkdir()
    os.utime(tmp_path / ".draft-old", (0, 0))
    with draft_of(tmp_path / "final") as draft:
        (draft / "second").mkdir(parents=True)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["final", "final/first"]
