"""What takes long begins first, so that those who run tests side by side are done at about the same time."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONG = ["tests/test_host.py", "tests/test_postgres.py"]
SHORT = ["tests/nouns/test_applause.py", "tests/test_absence.py"]


def test_files_with_slow_tests_come_first_and_each_stays_whole() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *reversed(LONG + SHORT)],
        cwd=ROOT,
        env=os.environ | {"PYTEST_ADDOPTS": "-p no:cacheprovider"},
        capture_output=True,
        text=True,
        check=True,
    )
    files = [line.partition("::")[0] for line in asked.stdout.splitlines() if "::" in line]
    assert [file for file, before in zip(files, ["", *files], strict=False) if file != before] == LONG + SHORT
