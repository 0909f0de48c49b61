"""Refusals in words for people: what is so, by the code that the API gives.

Rules here: what is so comes first, then what to do; no blame. A code that people do not meet on pages has the
API's own sentence, in English, and the page says that it is.
"""

from dataclasses import dataclass

from node.core import codes
from node.web.pages.languages import ENGLISH, READER
from node.web.pages.languages import gettext as _
from protocol import codes as wire
from protocol.codes import Code


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in the reader's language, or in English where there are no words for it yet."""

    text: str
    is_translated: bool = True


def words_of(code: Code, detail: str) -> Sentence:
    """Return what a refusal says to a person; `detail` is what it says to a program."""
    text = _known().get(code)
    return Sentence(detail, READER.get().language is ENGLISH) if text is None else Sentence(text)


def _known() -> dict[Code, str]:
    return {
        codes.ALREADY_ACCEPTED: _("You have accepted this already. Nothing was sent again."),
        codes.ALREADY_EXPIRED: _("Choose a time that is still to come."),
        codes.AUDIENCE_FIXED: _("Who gets a wish is settled once it is sent. Make another for others."),
        codes.DEADLINE_PASSED: _("Choose a day that is still to come."),
        codes.FORM_FOREIGN: _("This page is too old, or of another sign-in. Open it again."),
        codes.IDEMPOTENCY_CONFLICT: _("This was sent already, with other words. Open the page again."),
        codes.INTENTION_AWARDED: _("You have an agreement for this wish already."),
        codes.INTENTION_CLOSED: _("This wish is closed: it takes no more offers and no changes."),
        codes.KEY_NOT_HELD: _("This key waits no longer: it was confirmed or refused."),
        codes.MALFORMED_PREVIEW: _("What you looked at cannot be found again. Look once more."),
        codes.NOT_YOURS: _("This wish is somebody else's: only they can change it."),
        codes.NOT_YOUR_MOVE: _("It is the other side's turn."),
        codes.OFFER_CHANGED: _("The offer has changed since you looked. Look again before you decide."),
        wire.OFFER_EXPIRED: _("This offer has ended. They may make it again if you ask."),
        codes.PEER_BLOCKED: _("You have blocked them. Let them write again first."),
        codes.PREVIEW_OLD: _("You looked at this more than an hour ago. Look once more before it is sent."),
        codes.PREVIEW_USED: _("This wish was sent already."),
        codes.PROFILE_CHANGED: _("Your profile was changed meanwhile. Look at it again."),
        codes.SIGN_IN: _("This is only for who is signed in here."),
        codes.STORAGE_UNAVAILABLE: _("The disk is full or cannot be written. Nothing was changed."),
        codes.TOO_MANY_REQUESTS: _("Too many requests came from your address."),
        codes.UNKNOWN_ID: _("There is nothing with this number, or no longer."),
        codes.UNKNOWN_PEER: _("You have had nothing to do with anybody at this address."),
        wire.ACCT_INVALID: _("Write an address such as shop@shop.example."),
        wire.ILLEGAL_TRANSITION: _("This is no longer possible: something else happened first."),
        wire.IRI_INVALID: _("Write a whole address, such as https://shop.example/actors/shop."),
        wire.TEXT_TOO_LONG: _("A text is too long. Shorten it."),
    }
