"""Data terms on pages: the plain text whose digest is signed, whole and in the reader's language.

Rule here: whoever signs has been shown all of it; a page shortens nothing where it can be signed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from markupsafe import Markup, escape

from node.core.linter import Severity
from node.core.text_changes import TextChanges, text_changes
from node.web.pages.wording import rosters
from node.web.pages.wording.languages import gettext as _
from protocol.plain_texts import EDITION, plain_text
from protocol.terms import DataTerms, TermsLanguage, read_unaddressed

_WEIGHTY: Final = (Severity.REFUSE, Severity.WARN)


def whole_text(deal: Mapping[str, Any], *, folded: bool = False) -> str:
    """Return what an offer or an agreement says about data, line by line; "" if it says nothing.

    It is `folded` behind the agreement that it keeps to where nothing is signed on the page.
    """
    terms = deal.get("terms")
    if terms is None:
        return ""
    text = plain_text(_read(terms, deal["currency"]), rosters.language())
    whole = Markup('<div class="lines">{}</div><p class="sub">{}</p>').format(escape(text), _signed(terms))
    if not folded:
        return whole
    return Markup("<details><summary>{}</summary>{}</details>").format(in_short(terms), whole)


def changed(before: Mapping[str, Any], after: Mapping[str, Any], currencies: tuple[str, str]) -> TextChanges:
    """Return in which sentences two terms differ; `currencies` are those of the prices beside them."""
    former, currency = currencies
    return text_changes(_read(before, former), _read(after, currency), rosters.language())


def _read(terms: Mapping[str, Any], currency: str) -> DataTerms:
    read = read_unaddressed(dict(terms), currency=currency)
    return replace(read, first_party=terms["firstParty"], second_party=terms["secondParty"])


def _signed(terms: Mapping[str, Any]) -> str:
    """Say which texts are signed: the one that is shown may be in another language, of the same terms."""
    called = {TermsLanguage.ENGLISH: _("English"), TermsLanguage.GERMAN: _("German")}
    texts = [
        _edition(called[TermsLanguage(text["inLanguage"])], text["edition"]) for text in terms["plainText"]
    ]
    return _("This text is signed in: %(texts)s.") % {"texts": "; ".join(texts)}


def _edition(language: str, edition: str) -> str:
    if edition == EDITION:
        return _("%(language)s, edition %(edition)s") % {"language": language, "edition": edition}
    return _("%(language)s, in an edition that this node cannot read") % {"language": language}


def odd(deal: Mapping[str, Any]) -> list[str]:
    """Return what is odd about a deal for who pays, the heaviest first; notes are left out."""
    flags = deal["flags"]
    weighty = (flag for weight in _WEIGHTY for flag in flags if flag["severity"] == weight)
    return [_(flag["sentence"]) for flag in weighty]


def in_short(terms: Mapping[str, Any] | None) -> str:
    """Return which agreement about data an offer keeps to, in a few words."""
    if terms is None:
        return _("says nothing")
    roster = terms.get("roster")
    return _("own terms") if roster is None else str(roster["id"]).rpartition("#")[2]
