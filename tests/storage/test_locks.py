import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from node.folder import LOCK_NAME
from node.storage.locks import FolderLock, Locked

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from node.storage.locks import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_process_holds_the_folder(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"):
        with pytest.raises(Locked) as caught:
            FolderLock(tmp_path / "data")
        assert caught.value.pid == os.getpid()
        assert str(os.getpid()) in str(caught.value)
    FolderLock(tmp_path / "data").release()


def test_another_folder_is_another_lock(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "one"), FolderLock(tmp_path / "two"):
        pass


def test_the_second_process_learns_who_holds_it_and_a_killed_holder_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked) as caught:
            FolderLock(tmp_path)
        assert caught.value.pid == holder.pid
        holder.kill()
    with FolderLock(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_a_holder_that_has_not_written_its_number_yet(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        (tmp_path / LOCK_NAME).write_text("")
        with pytest.raises(Locked) as caught:
            FolderLock(tmp_path)
    assert caught.value.pid is None
    assert str(caught.value) == "Another process works in this data folder."


def test_a_longer_number_before_leaves_no_digits(tmp_path: Path) -> None:
    tmp_path.joinpath(LOCK_NAME).write_text("9" * 15)
    with FolderLock(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_only_the_owner_can_take_the_lock(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data" / LOCK_NAME).stat().st_mode) == 0o600


def test_what_was_set_up_is_remembered_by_the_next(tmp_path: Path) -> None:
    with FolderLock(tmp_path) as first:
        assert first.entry is None
        first.note(120)
    with FolderLock(tmp_path) as second:
        assert second.entry == 120
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\nset up, entry 120\n"
        second.note(7)
        with pytest.raises(Locked) as caught:
            FolderLock(tmp_path)
    assert caught.value.pid == os.getpid()
    assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\nset up, entry 7\n"


@pytest.mark.parametrize("text", ["1\nset up, entry -1\n", "1\nset up, entry x\n", "set up", "\xff" * 40])
def test_what_a_lock_does_not_say_is_not_made_up(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK_NAME).write_text(text, encoding="latin-1")
    with FolderLock(tmp_path) as lock:
        assert lock.entry is None
