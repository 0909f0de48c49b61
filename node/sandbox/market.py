"""The market: starts four real nodes on this machine, plays the story, and checks that it went as it must.

Rules that hold here: loopback only, ports that the system picks, everything in one folder that the market
made itself; what was started is stopped, however the story ends.
"""

import fcntl
import shlex
import shutil
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from node.sandbox.narrator import Narrator
from node.sandbox.nodes import COMMAND, MarketError, Node
from node.sandbox.proving import prove
from node.sandbox.story import Story

MARKER: Final = ".freehold-demo"  # a folder that holds it was made by a market, and may be emptied by one


def run(*, once: bool, folder: Path, opens: bool = False) -> int:
    """Play the market in `folder`; unless `once`, keep its nodes up until Ctrl-C.

    If it `opens`, a browser shows the customer's pages then.

    Return 0 if every check passed, otherwise 1.
    """
    voice = Narrator(sys.stdout)
    try:
        with own_folder(folder), interruptible(), started(make_nodes(folder), voice) as nodes:
            customer, northside, harbour, meadow = nodes
            story = Story(customer, northside, harbour, meadow, voice, folder)
            story.play()
            prove(story)
            conclude(voice)
            if not once:
                stay(nodes, voice, opens=opens)
    except MarketError as error:
        voice.stop(str(error))
    except KeyboardInterrupt:
        voice.tell("The market closes.")
    return 1 if voice.failed else 0


def make_nodes(folder: Path) -> list[Node]:
    """Return the customer's node and those of the three businesses, not started yet."""
    people = [("customer", "The customer", "person")]
    people += [
        (handle, name, "organization")
        for handle, name in (
            ("northside", "Northside Cars"),
            ("harbour", "Harbour Motors"),
            ("meadow", "Meadow Autos"),
        )
    ]
    return [Node(folder / handle, handle, name, kind, host="localhost") for handle, name, kind in people]


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Hold an empty folder for the time of one market.

    Raises:
        MarketError: the folder holds something else, or another market.
    """
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise MarketError(f"{folder} is not empty, and no market made it: name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    with marker.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MarketError(
                f"Another market is running in {folder}. Close it with Ctrl-C in its terminal first."
            ) from None
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != marker:
                path.unlink()
        yield


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end the market as Ctrl-C does, so that its nodes are stopped too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def started(nodes: Sequence[Node], voice: Narrator) -> Iterator[Sequence[Node]]:
    """Start the nodes, wait until they answer, and stop them at the end."""
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait_until_ready()
        voice.tell("Four nodes are up, each a process with its own folder and its own keys:")
        voice.show(*(f"{node.name:<15} {node.origin}  {node.folder}" for node in nodes))
        yield nodes
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            node.wait()


def conclude(voice: Narrator) -> None:
    """Say how it went."""
    if voice.failed:
        voice.tell(f"{len(voice.failed)} of {voice.checks} checks did not hold:")
        voice.show(*voice.failed)
    else:
        voice.tell(f"All {voice.checks} checks hold.")


def stay(nodes: Sequence[Node], voice: Narrator, *, opens: bool) -> None:
    """Keep the market open until Ctrl-C, and say how to look around in it.

    Raises:
        MarketError: a node has ended by itself.
    """
    customer, command = nodes[0], typeable()
    folder, token = shlex.quote(str(customer.folder)), shlex.quote(str(customer.token))
    links = {node.name: node.sign_in_link() for node in nodes}
    voice.tell("The market stays open. Ctrl-C closes it; the folder stays.")
    voice.show(
        "Be any of the four in a browser; a link signs in once, within ten minutes:",
        *(f"    {name:<15} {link}" for name, link in links.items()),
        "As the customer, wish for a car of your own: the three shops answer by themselves. A new link:",
        f"    {command} --data {folder} session link",
        "Or at their own command line, without a token where the folder is yours:",
        f"    {command} --data {folder} offer list",
        f"    {command} --data {folder} agreement list",
        f"    FREEHOLD_TOKEN_FILE={token} {command} --node {customer.origin} peer list",
    )
    voice.show(
        "A program is let in by a token:", *(f"    {node.name:<15} {node.make_token()}" for node in nodes)
    )
    if opens:
        webbrowser.open(links[customer.name])
    while all(node.is_running for node in nodes):
        time.sleep(0.5)
    raise MarketError("A node has ended by itself; see its log in the folder.")


def typeable() -> str:
    """Return how to type the command here: by its name if that is found, else by where it lies."""
    if shutil.which("freehold"):
        return "freehold"
    beside = Path(sys.executable).with_name("freehold")
    return shlex.quote(str(beside)) if beside.is_file() else shlex.join(COMMAND)
