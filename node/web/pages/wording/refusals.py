"""Refusals in words for people: what is so, by the code that the API gives, and what to do next.

Rules here: what is so comes first, then what to do; no blame. A code that people do not meet on pages has no
words of its own: then the headline says what there is to say, and the API's sentence, in English, stands
behind "For the technically minded". No sentence of the API's stands at a field of a page in another language.
"""

from collections.abc import Callable, Mapping
from typing import Final

from node.core import codes
from node.web.pages.wording.formats import number
from node.web.pages.wording.languages import ENGLISH, READER
from node.web.pages.wording.languages import gettext as _
from protocol import codes as wire
from protocol.codes import Code
from protocol.errors import ProtocolError, TextTooLong
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in the reader's language, or in English where there are no words for it."""

    text: str
    is_translated: bool = True


def words_of(code: Code, detail: str) -> Sentence:
    """Return what a refusal says to a person; `detail` is what it says to a program."""
    text = next((known[code] for known in (say() for say in _SAID) if code in known), None)
    return Sentence(detail, READER.get().language is ENGLISH) if text is None else Sentence(text)


def mistake(error: ProtocolError) -> str:
    """Return what a refusal says at the field of a form."""
    if isinstance(error, TextTooLong):
        return too_long(error.length, error.limit)
    said = words_of(error.code, error.detail)
    if said.is_translated:
        return said.text
    return _("This cannot be taken as it is (%(code)s).") % {"code": error.code}


def too_long(length: int, limit: int) -> str:
    """Say that a text has so many characters, where there may be so many."""
    return _("This has %(length)s characters; %(limit)s are the most. Shorten it.") % {
        "length": number(length),
        "limit": number(limit),
    }


def hint_of(code: Code) -> str:
    """Return what a person can do about a refusal, beyond what its sentence says; often nothing."""
    return _hints().get(code, "")


def _of_forms() -> Mapping[Code, str]:
    """Say what is amiss with what was typed or sent."""
    return {
        wire.ACCT_INVALID: _("Write an address such as shop@shop.example."),
        codes.ALREADY_EXPIRED: _("Choose a time that is still to come."),
        wire.BODY_TOO_LARGE: _("This is more than the node reads at once. Shorten it."),
        codes.DEADLINE_PASSED: _("Choose a day that is still to come."),
        codes.FORM_FOREIGN: _("This page is too old, or of another sign-in. Open it again."),
        codes.IDEMPOTENCY_CONFLICT: _("This was sent already, with other words. Open the page again."),
        codes.INVALID_SHAPE: _("The form did not arrive whole. Open the page again."),
        wire.IRI_INVALID: _("Write a whole address, such as https://shop.example/actors/shop."),
        wire.HIDDEN_TEXT: _("There are signs in it that nobody sees. Type it anew."),
        wire.INEXACT_NUMBER: _("This number cannot be converted exactly. Write it in the other unit."),
        wire.MALFORMED_AMOUNT: _("Write an amount in figures, with at most two decimals."),
        wire.MALFORMED_NUMBER: _("Write a number in figures."),
        codes.MALFORMED_QUANTITY: _("Write how many, in figures, and of what."),
        wire.MALFORMED_TIME: _("This is not a day and a time."),
        wire.MISSING_MEMBER: _("Something is still missing here."),
        codes.MALFORMED_PREVIEW: _("What you looked at cannot be found again. Look once more."),
        codes.MEDIA_TYPE: _("This is not a kind of file that is taken here."),
        wire.MALFORMED_DURATION: _("Write a time such as 1 month or 14 days."),
        codes.NAME_INVALID: _("A name has letters, and is not longer than a line."),
        codes.NOT_PUBLISHABLE: _("This fact cannot be made public."),
        wire.NUMBER_TOO_LONG: _("This number is too long. Twelve figures are enough, and six decimals."),
        codes.PREVIEW_OLD: _("You looked at this more than an hour ago. Look once more before it is sent."),
        codes.PREVIEW_USED: _("This wish was sent already."),
        codes.PROFILE_CHANGED: _("Your profile was changed meanwhile. Look at it again."),
        wire.REPEATED_PROPERTY: _("One thing stands in it twice. Keep one of them."),
        wire.TEXT_TOO_LONG: _("A text is too long. Shorten it."),
        wire.TIME_OUT_OF_RANGE: _("This day is too far away."),
        codes.TOO_SLOW: _("What you sent did not arrive in time. The line may be slow: send it again."),
    }


