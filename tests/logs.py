"""What is logged while tests run: in plain words, and left as it was found by whoever sends it elsewhere."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from node import observability


def plainly() -> None:
    """Show each event as a line; the library's own way draws every traceback, which takes 20 ms."""
    *before, _ = structlog.get_config()["processors"]
    shown = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, shown])


@contextmanager
def left_as_found() -> Iterator[None]:
    """Put all of logging back at the end of the block."""
    root = logging.getLogger()
    handlers, level, ours = root.handlers[:], root.level, structlog.get_config()
    try:
        yield
    finally:
        structlog.configure(**ours)
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("aiohttp.access").disabled = False


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[None]:
    """Send the logs of this process to `stream` as JSON until the end of the block."""
    with left_as_found():
        observability.configure("debug", form="json", stream=stream)
        yield
