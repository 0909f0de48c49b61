"""`make demo-crm`: Meadow works in Tryton, Ada has a node; a deal between them, told and checked.

Rules here: three processes beside this one, on loopback; all that they write is in one folder, which a demo
made; what was started is stopped, however the story ends.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from node.sandbox.market import conclude, interruptible, own_folder, typeable
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import MarketError
from node.terminal.failures import Failure
from tests.crm.foreign import SetUpError
from tests.crm.tryton.comparing import compare
from tests.crm.tryton.environment import DATABASE, LOGIN, PASSWORD, template
from tests.crm.tryton.office import TrytonOffice, opened
from tests.crm.tryton.server import TrytonServer
from tests.crm.tryton.story import TrytonStory

INTERRUPTED: Final = 130  # as shells have it: ended by Ctrl-C
FOLDER: Final = Path("build/demo-crm")
WHAT_HELPS: Final = (
    "Tryton comes from the package index that pip uses; PIP_INDEX_URL names another one. It goes into",
    "build/tryton, some 80 MB, and into nothing else. Once the index is within reach: make demo-crm",
)


def run(folder: Path, *, stays: bool) -> int:
    """Tell the story in `folder`; if it `stays`, keep all three up until Ctrl-C then.

    Return 0 if every check passed, 1 if not, and 130 if it was interrupted before the end.
    """
    voice = Narrator(sys.stdout)
    told = False
    try:
        with own_folder(folder), interruptible(), started(folder, voice) as office:
            story = TrytonStory(office, voice)
            story.play()
            compare(story, folder)
            conclude(voice)
            told = True
            if stays:
                stay(office, voice)
    except SetUpError as error:
        voice.stop(str(error))
        voice.show(*WHAT_HELPS)
    except (MarketError, Failure, OSError) as error:
        voice.stop(str(error))
    except KeyboardInterrupt:
        voice.tell("Everybody goes home.")
        if not told:
            return INTERRUPTED
    return 1 if voice.failed else 0


@contextmanager
def started(folder: Path, voice: Narrator) -> Iterator[TrytonOffice]:
    """Start Tryton and both nodes, connect them, and stop all three at the end.

    Raises:
        SetUpError: Tryton cannot be had. MarketError: a node does not start, or takes no Tryton.
    """
    voice.tell("Tryton 8.2 starts. Where build/tryton has none it is made first: some minutes, once.")
    template(voice.tell)
    (folder / "tryton").mkdir()
    tryton = TrytonServer((folder / "tryton").resolve())  # SQLite takes no path from where it is started
    try:
        tryton.start()
        with opened(folder, tryton) as office:
            voice.tell("Three processes are up, each with its own folder:")
            voice.show(f"{'Tryton':<8} {tryton.origin}   {tryton.folder}")
            for node in (office.business, office.customer):
                voice.show(f"{node.name:<8} {node.origin}   {node.folder}")
            voice.tell("Meadow's node is connected with Meadow's Tryton: `freehold crm connect tryton`.")
            yield office
    finally:
        tryton.close()


def stay(office: TrytonOffice, voice: Narrator) -> None:
    """Keep all three up until Ctrl-C, and say how to look around.

    Raises:
        MarketError: one of them has ended by itself.
    """
    data = shlex.quote(str(office.business.folder))
    voice.tell("All three stay up. Ctrl-C closes them; the folder stays.")
    voice.show(
        "In Tryton, with its desktop client of version 8.2:",
        f"    host 127.0.0.1:{office.tryton.port}, database {DATABASE}, user {LOGIN}, password {PASSWORD}",
        "In a browser, by a link that signs in once, within ten minutes:",
        *(f"    {node.name:<8} {node.sign_in_link()}" for node in (office.business, office.customer)),
        "At Meadow's command line:",
        f"    {typeable()} --data {data} crm status",
    )
    nodes, process = (office.business, office.customer), office.tryton.process
    while all(node.is_running for node in nodes) and process and process.poll() is None:
        time.sleep(0.5)
    raise MarketError("One of them has ended by itself; see its log in the folder.")


def main(words: Sequence[str]) -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.crm.tryton.demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="keep all three up until Ctrl-C")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where all of it goes")
    read = parser.parse_args(words)
    return run(read.folder, stays=read.stay)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
