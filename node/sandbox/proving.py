"""After the story: what was agreed is proved to somebody who trusts neither node.

Rules that hold here: the evidence is checked by processes that can reach no node, from a folder that holds
nothing but the file; the histories are compared as each side shows its own.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from node.sandbox.narrator import Narrator
from node.sandbox.nodes import COMMAND_SECONDS, Node, command, environment
from node.sandbox.story import WANTED, Story
from node.terminal.failures import ExitCode

# Written by hand against the specifications, importing nothing of the product. Only a checkout has it.
INDEPENDENT_VERIFIER: Final = Path(__file__).parents[2] / "tests" / "independent" / "verifier.py"


def prove(story: Story) -> None:
    """Export the evidence, verify it elsewhere, and compare what the two sides have kept."""
    take_evidence(story)
    compare_histories(story)
    verify_journals(story.voice, (story.customer, *story.shops))


def take_evidence(story: Story) -> None:
    """Write the evidence to a file and let strangers verify it, and a forgery of it too."""
    path = (story.folder / "evidence.json").resolve()
    story.customer.run("agreement", "export", story.agreement, "--out", str(path))
    size = path.stat().st_size
    story.voice.tell(
        f"The evidence is in {story.folder / path.name}, {size:,} bytes, for whoever wants to check it:"
    )
    check_evidence(path, story.agreed()["total"], story.voice)


def check_evidence(path: Path, price: str, voice: Narrator) -> None:
    """Let strangers verify a file of evidence, and one in which a `price` that stands there is another."""
    check_forgeries(path, {"another price": (price, "1" + price[1:])}, voice)


def check_forgeries(path: Path, forgeries: Mapping[str, tuple[str, str]], voice: Narrator) -> None:
    """Let strangers verify a file of evidence, and copies in which one text is another, by what that is."""
    verifiers = {"`freehold agreement verify`": verify}
    if INDEPENDENT_VERIFIER.exists():
        verifiers["a second verifier, which shares no code with it,"] = verify_independently
    with tempfile.TemporaryDirectory() as elsewhere:
        for name, verifier in verifiers.items():
            voice.check(f"{name} finds it genuine", verifier(path, elsewhere) == ExitCode.OK)
            for what, (agreed, other) in forgeries.items():
                forged = Path(elsewhere) / "forged.json"
                forged.write_bytes(path.read_bytes().replace(agreed.encode(), other.encode()))
                found = verifier(forged, elsewhere)
                voice.check(f"{name} finds {what} forged", found == ExitCode.UNVERIFIED)


def verify(path: Path, elsewhere: str) -> int:
    """Verify a file with the product, in a process that knows of no node."""
    code, _ = command("--data", elsewhere, "agreement", "verify", str(path))
    return code


def verify_independently(path: Path, elsewhere: str) -> int:
    """Verify a file with the second verifier."""
    arguments = [sys.executable, "-I", str(INDEPENDENT_VERIFIER), str(path)]
    return subprocess.run(
        arguments, cwd=elsewhere, env=environment(), capture_output=True, timeout=COMMAND_SECONDS, check=False
    ).returncode


def compare_histories(story: Story) -> None:
    """Compare every negotiation's chain of digests at the customer's node and at the shop's."""
    shops = {shop.actor: shop for shop in story.shops}
    pairs = []
    for offer in story.customer.api.pages("/offers"):
        shop = shops[offer["peer"]["iri"]]
        pairs.append((chain(story.customer, offer["id"]), chain(shop, story.there(shop, offer["id"]))))
    documents = sum(len(here) for here, _ in pairs)
    story.voice.tell("Both sides of a negotiation keep it as a chain of signed documents:")
    story.voice.check(
        f"{len(pairs)} negotiations, {documents} documents: the same digests in the same order on both sides",
        len(pairs) == WANTED and all(here == there != [] for here, there in pairs),
    )


def chain(node: Node, offer: str) -> list[str]:
    """Return the digests of a negotiation's moves, as a node keeps them."""
    return list(node.api.get(f"/offers/{offer}/history")["chain"])


def verify_journals(voice: Narrator, nodes: Iterable[Node]) -> None:
    """Let each node verify its journal from the first entry to the last."""
    voice.tell("Each node verifies its own journal:")
    for node in nodes:
        report = node.run("journal", "verify")
        voice.check(f"{node.name}: {report['entries']} entries, unbroken", report["ok"])
