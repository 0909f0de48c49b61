"""Plain texts: terms about data in words that people read, made by rule, so that their digest can be signed.

Rules that hold here:

- A text is made of the terms alone and says all of them, what holds by default as well. Terms that mean the
  same give the same bytes, wherever and whenever they are made; two that permit different things never do.
- The words of an edition are a frozen table, and so are the rules here: texts that were signed have to come
  out alike in ten years. Whoever wants other words makes another edition.
- Of what the other side wrote only its reasons stand in a text: in quotation marks that they cannot close, at
  the end of a line that they cannot end, without signs that hide or reorder anything. Which signs those are
  is written out, because what a Python knows of Unicode changes with its version.

Sources: `schemas/vocabularies/plain-words-1.json`; UAX 9 (what reorders); Directive 2011/83/EU art. 9 (from
when the time to withdraw runs).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import schemas
from protocol import codes
from protocol.canonical import digest
from protocol.conditions import Conditions, PriceChanges, Renewal, TermChanges
from protocol.decimals import decimal_string
from protocol.errors import Unprocessable
from protocol.policies import Bounds, DataPolicy, Duty, DutyKind, Permission, Recipient, in_order
from protocol.prices import amount_string
from protocol.registries import actions, fields, places, purposes
from protocol.rosters import RosterEntry
from protocol.terms import DataTerms, TermsLanguage
from protocol.times import read_duration
from protocol.values import dataclass

EDITION: Final = "1"

_BLANKS: Final = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_JOINING: Final = re.compile(r"[\u200c\u200d\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UNSEEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    r"\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
_QUOTES: Final = re.compile(r'["\xab\xbb\u201c-\u201f\u2039\u203a\u275d\u275e\u2e42\u301d-\u301f\uff02]')
# Four marks on one letter: Vietnamese stacks two, Hebrew with cantillation three.
_MARK: Final = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_HEAPED: Final = re.compile(f"({_MARK}{{4}}){_MARK}+")
_STRANGE: Final = "\ufffd"  # where something stood that may not be shown


def plain_text(terms: DataTerms, language: TermsLanguage) -> str:
    """Make the text of the terms: lines that end with LF, to be encoded as UTF-8."""
    return _text(_ordered(terms), language)


def _ordered(terms: DataTerms) -> DataTerms:
    return replace(terms, policy=in_order(terms.policy))


def _text(terms: DataTerms, language: TermsLanguage) -> str:
    """Make the text of terms whose policy is in order."""
    speech = _speech(language)
    parts = (
        [speech.say("title")],
        [speech.say("part-who"), *_who(speech, terms)],
        [speech.say("part-throughout"), *map(speech.say, _THROUGHOUT)],
        [speech.say("part-roster"), _published(speech, terms.roster)],
        *_permitted(speech, terms.policy),
        [speech.say("part-duties"), *_obliged(speech, terms.policy)],
        [speech.say("part-conditions"), *_agreed_lines(language, terms.conditions)],
        [speech.say("part-text"), speech.say("text")],
    )
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def text_digest(terms: DataTerms, language: TermsLanguage) -> str:
    """Return the digest of the text, which stands in the terms: a multibase SHA-256 multihash."""
    return digest(plain_text(terms, language).encode())


def check_texts(terms: DataTerms) -> None:
    """Check that the texts whose digests stand in the terms are those of the terms, and that one can be read.

    Of a further one of another edition nothing is said: see `are_verified`.

    Raises:
        Unprocessable: `text-mismatch`, `text-unknown`.
    """
    if terms.plain_texts and all(text.edition != EDITION for text in terms.plain_texts):
        raise Unprocessable(codes.TEXT_UNKNOWN, at="plainText")
    ordered = _ordered(terms)
    for text in terms.plain_texts:
        if text.edition == EDITION and text.digest != digest(_text(ordered, text.language).encode()):
            raise Unprocessable(codes.TEXT_MISMATCH, at="plainText")


def are_verified(terms: DataTerms) -> bool:
    """Tell whether every text is of the edition that is made here, so that `check_texts` has looked at it."""
    return all(text.edition == EDITION for text in terms.plain_texts)


_THROUGHOUT: Final = (
    "throughout-closed",
    "throughout-actions",
    "throughout-purposes",
    "throughout-days",
    "throughout-limits",
    "throughout-quoted",
)


@dataclass(frozen=True, slots=True)
class _Speech:
    """The words of the edition in one language; `sentences` are in that alone."""

    table: dict[str, Any]
    language: str
    sentences: dict[str, str]

    def say(self, key: str, **holes: str) -> str:
        """Say a sentence, with its holes filled."""
        sentence = self.sentences[key]
        return sentence.format(**holes) if "{" in sentence else sentence

    def word(self, kind: str, iri: str) -> str:
        """Say a word of a registry."""
        return str(self.table[kind][iri][self.language])

    def number(self, digits: str) -> str:
        """Write a decimal number with the marks of the language."""
        marks = self.table["marks"][self.language]
        whole, _, fraction = digits.partition(".")
        grouped = f"{int(whole):,}".replace(",", marks["thousands"])
        return f"{grouped}{marks['decimal']}{fraction}" if fraction else grouped

    def count(self, key: str, number: int) -> str:
        """Say how many there are of something that has a word for one and another for many."""
        return self.say(f"{key}-one") if number == 1 else self.many(key, number)

    def many(self, key: str, number: int) -> str:
        """Say how many there are of something, whatever their number."""
        return self.say(f"{key}-many", number=self.number(str(number)))

    def within(self, days: int) -> str:
        """Say within how many days."""
        return self.count("within", days) if days else self.say("within-none")

    def length(self, duration: str) -> str:
        """Say a length of calendar time, which is written as in ISO 8601."""
        found = read_duration(duration)
        numbers = (("years", found.years), ("months", found.months), ("weeks", found.weeks))
        said = [self.count(unit, number) for unit, number in numbers if number]
        if found.days or not said:
            said.append(self.count("days", found.days))
        return self.say("and").join(said)

    def moment(self, moment: datetime) -> str:
        """Say a moment, to the second and in UTC."""
        month = self.table["months"][self.language][moment.month - 1]
        clock = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
        return self.say("moment", day=str(moment.day), month=month, year=f"{moment.year:04}", clock=clock)


@lru_cache(maxsize=len(TermsLanguage))
def _speech(language: TermsLanguage) -> _Speech:
    table = schemas.plain_words()
    sentences = {key: str(said[language.value]) for key, said in table["sentences"].items()}
    return _Speech(table, language.value, sentences)


def _who(speech: _Speech, terms: DataTerms) -> Iterator[str]:
    yield speech.say("you", party=terms.first_party)
    yield speech.say("business", party=terms.second_party)


def _published(speech: _Speech, roster: RosterEntry | None) -> str:
    if roster is None:
        return speech.say("roster-none")
    return speech.say("roster", name=roster.name, digest=roster.digest)


def _permitted(speech: _Speech, policy: DataPolicy) -> Iterator[list[str]]:
    title = speech.say("part-permissions")
    if not policy.permissions:
        yield [title, speech.say("permissions-none")]
        return
    yield [title]
    for number, permission in enumerate(policy.permissions, start=1):
        lines = _permission_lines(TermsLanguage(speech.language), permission)
        yield [speech.say("permission", number=str(number)), *lines]


# The texts of a business's terms are made for each of its offers, and again for whoever reads them: most of
# them say nothing new. A stranger can make a permission some 60 KB long, so few are kept.
@lru_cache(maxsize=128)
def _permission_lines(language: TermsLanguage, permission: Permission) -> tuple[str, ...]:
    return tuple(_permission(_speech(language), permission))


def _permission(speech: _Speech, permission: Permission) -> Iterator[str]:
    limits = permission.limits
    language = TermsLanguage(speech.language)
    yield speech.say("data", items=_words(language, "fields", permission.fields))
    yield speech.say("done", items=_words(language, "actions", permission.actions))
    yield speech.say("purposes", items=_purposes(language, permission.purposes))
    if limits.recipients is not None:
        yield speech.say("recipients", items=_recipients(speech, limits.recipients))
    yield _kept(speech, limits)
    if limits.places is None:
        yield speech.say("anywhere")
    else:
        yield speech.say("places", items=_words(language, "places", limits.places))
    if limits.until is not None:
        yield speech.say("until", moment=speech.moment(limits.until))
    if limits.uses is not None:
        yield speech.count("uses", limits.uses)
    yield speech.say(f"necessity-{permission.necessity or 'unsaid'}")
    if permission.credential_type:
        yield speech.say("credential", type=permission.credential_type)
    if permission.content and (reason := _harmless(permission.content)):
        yield speech.say("reason", text=reason)


_REGISTRIES: Final = {"fields": fields, "actions": actions, "places": places}


# Permissions of one shop differ in how long, not in what: the same few sets come again and again.
@lru_cache(maxsize=256)
def _words(language: TermsLanguage, kind: str, members: int) -> str:
    speech = _speech(language)
    return _listed(speech.word(kind, iri) for iri in _REGISTRIES[kind]().spell(members))


def _listed(items: Iterable[str]) -> str:
    """Set things beside each other; none of them has a semicolon and a space in it."""
    return "; ".join(items)


@lru_cache(maxsize=256)
def _purposes(language: TermsLanguage, members: int) -> str:
    speech = _speech(language)
    return _listed(_purpose(speech, iri) for iri in purposes().spell(members))


def _purpose(speech: _Speech, iri: str) -> str:
    """Say a purpose, with those that it includes, so that nobody has to know how they are ordered."""
    said, narrower = speech.word("purposes", iri), _narrower(iri)
    if not narrower:
        return said
    included = _listed(speech.word("purposes", other) for other in narrower)
    return speech.say("purpose-wide", purpose=said, narrower=included)


@lru_cache(maxsize=256)
def _narrower(purpose: str) -> tuple[str, ...]:
    words = purposes().words
    meant = words[purpose]
    return tuple(sorted(other for other in words if other != purpose and not words[other] & ~meant))


def _recipients(speech: _Speech, recipients: frozenset[Recipient]) -> str:
    ordered = sorted(recipients, key=lambda each: (each.party, each.kind.value))
    return _listed(_recipient(speech, each) for each in ordered)


def _recipient(speech: _Speech, recipient: Recipient) -> str:
    if not recipient.party:
        return speech.say(f"recipient-any-{recipient.kind.value}")
    return speech.say(f"recipient-{recipient.kind.value}", party=recipient.party)


def _kept(speech: _Speech, limits: Bounds) -> str:
    days, after = limits.days, limits.days_after_end
    if days is None:
        if after is None:
            return speech.say("kept-unbounded")
        return speech.say("kept-after-end", after=speech.count("days", after))
    if after is None:
        return speech.say("kept", days=speech.count("days", days))
    return speech.say("kept-both", days=speech.count("days", days), after=speech.count("days", after))


def _obliged(speech: _Speech, policy: DataPolicy) -> Iterator[str]:
    for kind, key in _DUTIES:
        yield _duty(speech, key, [duty for duty in policy.duties if duty.kind is kind])
    for paid in policy.compensations:
        amount = speech.number(amount_string(paid.amount, currency=paid.currency))
        yield speech.say(f"pay-{paid.per.value}", amount=amount, currency=paid.currency)
    if not policy.compensations:
        yield speech.say("pay-none")


_DUTIES: Final = ((DutyKind.DELETE, "delete"), (DutyKind.INFORM, "inform"), (DutyKind.PORT, "port"))


def _duty(speech: _Speech, key: str, held: list[Duty]) -> str:
    return speech.say(key, within=speech.within(held[0].days)) if held else speech.say(f"{key}-none")


@lru_cache(maxsize=128)
def _agreed_lines(language: TermsLanguage, conditions: Conditions) -> tuple[str, ...]:
    return tuple(_agreed(_speech(language), conditions))


def _agreed(speech: _Speech, conditions: Conditions) -> Iterator[str]:
    if conditions.withdrawal_days:
        yield speech.say("withdrawal", within=speech.within(conditions.withdrawal_days))
    else:
        yield speech.say("withdrawal-none")
    yield from _renewal(speech, conditions)
    yield from _changes(speech, conditions)
    fee = conditions.cancellation_fee
    yield speech.say("fee", amount=speech.number(_amount(fee))) if fee else speech.say("fee-none")
    if conditions.return_days:
        cost = f"return-{conditions.return_costs.value}"
        yield speech.say(cost, within=speech.within(conditions.return_days))
    else:
        yield speech.say("return-none")
    yield speech.say(f"venue-{conditions.dispute_venue.value}")
    if conditions.dispute_body:
        yield speech.say("body", party=conditions.dispute_body)
    country = conditions.jurisdiction
    yield speech.say("law", country=speech.word("places", country)) if country else speech.say("law-customer")
    yield speech.say(f"publication-{conditions.price_publication.value}")


def _renewal(speech: _Speech, conditions: Conditions) -> Iterator[str]:
    period, notice, days = conditions.renewal_period, conditions.renewal_notice, conditions.reminder_days
    if conditions.renewal is Renewal.AUTOMATIC and period is not None and notice is not None:
        yield speech.say("renewal-automatic", length=speech.length(period), notice=speech.length(notice))
        if days is None:
            yield speech.say("reminder-none")
        else:
            yield speech.say("reminder", days=speech.count("days", days))
    elif conditions.renewal is Renewal.OFFERED and period is not None:
        yield speech.say("renewal-offered-for", length=speech.length(period))
    else:
        yield speech.say(f"renewal-{conditions.renewal.value}")


def _changes(speech: _Speech, conditions: Conditions) -> Iterator[str]:
    yield speech.say(f"terms-{conditions.term_changes.value}")
    yield speech.say(f"price-{conditions.price_changes.value}")
    days = conditions.change_notice_days
    if days is not None:
        yield speech.say("change-notice", days=speech.count("days", days))
    elif TermChanges.NOTIFIED is conditions.term_changes or PriceChanges.NOTIFIED is conditions.price_changes:
        yield speech.say("change-notice-none")


def _amount(amount: Decimal) -> str:
    """Write an amount whose currency is not known here: whole, or with two decimals at least."""
    whole, point, fraction = decimal_string(amount).partition(".")
    return f"{whole}{point}{fraction:0<2}" if point else whole


def _harmless(text: str) -> str:
    """Return what the other side wrote as one line that can stand in quotation marks, with nothing hidden."""
    line = _JOINING.sub("", _BLANKS.sub(" ", text))
    seen = _QUOTES.sub("'", _UNSEEN.sub(_STRANGE, line))
    return _HEAPED.sub(r"\1", seen).strip()