def _of_wishes() -> Mapping[Code, str]:
    """Say what stands in the way of something about a wish."""
    return {
        codes.ALREADY_AGREED: _("You have an agreement for this wish already."),
        codes.AUDIENCE_FIXED: _("Who gets a wish is settled once it is sent. Make another for others."),
        codes.INTENTION_AWARDED: _("You have chosen another offer for this wish already."),
        codes.INTENTION_PAUSED: _("The customer has paused this wish: it takes no offers for now."),
        codes.INTENTION_CLOSED: _("This wish is closed: it takes no more offers and no changes."),
        codes.MALFORMED_RINGS: _("How the wish is told in rings is not written as it has to be."),
        codes.MISSING_AUDIENCE: _("Say who is to get the wish."),
        codes.NOTHING_WITHHELD: _("There is no more of this wish that you could sign for."),
        wire.NOTHING_IN_RETURN: _("This wish gives nothing in return, and an offer has a price."),
        codes.NOT_YOURS: _("This wish is somebody else's: only they can change it."),
        codes.OUT_OF_STOCK: _("There is not enough of it left."),
        codes.OWN_INTENTION: _("This is your own wish. Others make offers to it."),
        codes.RINGS_FIXED: _("What everybody was told of this wish cannot be kept back. Make another."),
        codes.UNDERTAKES_NEVER: _("You have set that nobody signs for more of a wish."),
        codes.UNKNOWN_INTENTION: _("There is no such wish, or no longer."),
    }


def _of_offers() -> Mapping[Code, str]:
    """Say what stands in the way of something about an offer."""
    return {
        codes.ACCEPTANCE_BINDS: _("An acceptance binds until its date. Until then it cannot be taken back."),
        wire.ACCEPTANCE_LAPSED: _("The acceptance is over: it was not signed in time by the other side."),
        codes.ALREADY_ACCEPTED: _("You have accepted this already. Nothing was sent again."),
        wire.CURRENCY_MISMATCH: _("Two amounts that belong together are in different currencies."),
        wire.DIGEST_MISMATCH: _("The offer has changed since you looked. Look again before you decide."),
        codes.KEY_HELD: _("They signed with a key you do not know. Look at it before you go on."),
        codes.LEFT_ALREADY: _("It has left already. What was sent cannot be called back."),
        wire.DISCOUNT_TOO_LARGE: _("What is taken off is more than the price."),
        wire.MISSING_PRICE: _("There is no price in it."),
        wire.MIXED_CURRENCIES: _("All amounts of an offer are in one currency."),
        wire.MOVE_TOO_LARGE: _("This is more than fits into one message. Shorten it."),
        wire.NEGATIVE_QUANTITY: _("An amount is more than nothing."),
        codes.NOTHING_ASKED: _("This asks for what is offered already: you can accept it."),
        codes.NOT_YOUR_MOVE: _("It is the other side's turn."),
        codes.NO_COUNTER: _("The other side has not asked for anything else."),
        codes.OFFER_CHANGED: _("The offer has changed since you looked. Look again before you decide."),
        wire.OFFER_EXPIRED: _("This offer has ended. They may make it again if you ask."),
        wire.PRICE_MISMATCH: _("The wish states another price."),
        wire.QUANTITY_MISMATCH: _("The wish is for another amount."),
        wire.PRICE_TOO_LARGE: _("The price is too large."),
        codes.STALE_ANSWER: _("Meanwhile something else stands. Look again before you decide."),
        codes.TAKEN_BACK: _("This was refused over there and taken back here. Make a new one."),
        codes.TOO_MANY_MESSAGES: _("As many messages were written about this as there may be."),
        codes.TOO_MANY_OFFERS: _("Too many offers are open between you and them."),
        codes.TOO_MANY_ROUNDS: _("This has gone to and fro as often as it may. Accept it or decline it."),
        wire.UNIT_MISMATCH: _("The wish is for another unit."),
        wire.UNKNOWN_CURRENCY: _("Write a currency's three letters, such as EUR."),
        codes.UNKNOWN_NEGOTIATION: _("There is no such negotiation, or no longer."),
        codes.UNLIKE_SHOWN: _("What was shown has changed meanwhile. Look again."),
        wire.ZERO_PRICE: _("The price comes to nothing."),
        wire.ZERO_QUANTITY: _("An amount is more than nothing."),
    }


