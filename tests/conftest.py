"""What holds for every test: how hard Hypothesis tries, plain logs, and that nothing leaves this machine."""

import ipaddress
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.logs import plainly

# `ci` always draws the same examples, so a red run is red again; `check` draws the first of them, for a quick
# look. `torture` (--hypothesis-profile=torture) is for nights, and for whoever touched a parser.
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("check", settings.get_profile("ci"), max_examples=15)
settings.register_profile("torture", deadline=None, max_examples=20_000)
settings.load_profile("ci")

plainly()

# Where each event carries what is reached (docs.python.org, "Audit events table").
_TARGET = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}


class OutsideLoopbackError(RuntimeError):
    """A test tried to reach another machine.

    Not an OSError: the code under test would take that for a network that is down.
    """


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse to connect, to send and to look up names outside loopback, whichever library tries."""
    active = True

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if active and event in _TARGET and not _is_local(arguments[_TARGET[event]]):
            raise OutsideLoopbackError(f"{event} {arguments[_TARGET[event]]!r}")

    sys.addaudithook(audit)  # there is no way to take a hook off again, hence the flag
    yield
    active = False


def _is_local(target: object) -> bool:
    if isinstance(target, tuple):  # an Internet address; other families have paths and the like
        target = target[0]
    elif isinstance(target, str) and target.startswith(("/", "\0")):
        return True
    host = target.decode() if isinstance(target, bytes) else target
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False
