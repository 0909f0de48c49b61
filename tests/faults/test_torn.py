"""A tenth of the torn logs that `make torture` opens, and databases damaged beyond their log."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from node.folder import DATABASE_NAME
from node.sandbox.nodes import Node, command
from tests.faults.torn import LOG_NAME, run

PAGE_BYTES = 4_096


@pytest.mark.slow
def test_a_torn_log_leaves_a_prefix_of_commits(tmp_path: Path) -> None:
    ways, faults = run(tmp_path, cases=40)
    assert faults == []
    assert ways["commits in the log"] > 15
    assert ways["cut"] > 10
    assert ways["bit"] + ways["byte"] > 10
    assert ways["started"] > 0


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that was set up and stopped."""
    node = Node(tmp_path_factory.mktemp("whole") / "ada", "ada", "Ada", "person")
    try:
        node.start()
        node.wait_until_ready()
        node.api.request("PUT", "/profile", {"name": "Ada Example"})
    finally:
        node.terminate()
        node.wait()
    return node.folder


def replaced(start: int, new: bytes) -> Callable[[bytes], bytes]:
    """Return what writes other bytes over some of a file."""
    return lambda whole: whole[:start] + new + whole[start + len(new) :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a schema of noise": replaced(100, random.Random(1).randbytes(PAGE_BYTES - 100)),
    "half of it": lambda whole: whole[: len(whole) // 2],
    "another file": lambda whole: b"Dear diary,\n" * (len(whole) // 12),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_database_is_refused_in_a_sentence(stopped: Path, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "node"
    shutil.copytree(stopped, folder)
    whole = (folder / DATABASE_NAME).read_bytes()
    damaged = DAMAGE[how](whole)
    (folder / DATABASE_NAME).write_bytes(damaged)
    code, problem = command("--data", str(folder), "up")
    assert (code, problem["code"]) == (1, "database-damaged")
    assert problem["detail"] == f"{folder / DATABASE_NAME} is not a database, or is damaged."
    assert problem["hint"] == "Keep the folder as it is and restore a backup."
    assert (folder / DATABASE_NAME).read_bytes() == damaged


@pytest.mark.slow
def test_a_log_is_not_thrown_away_with_a_lost_database(stopped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    shutil.copytree(stopped, folder)
    (folder / DATABASE_NAME).write_bytes(b"")
    (folder / LOG_NAME).write_bytes(b"what was committed last")
    code, problem = command("--data", str(folder), "up")
    assert (code, problem["code"]) == (1, "cannot-start")
    assert "restore a backup" in problem["hint"]
    assert (folder / LOG_NAME).read_bytes() == b"what was committed last"
