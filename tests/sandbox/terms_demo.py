"""`make demo-terms`: a wish in rings, and four who answer it under terms about data, told and checked.

Rules here: four nodes and a peer of plain FEP-0837, each a process of its own, on loopback; all that they
write is in one folder, which a demonstration made; what was started is stopped, however the story ends.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from node.sandbox.market import conclude, interruptible, own_folder, started
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import STOP_SECONDS, MarketError, Node, environment, free_port
from node.terminal.failures import Failure
from tests.sandbox.terms_story import TermsStory

FOLDER: Final = Path("build/demo-terms")
PROGRAM: Final = Path(__file__).parents[2] / "docs" / "plain_peer.py"


def run(folder: Path) -> int:
    """Tell the story in `folder`; return 0 if every check passed, otherwise 1."""
    voice = Narrator(sys.stdout)
    try:
        with own_folder(folder), interruptible(), started(make_nodes(folder), voice) as nodes:
            customer, cycle, profile, renewing = nodes
            with plain_peer(customer) as plain:
                TermsStory(customer, cycle, profile, renewing, plain, voice, folder).play()
                conclude(voice)
    except (MarketError, Failure) as error:
        voice.stop(str(error))
    except KeyboardInterrupt:
        voice.tell("Everybody goes home.")
    return 1 if voice.failed else 0


def make_nodes(folder: Path) -> list[Node]:
    """Return the nodes of the customer and of three businesses, not started yet."""
    people = (
        ("customer", "The customer", "person"),
        ("cycle", "Cycle Works", "organization"),
        ("profile", "Broad Bikes", "organization"),
        ("renewing", "Small Print Bikes", "organization"),
    )
    return [Node(folder / handle, handle, name, kind) for handle, name, kind in people]


@contextmanager
def plain_peer(customer: Node) -> Iterator[str]:
    """Run a peer that knows plain FEP-0837 alone; give the address of its actor."""
    port = free_port()
    command = [sys.executable, str(PROGRAM), str(port), customer.actor]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE) as process:
        try:
            yield f"http://127.0.0.1:{port}/me"
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


if __name__ == "__main__":
    sys.exit(run(FOLDER))
