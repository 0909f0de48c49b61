"""The one place where a test may say that it cannot run on this machine: what it needs is no part of ours."""

from typing import NoReturn

import pytest


def not_here(reason: str) -> NoReturn:
    """Leave out what asks, and say what is missing and how it is had."""
    pytest.skip(reason)
