"""The collector of garbage, which a process has once: held until a node is ready, then told what stays."""

import ctypes
import gc
from typing import Final

# An activity makes some thousand short-lived objects and hardly a cycle: the usual 700 would look ever again.
_THRESHOLD: Final = (10_000, 20, 50)


def hold() -> None:
    """Search for no garbage from now on: what a program makes while it starts, modules above all, stays."""
    gc.disable()


def settle() -> None:
    """Take everything that was made by now as staying, and search again, less often than usual."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLD)
    gc.enable()
    _give_back()


def _give_back() -> None:
    """Let the system have what the start no longer needs: glibc keeps it between what stays, 1.5 MB."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # no other C library has it
    if trim is not None:
        trim(0)
