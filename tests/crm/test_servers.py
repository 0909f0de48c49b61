"""Foreign software as a process: it is waited for until it listens, and ended."""

import subprocess
import sys

from tests.crm.foreign import end, listens
from tests.ports import steady_port

_LISTENS = (
    "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
)


def started(program: str, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, str(port)])


def test_a_server_is_waited_for_and_ended() -> None:
    port = steady_port()
    process = started(_LISTENS, port)
    assert listens(process, port)
    end(process)
    assert process.returncode is not None
    assert not listens(process, port)


def test_a_server_that_ends_by_itself_listens_nowhere() -> None:
    port = steady_port()
    process = started("raise SystemExit(3)", port)
    assert not listens(process, port)
    assert process.returncode == 3
