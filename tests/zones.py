"""Where the clock of this process hangs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def living_in(zone: str) -> Iterator[None]:
    """Let this process's clock be that of a zone until the end of the block, and then what it was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()  # the variable alone changes nothing: the C library keeps what it has read
