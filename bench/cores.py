"""Cores: the server that is measured has one to itself, and whoever measures it has another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


class CoresMissingError(Exception):
    """This machine cannot give each side a core of its own; the text says why."""


def choose() -> tuple[int, int]:
    """Return a core for the servers and one for the load, out of those that this process may use.

    Raises:
        CoresMissingError: there is only one, or the system has no way to say on which one a process runs.
    """
    if not hasattr(os, "sched_getaffinity"):
        raise CoresMissingError("Keeping a process on one core needs Linux.")
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise CoresMissingError("Two cores are needed: one for the server, one for the load.")
    return usable[0], usable[1]


@contextmanager
def kept_on(core: int) -> Iterator[None]:
    """Keep this process, and whatever it starts meanwhile, on one core; a child stays there for good."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
