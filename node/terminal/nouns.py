"""The nouns of the command line, known by name and one line each, loaded only when one of them is typed.

Rules here: this file imports no noun, and little else; `freehold --help` shows what stands here.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Word(NamedTuple):
    """A noun as it is known before it is loaded: the line beside its name, and the package of its module."""

    line: str
    package: str = "node.commands"


NOUNS: Final[Mapping[str, Word]] = {
    "up": Word("Start a node here; the first run sets it up."),
    "doctor": Word("Check the node and its data folder, and say what to do."),
    "demo": Word("Play the market: a customer and three businesses, real nodes on this machine."),
    "node": Word("The running node: its state, its numbers and what it refused."),
    "profile": Word("Who you are, as linked data: kept on your node; you choose what is public."),
    "intention": Word("What you are looking for: cast it to businesses, change it, take it back."),
    "offer": Word("Offers you got or made: compare, watch, make, counter, accept, reject."),
    "quarantine": Word("Offers that were one too many: look at them, let them out, drop them."),
    "agreement": Word("What was agreed: read it, verify it, change it, end it."),
    "terms": Word("Terms about data: the most you allow, what you refuse, what a policy permits."),
    "access": Word("What businesses may read of you: give it, see who read it, take it back."),
    "ledger": Word("What a business holds of its customers: read it, and see by when it has to go."),
    "shop": Word("A business's price list, and the rule by which it answers intentions."),
    "crm": Word("The CRM in which a business works: connect it, plan, sync, verify, decide conflicts."),
    "peer": Word("Whom you deal with: add, follow, block."),
    "message": Word("Talk about an offer."),
    "notice": Word("What you are told by mail or on your phone: where, of what, when, and how much."),
    "webhook": Word("Webhooks: tell your programs of what happens, signed, wherever they are."),
    "tray": Word("The tray: rows that your other systems hand in, signed or by the API."),
    "fed": Word("The federation, for developers: look up, receive, send, verify, deliveries."),
    "key": Word("Your keys: list them, rotate them, export the public ones."),
    "sig": Word("Signatures: explain, make and verify them."),
    "journal": Word("The chained record of everything sent and received."),
    "db": Word("The database file of a node that is not running."),
    "config": Word("The settings, where each comes from, and how to change them."),
    "token": Word("Tokens for programs that talk to your node."),
    "cosign": Word("What waits for a second person's signature: look at it, sign, decline."),
    "person": Word("Who works here: the people behind sign-ins, and behind what was done."),
    "session": Word("Who is signed in to your pages, and a link that signs you in."),
    "calendar": Word("Your dates for a calendar app, at a secret address."),
    "dev": Word("For those who work on Freehold: play the catalogue of attacks."),
    "completion": Word("Print the completion script for a shell."),
}
