"""Where the cable would be: what leaves this machine, or would have left it, is refused.

What Python's `socket` hands to the system is wrapped. An audit hook would see the same, but it is asked about
each tracer too that is set, and while it answers another thread can have its turn: CPython then refuses that
thread's tracer, and a run that measures coverage breaks now and then.
"""

import errno
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, Final

# Where each method of a socket, and each function of the module, is told what is reached.
_METHODS: Final = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
_FUNCTIONS: Final = {"getaddrinfo": 0}


class OutsideLoopbackError(RuntimeError):
    """A test tried to reach another machine.

    Not an OSError: the code under test would take that for a network that is down.
    """


@dataclass
class Cable:
    """What left, or would have left, this machine; while it is `watched`, the network seems to be down."""

    watched: bool = False
    attempts: list[str] = field(default_factory=list)

    def guard(self, call: str, target: object) -> None:
        """Let pass what stays on this machine.

        Raises:
            OSError: another machine was to be reached while this was watched; it is in `attempts` now.
            OutsideLoopbackError: the same, unwatched.
        """
        host = _host_elsewhere(target)
        if host is None:
            return
        if not self.watched:
            raise OutsideLoopbackError(f"{call} {target!r}")
        self.attempts.append(host)
        raise OSError(errno.ENETUNREACH, "there is no network here")


def _host_elsewhere(target: object) -> str | None:
    """Return the host that a target names, if it is another machine."""
    if isinstance(target, tuple):  # an Internet address; other families have paths and the like
        target = target[0]
    elif isinstance(target, str) and target.startswith(("/", "\0")):
        return None
    host = target.decode("latin-1") if isinstance(target, bytes) else str(target or "")
    if host in ("", "localhost"):
        return None
    try:
        return None if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host


def _guarded(owner: object, name: str, place: int, *, method: bool) -> Callable[..., Any]:
    """Return a call that looks at where it would lead before it does."""
    call: Callable[..., Any] = getattr(owner, name)

    @wraps(call)
    def guarded(*arguments: Any, **named: Any) -> Any:
        positional = arguments[1:] if method else arguments
        CABLE.guard(f"socket.{name}", positional[place] if place < len(positional) else named.get("host"))
        return call(*arguments, **named)

    return guarded


CABLE: Final = Cable()


@cache
def cut() -> None:
    """Let nothing get beyond loopback any more, for as long as this process lives."""
    for name, place in _METHODS.items():
        setattr(socket.socket, name, _guarded(socket.socket, name, place, method=True))
    for name, place in _FUNCTIONS.items():
        setattr(socket, name, _guarded(socket, name, place, method=False))
