"""Previews: what a wish that is not cast yet proffers, what who signs for it is told, what may come of it.

Rules that hold here:

- What who signs is told is made by what tells it when somebody has signed; only the salt and the address of
  the undertaking come later.
- The most that is allowed is shown to its owner alone: none of it stands in what is sent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from node.core.intentions import view_intention
from node.core.linter import Severity
from node.core.proffers import asked_entry
from node.core.rings import IntentionReader, categories_of, view_budget, withheld
from node.core.term_settings import SEVERITIES
from node.services.intentions.audiences import Hearer
from node.services.intentions.readers import ToldIntention
from node.services.intentions.telling import Copy
from node.services.terms.keeping import load
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.intentions import read_intention
from protocol.strictjson import Document


class ProfferShown(TypedDict):
    """An agreement that is held out, by its name, and how many copies hold it out."""

    roster: str
    copies: int


class SigningShown(TypedDict):
    """What has to be signed for the rest of a wish, and what who signs it is told then, with all of it."""

    asks: str
    says: dict[str, Any]


class DoorShown(TypedDict):
    """What may come of a wish: the most that is allowed, and what is done with what asks for more.

    `category` is that for which the maximum was set, None if it is the one in general; `businesses` are those
    asked, by address, that have a maximum of their own. `capped` tells whether a policy of the owner's bounds
    all of them; `refuses` are codes of flags.
    """

    maximum: str
    category: str | None
    businesses: Mapping[str, str]
    capped: bool
    beyond: str
    require: str
    refuses: Sequence[str]


def fullest(readers: Sequence[IntentionReader]) -> IntentionReader:
    """Return whose copy tells the most: one who knows the words of terms, if there is one."""
    return next((reader for reader in readers if reader.proffer is not None), readers[0])


def say(proposal: Document) -> dict[str, Any]:
    """Return what a Proposal of ours says, as our owner reads it, with the budget if it tells that."""
    told = read_intention(proposal)
    budget = None if told.withholding is None else view_budget(told.withholding.budget)
    return {**view_intention(told), "budget": budget}


def proffers(readers: Sequence[IntentionReader]) -> list[ProfferShown]:
    """Return each agreement that is held out, the most frequent first; a reader may be held out none."""
    counted = Counter(reader.proffer.roster.name for reader in readers if reader.proffer is not None)
    return [{"roster": name, "copies": count} for name, count in counted.most_common()]


def signing(
    telling: ToldIntention, copies: Sequence[Copy], readers: Sequence[IntentionReader]
) -> SigningShown | None:
    """Return what has to be signed, and is told for it; None if everybody is told all, or nobody can sign.

    Who knows the words of terms can; among followers and the public there may be some.
    """
    kept = frozenset() if telling.rings is None else withheld(telling.intention, telling.rings)
    reader = fullest(readers)
    may_sign = reader.proffer is not None or any(copy.peer is None for copy in copies)
    if not (kept and may_sign):
        return None
    return {"asks": asked_entry().name, "says": say(telling.render(telling.as_signed(reader.to, kept)))}


def door(session: Session, telling: ToldIntention, audience: Sequence[Hearer]) -> DoorShown:
    """Return what an owner lets in of what an audience may answer to a wish."""
    settings = load(session, telling.actor)
    categories = categories_of(telling.intention, telling.rings)
    own = {who.address: settings.by_business.get(who.id) for who in audience if isinstance(who, PeerRow)}
    return {
        "maximum": settings.allowance(business="", categories=categories).entry.name,
        "category": settings.category_set(categories),
        "businesses": {address: entry.name for address, entry in own.items() if entry is not None},
        "capped": settings.cap is not None,
        "beyond": settings.beyond.value,
        "require": settings.requires.value,
        "refuses": [code for code in SEVERITIES if settings.severity(code) is Severity.REFUSE],
    }
