"""Programs of pictures say how they are called before they make, or empty, a folder."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("program", ["screens", "tutorial"])
@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), (["-h"], 0), ([], 2), (["--nope"], 2)])
def test_help_is_no_folder(program: str, words: list[str], code: int, tmp_path: Path) -> None:
    line = [sys.executable, "-m", f"tests.browser.{program}", *words]
    ran = subprocess.run(line, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert (ran.returncode, "usage: " in ran.stdout + ran.stderr) == (code, True)
    assert list(tmp_path.iterdir()) == []