def _of_agreements() -> Mapping[Code, str]:
    """Say what stands in the way of something about an agreement."""
    return {
        codes.ALREADY_CONFIRMED: _("You have confirmed this already. Nothing was sent again."),
        wire.MISSING_START: _("Say from when the agreement holds."),
        codes.NOT_IN_FORCE: _("The agreement is not in force: it was not signed by both, or it is over."),
        codes.NOT_YOUR_AGREEMENT: _("This agreement is between others."),
        codes.NOTICE_TOO_SHORT: _("It cannot be left so early: its terms say when at the earliest."),
        codes.NO_WITHDRAWAL: _("The time to change your mind is over, or this agreement gives you none."),
        codes.NO_AGREEMENT: _("There is no agreement yet."),
        codes.NO_EVIDENCE: _("There is nothing signed by both yet."),
        wire.NO_LEAVING: _(
            "What is paid again and again needs an end, a number of times, or a notice with which it is left."
        ),
        codes.TERM_BEGAN: _("A payment before today would be owed as well: let it begin later."),
        codes.TERM_ENDLESS: _("It would bind for more than a hundred years, and nobody could leave before."),
        codes.TERM_OVER: _("The agreement would be over already."),
        codes.TERMS_NOT_UNDERSTOOD: _("Their software does not understand terms about data yet."),
        codes.TOO_MANY_NOTICES: _("You have given notice as often as you may."),
        codes.UNKNOWN_AGREEMENT: _("There is no such agreement, or no longer."),
    }


def _of_others() -> Mapping[Code, str]:
    """Say why something with another party cannot be."""
    return {
        codes.ACCT_MISMATCH: _("Whoever is at this address goes by another name."),
        codes.ACCT_OWN: _("This address is your own."),
        wire.ACTOR_GONE: _("There is nobody at this address any more."),
        wire.ACTOR_INBOX: _("Nothing can be sent to whoever is at this address."),
        wire.ACTOR_KIND: _("At this address is neither a person nor a business."),
        codes.ADDRESS_REFUSED: _("This address leads into a private network. The node does not go there."),
        codes.ALREADY_FOLLOWING: _("You follow them already, or have asked to."),
        codes.ANSWER_MALFORMED: _("Their server answered with something unexpected."),
        codes.BUDGET_SPENT: _("Their server was asked too often. Wait a minute."),
        codes.CONNECTION_REFUSED: _("Their server does not answer."),
        codes.DISCONNECTED: _("Their server broke off."),
        codes.DOCUMENT_TOO_LARGE: _("Their server answered with more than is read here."),
        codes.GONE: _("There is nobody at this address any more."),
        codes.KEY_NOT_HELD: _("This key waits no longer: it was confirmed or refused."),
        codes.NAME_UNKNOWN: _("There is no server of this name."),
        codes.NOT_BLOCKED: _("They are not blocked."),
        codes.PEER_BLOCKED: _("You have blocked them. Let them write again first."),
        codes.REDIRECT_REFUSED: _("Their server leads elsewhere. Ask them for their address."),
        codes.STATUS_UNEXPECTED: _("Their server answered with something unexpected."),
        codes.TIMEOUT: _("Their server did not answer in time."),
        codes.TLS_REFUSED: _("The certificate of their server does not hold."),
        codes.UNKNOWN_FOLLOW: _("They do not follow you, nor you them."),
        codes.UNKNOWN_ID: _("There is nothing with this number, or no longer."),
        codes.UNKNOWN_PEER: _("You have had nothing to do with anybody at this address."),
        wire.WEBFINGER_FOREIGN_ACTOR: _("The server there answered about somebody else."),
        wire.WEBFINGER_MISMATCH: _("The server there answered about somebody else."),
        wire.WEBFINGER_NO_ACTOR: _("The server there knows nobody of this name."),
    }


