"""Where one is told, on the command line of a running node."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.commands.nodes import Node, Run


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")


@pytest.fixture
def taking() -> Iterator[str]:
    """Yield the address of a server on this machine that takes what is posted, until the end."""
    server = HTTPServer(("127.0.0.1", 0), _Taking)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_test_says_by_its_exit_code_whether_it_was_taken(
    run: Run, customer: Node, taking: str, is_there: bool
) -> None:
    here = ("--data", customer.folder)
    server = taking if is_there else "http://127.0.0.1:1"
    id = run("notice", "ntfy", "a-topic-that-nobody-guesses", "--server", server, *here, "--json").json["id"]
    assert run("notice", "test", id, "--dry-run", *here).code == 0
    tested = run("notice", "test", id, *here)
    assert (tested.code, "works" in tested.out) == ((0, True) if is_there else (6, False)), tested.err
    assert run("notice", "remove", id, *here).code == 0
