"""*Write an adapter* says what the port is, and its example is one that passes the contract."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from node.crm import client, port, registry
from tests.crm.contract import CrmContract
from tests.docs import papers

PAGE = "docs/how-to/write-an-adapter.md"
EXAMPLE = papers.ROOT / "docs/example_adapter.py"


def test_the_example_has_a_hundred_lines() -> None:
    assert len([line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]) <= 100


def test_every_call_and_every_error_of_the_port_is_explained() -> None:
    first = {cells[0].strip("`") for cells in papers.rows(PAGE)}
    calls = {name for name, value in vars(port.Crm).items() if inspect.iscoroutinefunction(value)}
    errors = {kind.__name__ for kind in port.CrmError.__subclasses__()}
    assert first - {"call", "error"} == calls | errors
    assert len(calls) == 8


def test_every_verb_is_named() -> None:
    (row,) = [cells for cells in papers.rows(PAGE) if cells[0] == "`act`"]
    assert set(re.findall(r"`(\w+)`", row[1])) == {verb.value for verb in port.RecordVerb}


def test_its_limits_are_those_that_hold() -> None:
    text = " ".join(papers.read(PAGE).split())
    assert f"a page of changes by {port.LIMIT_PAGE} records" in text
    assert f"at most {client.LIMIT_ANSWER_BYTES >> 20} MB" in text
    assert f"at most {client.TIMEOUT_SECONDS:.0f} seconds" in text
    assert f"the group `{registry.POINTS}`" in text


@pytest.mark.slow
def test_the_contract_is_run_as_the_page_says(tmp_path: Path) -> None:
    (shown,) = [fence.text for fence in papers.fences(PAGE) if fence.language == "python"]
    (typed,) = [fence.text for fence in papers.fences(PAGE) if fence.text.startswith("cd freehold")]
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "test_backoffice.py").write_text(shown, encoding="utf-8")
    for path in (EXAMPLE, EXAMPLE.with_suffix(".toml")):
        shutil.copy(path, folder)
    words = typed.splitlines()[1].replace("../adapter", str(folder)).split()
    assert words[:4] == [f"PYTHONPATH={folder}", ".venv/bin/python", "-m", "pytest"]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, *words[2:], "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=papers.ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    held = [name for name in vars(CrmContract) if name.startswith("test_")]
    (passed,) = re.findall(r"^(\d+) passed", ran.stdout, re.MULTILINE)
    assert int(passed) >= len(held) > 20
