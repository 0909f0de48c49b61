"""A release has one number, wherever it is written."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from node.web.federation.discovery import software_version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION = PROJECT["version"]


def test_the_command_and_the_network_are_told_the_version_of_the_project() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "cli", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert VERSION in said.split()
    assert software_version() == VERSION


def test_the_changelog_goes_up_to_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    # Before the first release everything stands under Unreleased.
    assert headings[:1] in ([VERSION], [])
    assert headings == sorted(headings, key=lambda text: [*map(int, text.split("."))], reverse=True)
    assert headings or VERSION.startswith("0.1.")


def test_what_a_forge_runs_is_what_everybody_runs() -> None:
    """The workflow calls the one script, and begins with the oldest Python that the project takes."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "run: bash .ci/run" in workflow
    (pythons,) = re.findall(r"python: \[(.*)\]", workflow)
    assert PROJECT["requires-python"] == ">=3.11"
    assert pythons.startswith('"3.11"')
