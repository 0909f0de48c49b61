"""A release has one number, wherever it is written."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from node import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_command_tells_the_version_of_the_package() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "cli", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert said == f"freehold {__version__}\n"
    assert metadata.version("freehold") == __version__


def test_the_changelog_goes_up_to_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    # Before the first release everything stands under Unreleased.
    assert headings[:1] in ([__version__], [])
    assert headings == sorted(headings, key=lambda text: [*map(int, text.split("."))], reverse=True)
    assert headings or __version__.startswith("0.1.")


def test_what_a_forge_runs_is_what_everybody_runs() -> None:
    """The workflow calls the one script, and begins with the oldest Python that the project takes."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "run: bash .ci/run" in workflow
    (pythons,) = re.findall(r"python: \[(.*)\]", workflow)
    assert PROJECT["requires-python"] == ">=3.11"
    assert pythons.startswith('"3.11"')
