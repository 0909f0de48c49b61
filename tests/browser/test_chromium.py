"""Where there is no browser, one plain sentence says so."""

import re
from pathlib import Path

import pytest

from tests.browser.chromium import MISSING, NAMES, BrowserMissingError, chromium


def test_without_a_browser_it_is_said_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(BrowserMissingError, match=re.escape(MISSING)):
        chromium(str(tmp_path), elsewhere=())


@pytest.mark.parametrize("name", NAMES)
def test_it_is_found_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    command = tmp_path / name
    command.touch(mode=0o755)
    assert chromium(str(tmp_path), elsewhere=()) == str(command)


def test_it_is_found_where_a_system_keeps_its_programs(tmp_path: Path) -> None:
    command = tmp_path / "Chrome"
    command.touch(mode=0o755)
    assert chromium(str(tmp_path / "bin"), elsewhere=(str(command),)) == str(command)
