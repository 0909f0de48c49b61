import os
import socket
import stat
from pathlib import Path

import pytest

from node.folder import FolderError, prepare


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    assert prepare(folder) == []
    assert mode(folder) == 0o700
    assert prepare(folder) == []


def test_lo_01_what_others_could_read_is_closed_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "freehold.db").write_bytes(bytes(8_192))
    (folder / "freehold.db").chmod(0o644)
    (folder / "freehold.toml").write_bytes(b"")
    (folder / "freehold.toml").chmod(0o600)
    assert prepare(folder) == ["data", "freehold.db"]
    assert (mode(folder), mode(folder / "freehold.db")) == (0o700, 0o600)
    assert prepare(folder) == []


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("for others to read")
    before = (mode(home), mode(home / "letter.txt"))
    with pytest.raises(FolderError, match="none of them is a node's"):
        prepare(home)
    assert (mode(home), mode(home / "letter.txt")) == before
    (home / "freehold.toml").write_bytes(b"")
    assert prepare(home) == ["home", "freehold.toml", "letter.txt"]


def test_a_new_disk_is_empty(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o700)
    (disk / "lost+found").mkdir()
    assert prepare(disk) == []


def test_sockets_and_folders_inside_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    prepare(folder)
    (folder / "freehold.toml").touch(0o600)
    (folder / "backups").mkdir()
    (folder / "backups").chmod(0o755)
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(folder / "s"))
        assert prepare(folder) == []


def test_lo_01_a_symlinked_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "data").symlink_to(tmp_path / "real")
    with pytest.raises(FolderError, match="symbolic link"):
        prepare(tmp_path / "data")


def test_lo_01_a_symlinked_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    (folder / "freehold.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(FolderError, match=r"freehold\.db"):
        prepare(folder)


def test_lo_01_a_hard_link_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    (tmp_path / "elsewhere.db").write_bytes(b"")
    os.link(tmp_path / "elsewhere.db", folder / "freehold.db")
    with pytest.raises(FolderError, match="second name"):
        prepare(folder)


def test_lo_01_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(FolderError, match="another user") as refused:
        prepare(folder)
    assert refused.value.hint


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(FolderError, match="cannot be made") as refused:
            prepare(folder)
        assert refused.value.hint == "Name another with --data."


@pytest.mark.parametrize("database", [None, b""])
def test_a_log_whose_database_is_gone_is_not_thrown_away(tmp_path: Path, database: bytes | None) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    if database is not None:
        (folder / "freehold.db").write_bytes(database)
    (folder / "freehold.db-wal").write_bytes(b"what was committed last")
    with pytest.raises(FolderError, match=r"freehold\.db is missing or empty.* restore a backup"):
        prepare(folder)
    (folder / "freehold.db-wal").write_bytes(b"")  # an empty log holds nothing back
    (folder / "node.lock").write_bytes(b"1\n")
    (folder / "notes-wal").write_bytes(b"of another program")
    prepare(folder)


@pytest.mark.parametrize("bare", [b"", b"SQLite format 3\0" + bytes(4_080)], ids=["empty", "one-page"])
@pytest.mark.parametrize("lock", [None, "1\nset up, entry 12\n"], ids=["no-lock", "set-up"])
def test_a_database_that_came_without_its_log_is_not_a_new_node(
    tmp_path: Path, bare: bytes, lock: str | None
) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    (folder / "freehold.toml").write_text("dev = true\n")
    (folder / "freehold.db").write_bytes(bare)
    if lock is not None:
        (folder / "node.lock").write_text(lock)
    with pytest.raises(FolderError, match=r"holds nothing: its log, freehold\.db-wal, is missing") as refused:
        prepare(folder)
    assert "Nothing was changed" in refused.value.hint


def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    (folder / "node.lock").write_text("1\n")
    (folder / "freehold.db").write_bytes(b"SQLite format 3\0" + bytes(4_080))
    prepare(folder)
    (folder / "freehold.db").unlink()
    prepare(folder)


def test_a_node_whose_database_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    (folder / "node.lock").write_text("1\nset up, entry 0\n")
    with pytest.raises(FolderError, match="a node was set up in this folder"):
        prepare(folder)
