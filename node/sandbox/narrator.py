"""The voice of the market: one readable line a step, and the count of what was checked."""

import time
from typing import TextIO


class Narrator:
    """Tells the story on `out` as it happens; `failed` holds each check that did not hold."""

    def __init__(self, out: TextIO) -> None:
        """Start the clock."""
        self._out = out
        self._began = time.monotonic()
        self.checks = 0
        self.failed: list[str] = []

    @property
    def seconds(self) -> float:
        """How long the story has been going on."""
        return time.monotonic() - self._began

    def tell(self, text: str) -> None:
        """Say what happens next."""
        self._line(f"{self.seconds:5.1f} s  {text}")

    def show(self, *lines: str) -> None:
        """Show what somebody in the story sees."""
        for line in lines:
            self._line(f"           {line}")

    def check(self, what: str, holds: bool) -> None:  # noqa: FBT001 -- a check is a yes or a no
        """Say whether something holds that must."""
        self.checks += 1
        if not holds:
            self.failed.append(what)
        self._line(f"         {'✓' if holds else '✗ NOT SO:'} {what}")

    def stop(self, why: str) -> None:
        """Say why the story cannot begin or go on; it has failed then."""
        self.failed.append(why)
        self._line(why)

    def _line(self, text: str) -> None:
        print(text.rstrip(), file=self._out, flush=True)
