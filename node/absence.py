"""What libraries would load when they are imported, and a node does not want, or not yet.

Each is let think that there is none; behind the block everything is as it was.
"""

import ssl
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


@contextmanager
def no_authorities() -> Iterator[None]:
    """Let TLS contexts that are made inside the block know no authority, and so refuse every certificate.

    aiohttp makes two when it is imported. The client never uses them: `node.delivery.trust` has its own.
    """
    ssl.SSLContext.set_default_verify_paths = _read_none  # type: ignore[method-assign, assignment]  # what is meant
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths  # what it hid is the method of the class below


def _read_none(_context: ssl.SSLContext) -> None:
    return None
