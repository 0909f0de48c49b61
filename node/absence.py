"""Packages that are installed and not wanted: who would load them if possible is let think it is not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Make the import of these packages fail inside the block, unless they were imported before."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None stands for "cannot be imported"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
