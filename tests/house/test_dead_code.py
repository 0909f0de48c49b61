"""Nothing is kept alive by tests alone, and every exception in `pyproject.toml` is still one."""

import tomllib
from pathlib import Path

import pytest
from vulture.core import Vulture

ROOT = Path(__file__).parents[2]


@pytest.mark.slow  # `make lint` has asked already, though not whether each exception is one
def test_what_nothing_uses_is_what_the_settings_name() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["vulture"]
    found = Vulture(ignore_decorators=settings["ignore_decorators"])
    found.scavenge([str(ROOT / path) for path in settings["paths"]])
    assert sorted({item.name for item in found.get_unused_code()}) == sorted(settings["ignore_names"])