def _of_letting_in() -> Mapping[Code, str]:
    """Say why somebody is not let in."""
    return {
        codes.ALREADY_CLAIMED: _("This node has an owner already."),
        codes.CREDENTIALS_WRONG: _("That does not open anything here."),
        codes.LAST_WAY_IN: _("Nothing else lets you in. Add another way first."),
        codes.LINK_INVALID: _("This link was used already, or its ten minutes are over."),
        codes.NODE_ACCESS_LOCKED: _("The pages are locked. Only a link from the terminal opens them."),
        codes.ASKER_GONE: _("Whoever asked for it has left the team."),
        codes.BASIS_CHANGED: _("Your price list or your stock has changed since it was asked for."),
        codes.COSIGN_ENDED: _("It waits for no second signature any more."),
        codes.COSIGN_FULL: _("Too much waits for a second signature. Sign or decline some of it first."),
        codes.COSIGN_LIMIT: _("Write an amount of nothing or more."),
        codes.PERSON_UNKNOWN: _("Only a person of the team gives a second signature."),
        codes.SAME_PERSON: _("You asked for it, so another person has to sign."),
        codes.SECOND_NEEDED: _("This needs a second person's signature. Nothing was signed."),
        codes.OWNER_ALONE: _("Only the owner of this business may do that."),
        codes.OWNER_STAYS: _("The owner cannot be removed."),
        codes.PERSON_KNOWN: _("Somebody of this name is there already."),
        codes.TEAM_FULL: _("The team is full."),
        codes.UNKNOWN_PERSON: _("Nobody of this name belongs to the team."),
        codes.PASSKEY_KNOWN: _("This passkey is in the list already."),
        codes.PASSKEY_REFUSED: _("This passkey opens nothing here, or it took too long. Try once more."),
        codes.PASSWORD_WEAK: _("This is too easily guessed: take a longer one, without your name."),
        codes.RECOVERY_WORDS: _("These are not twelve recovery words."),
        codes.SIGN_IN: _("This is only for who is signed in here."),
        codes.STEP_UP: _("Show first that it is you."),
        codes.TOO_MANY_TRIES: _("Somebody has tried to get in too often."),
        codes.UNCLAIMED: _("This node belongs to nobody yet."),
    }


def _of_the_shop() -> Mapping[Code, str]:
    """Say what is amiss with what a shop sets up."""
    return {
        codes.LIST_EMPTY: _(
            "This list has no items: it would take all that there is off the list. Choose the right file; "
            "if you mean it, the command does it, and asks first: freehold shop load"
        ),
        codes.LIST_REPLACED: _("A newer price list was begun. Nothing more of this one is taken."),
        codes.PRICE_LIST_FORMAT: _(
            "The price list cannot be read. In your spreadsheet, save it as CSV UTF-8, then choose that file."
        ),
        codes.PRICE_LIST_INVALID: _("The price list has lines that cannot be read. Nothing was changed."),
        codes.PRICE_LIST_TOO_LARGE: _(
            "A price list may have 1 MB here. A larger one is loaded with the command: freehold shop load"
        ),
        codes.RULE_INVALID: _("The rule is not complete."),
        codes.SETTLED: _("This was delivered or called off already. Nothing was sent."),
        wire.NOTICE_OUT_OF_RANGE: _("A notice is from one day to ten years."),
        wire.NOTICE_EXCEEDS_TERM: _("The notice is longer than the whole term."),
        wire.ENDS_BEFORE_START: _("The end lies before the beginning."),
        wire.UNTIL_BEFORE_START: _("The end lies before the beginning."),
        wire.PAYMENT_AFTER_END: _("A payment falls due after the end."),
    }


