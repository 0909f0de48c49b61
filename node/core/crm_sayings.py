"""What is said of a CRM that does not do as it should, and of a quotation that is no offer: with holes.

Rules here: a sentence is what is kept, and what programs, the command line and notes in the CRM are told, in
English. Pages find it again by its text (`read_sayings`) and say it in their reader's language: what is kept
is text, and whoever wrote an adapter of their own says what they like. What fills a hole is no sentence.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from node.core.codes import CRM_OVER, CRM_UNSIGNED
from protocol.codes import MEANINGS
from protocol.values import dataclass

# --- reaching it
UNREACHED: Final = "The CRM could not be reached (%(why)s): does it run, and is its address right?"
TOO_MUCH: Final = "The CRM answered with more than 4 MB at once; it was not read."
ELSEWHERE: Final = "The CRM sends us to another address: set that one if it is right."
DENIED: Final = "The CRM does not let us do this (%(status)s): is the key right?"
MISSING: Final = "The CRM knows no such thing (%(status)s)."
CHANGED: Final = "The CRM says that this changed meanwhile (%(status)s)."
BUSY: Final = "The CRM cannot answer now (%(status)s)."
REFUSED: Final = "The CRM refuses this (%(status)s)."
PAGE: Final = "A page answers where the CRM should: a sign-in, a proxy, or its address is another one."
NO_JSON: Final = "What answers where the CRM should does not speak JSON."
SAID: Final = "It said: "
"""Before what the CRM itself says, whatever that is; it is the last."""

# --- connecting it
NO_ADDRESS: Final = "The address of a CRM begins with https:// or, in your own network, http://."
NEEDS_KEY: Final = "This kind of CRM needs a key."
NOT_HERE: Final = (
    "No Tryton with this database answers there: the address is without the database's name, which is the "
    "option `database`."
)
NOT_LET_IN: Final = "Tryton does not take the key: has Validate been pressed beside it, in Preferences?"
NO_COMPANY: Final = "The key's user does not work for the company of this number in Tryton."
NO_EMPLOYEE: Final = "The company in Tryton has no employee of this name, or several."
NO_PRODUCT: Final = "Tryton has no product with this code."
NO_NOTES: Final = (
    "The key's user is no administrator of Tryton, which hides notes and files from anybody else: notes that "
    "people write there are not seen, and none is sent to a customer. A key of an administrator helps."
)

# --- records
DELETED: Final = "Somebody deleted this record in the CRM. Retry makes it anew; discard leaves it gone."
SECOND: Final = (
    "Another record of the CRM, %(id)s, has the same address in it as this one, and is left alone."
)
SEVERAL: Final = "Several records of the CRM are one thing here: %(ids)s."
MAKE_ONE: Final = "Make them one there, then retry."
MEANWHILE: Final = "Somebody changed the record while it was written."

# --- what an offer needs
NOT_OUT: Final = "This did not go out as an offer."
ODD_SIGNS: Final = "Its title, or what a line is for, has signs that nobody sees, or more than one line."
NO_LINE: Final = "It has no line: name what is offered, with quantity and price."
MANY_LINES: Final = "It has more than %(most)s lines."
NO_CURRENCY: Final = "It has no currency: three letters, such as EUR."
NO_DAY: Final = "It does not say until which day it is valid."
ODD_DAY: Final = "The day until which it is valid cannot be read: write it like 2026-12-31."
PAST_DAY: Final = "The day until which it is valid has passed."
ODD_START: Final = "The day on which it starts cannot be read: write it like 2026-12-31."
ODD_END: Final = "The day on which it ends cannot be read: write it like 2026-12-31."
NO_START: Final = "It is paid again and again until a day: say on which day it starts, too."
UNNAMED: Final = "A line without a label"
"""What fills `line` where there is no label to name one by."""
NAMELESS: Final = "A line does not say what it is for."
NO_QUANTITY: Final = "%(line)s has no quantity above zero."
NO_PRICE: Final = "%(line)s has no price."
DECIMALS: Final = "%(line)s comes to more decimals than %(currency)s has."
ODD_PERIOD: Final = "%(line)s is paid again after a time that no offer has: a day, week, month or year."
LONG_LABEL: Final = "%(line)s says more than the %(most)s characters that a line may have."
NO_PERIOD: Final = (
    'The %(field)s "%(text)s" of a line reads like a period that is not known: write per day, week, month, '
    "quarter or year; if it is none, begin it with another word."
)
ODD_TAX: Final = "A line has a tax that is no percentage."
FOR_ANOTHER: Final = "It is for another customer than its opportunity, and who wished for it would get it."
QUANTITY: Final = (
    "What goes out promises %(quantity)s, as the customer asks for: write that as the quantity of a line, "
    "or in words of your own. Another quantity is offered in your node."
)
NO_PLACE: Final = (
    "The price that stands is paid so many times, until a day, or by the unit, which these lines cannot say: "
    "offer another price in your node, or write another quotation."
)
MORE: Final = "And %(count)s more."

# --- what becomes of a quotation
UNSIGNED: Final = MEANINGS[CRM_UNSIGNED]
OVER: Final = MEANINGS[CRM_OVER]
NEVER_OFFERED: Final = (
    "Nobody has accepted this, and it never went out as an offer: it was put back, and is none now. "
    "To send it to the customer, quote it."
)
OTHERS_SIGNED: Final = (
    "The customer has signed already: what was signed holds, whatever is written here now. "
    "Other terms are proposed as a change of the agreement, in your node."
)

SENTENCES: Final = tuple(
    said
    for name, said in [*globals().items()]
    if name.isupper() and isinstance(said, str) and said not in MEANINGS and name not in {"SAID", "UNNAMED"}
)

_HOLE: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class CrmSaying:
    """One sentence of ours: its words with holes, and what fills them."""

    sentence: str
    given: Mapping[str, str]


def read_sayings(text: str) -> tuple[tuple[CrmSaying, ...], str]:
    """Return the sentences of ours that a text begins with, and the rest of it: somebody else's words."""
    found, rest = list[CrmSaying](), text
    while rest and (read := _read_one(rest)) is not None:
        saying, rest = read
        found.append(saying)
    return tuple(found), rest


def _read_one(text: str) -> tuple[CrmSaying, str] | None:
    for sentence, pattern in _patterns():
        match = pattern.match(text)
        if match is not None:
            return CrmSaying(sentence, match.groupdict()), text[match.end() :]
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return what finds each sentence; the ones that begin with a hole come last."""
    spelled = [(sentence, _pattern(sentence)) for sentence in SENTENCES]
    return tuple(sorted(spelled, key=lambda one: one[0].startswith("%(")))


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _HOLE.split(sentence)  # text and names of holes, by turns
    spelled = [
        f"(?P<{part}>[^\\n]{{0,300}}?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ]
    return re.compile("".join(spelled) + r"(?: |$)")
