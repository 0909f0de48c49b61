"""Data terms on pages: the plain text whose digest is signed, whole and in the reader's language.

Rule here: whoever signs has been shown all of it; a page shortens nothing where it can be signed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from markupsafe import Markup, escape

from node.core.linter import Severity
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from protocol.plain_texts import plain_text
from protocol.terms import TermsLanguage, read_unaddressed

_WEIGHTY: Final = (Severity.REFUSE, Severity.WARN)


def whole_text(deal: Mapping[str, Any]) -> str:
    """Return what an offer or an agreement says about data, line by line; "" if it says nothing."""
    terms = deal.get("terms")
    if terms is None:
        return ""
    read = read_unaddressed(terms, currency=deal["currency"])
    between = replace(read, first_party=terms["firstParty"], second_party=terms["secondParty"])
    code = READER.get().language.code
    language = TermsLanguage.GERMAN if code.startswith(TermsLanguage.GERMAN) else TermsLanguage.ENGLISH
    return Markup('<div class="lines">{}</div>').format(escape(plain_text(between, language)))


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
