"""The foreign software is the one that was tried: pinned, with a lock that names no registry."""

import json
import re
from pathlib import Path

import pytest

from tests.interop.nodejs import HERE, MISSING, TOO_OLD, NodeMissingError, interpreter, major

PINNED = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
LOCKED = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
WANTED = PINNED["dependencies"] | PINNED["optionalDependencies"]


@pytest.mark.parametrize("name", WANTED)
def test_a_package_is_pinned_to_one_version(name: str) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", WANTED[name])
    assert LOCKED[f"node_modules/{name}"]["version"] == WANTED[name]


def test_the_lock_pins_by_hash_and_names_no_registry() -> None:
    locked = {path: entry for path, entry in LOCKED.items() if path}
    assert len(locked) > len(WANTED)
    assert {path for path, entry in locked.items() if not entry["integrity"].startswith("sha512-")} == set()
    assert {path for path, entry in locked.items() if "resolved" in entry} == set()


def test_node_comes_in_one_version_for_every_machine_it_is_made_for() -> None:
    versions = {version for name, version in PINNED["optionalDependencies"].items()}
    assert len(versions) == 1


@pytest.mark.slow
def test_there_is_a_node_that_is_new_enough() -> None:
    assert major(interpreter()) >= 22


def test_without_the_packages_it_is_said_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NodeMissingError, match=re.escape(MISSING)):
        interpreter(tmp_path)


def test_without_a_node_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "@fedify").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeMissingError, match=re.escape(TOO_OLD)):
        interpreter(tmp_path)