def _of_notices() -> Mapping[Code, str]:
    """Say what is amiss with how the owner is told of what waits."""
    return {
        codes.CHANNELS_FULL: _("You are told in ten places already. Remove one first."),
        codes.MAIL_ADDRESS: _("Write a mail address such as ada@mail.example."),
        codes.MAIL_PASSWORD: _("User name and password go together, and only over an encrypted connection."),
        codes.MAIL_SERVER: _("Write the name of a mail server, and a port between 1 and 65535 or none."),
        codes.SUBSCRIPTION_INVALID: _("The browser gave an address that cannot be used. Try once more."),
        codes.NOTICE_SETTINGS: _("Write times such as 22:00, and a place such as Europe/Berlin."),
        codes.NTFY_TOKEN: _("A token is one word."),
        codes.NTFY_TOPIC: _("A topic has letters, digits, - and _; its server begins with https://."),
        codes.ZONE_UNKNOWN: _("Write a place such as Europe/Berlin."),
        codes.TRIED_JUST_NOW: _("A test was sent just now. Wait ten seconds."),
    }


def _of_the_crm() -> Mapping[Code, str]:
    """Say what stands in the way of a CRM."""
    return {
        codes.CRM_ADDRESS: _("The address, the key or what stands beside them cannot be used as it is."),
        codes.CRM_CONNECTED: _("A CRM is connected already. Let it go first."),
        codes.CRM_MAPPING: _("It lacks fields that your data is to go into."),
        codes.CRM_MISSING: _("No CRM is connected."),
        codes.CRM_NO_CHOICE: _("There are no two values to choose from any more."),
        codes.CRM_UNREACHABLE: _("It does not answer at this address, or does not let your node in."),
    }


def _of_the_node() -> Mapping[Code, str]:
    """Say what the node cannot do just now, or ever."""
    return {
        codes.BUSY: _("The node takes in as much as it can just now."),
        codes.DATABASE_DAMAGED: _("What is on the disk is damaged. Nothing was changed."),
        codes.DRAINING: _("The node is being stopped."),
        codes.JOURNAL_BROKEN: _("The record of what happened does not hold any more."),
        wire.ILLEGAL_TRANSITION: _("This is no longer possible: something else happened first."),
        codes.METHOD_NOT_ALLOWED: _("There is nothing to be done at this address."),
        codes.NO_KEY: _("The node has no key to sign with: its folder is not complete."),
        codes.STARTING: _("The node is just starting."),
        codes.STORAGE_UNAVAILABLE: _("The disk is full or cannot be written. Nothing was changed."),
        codes.TOO_MANY_REQUESTS: _("Too many requests came from your address."),
        codes.TOO_MANY_STREAMS: _("Too many pages of this node are open at once. Close one."),
        codes.WRONG_HOST: _("The node goes by another name than the one in the address."),
    }


_SAID: Final[tuple[Callable[[], Mapping[Code, str]], ...]] = (
    _of_forms,
    _of_wishes,
    _of_offers,
    _of_agreements,
    _of_others,
    _of_letting_in,
    _of_the_shop,
    _of_notices,
    _of_the_crm,
    _of_the_node,
)


def _hints() -> Mapping[Code, str]:
    """Say what a person can do, where the sentence alone does not say it."""
    return {
        codes.DATABASE_DAMAGED: _("Stop the node, keep its folder as it is, and put a copy in its place."),
        codes.IDEMPOTENCY_CONFLICT: _("Go back, load the page anew, and send it once more."),
        wire.ILLEGAL_TRANSITION: _("Look at how it stands now."),
        codes.INTERNAL: _(
            "Whoever runs this node finds the reason in its log, under the number of the request."
        ),
        codes.INVALID_SHAPE: _("Go back, load the page anew, and send it once more."),
        codes.JOURNAL_BROKEN: _("Keep the folder of the node as it is, and put a copy in its place."),
        codes.LINK_INVALID: _("On the machine of your node, this makes a new one: freehold session link"),
        codes.METHOD_NOT_ALLOWED: _("Begin again at the beginning."),
        codes.NOT_FOUND: _("Look at the address again, or begin at the beginning."),
        codes.STORAGE_UNAVAILABLE: _("See that the disk has room, then try again."),
        codes.TOO_MANY_REQUESTS: _("Wait a moment. Nothing is lost."),
        codes.TOO_MANY_TRIES: _(
            "Wait half a minute. On the machine of your node, this lets you in at once: freehold session link"
        ),
        codes.UNKNOWN_ID: _("The lists show what there is."),
        codes.WRONG_HOST: _("Open the node by its own name."),
    }
