"""Packages that are let be absent."""

import sys

import pytest

from node.absence import absent


def test_a_package_is_absent_inside_the_block_and_back_behind_it() -> None:
    sys.modules.pop("this", None)
    with absent("antigravity"), pytest.raises(ImportError):
        import antigravity  # noqa: F401
    assert "antigravity" not in sys.modules
    with absent("json"):  # imported before, so left alone
        import json
    assert sys.modules["json"] is json
