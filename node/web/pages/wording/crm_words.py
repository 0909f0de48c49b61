"""The CRM in words: how it stands, and each line of it that may change while somebody looks.

Rules here: a line is one text, on the page and when it changes. What stands in the way is said in the
sentences of `node.core.crm_sayings`, which the catalogues have; what the CRM or somebody else's adapter said
stands beside them as it came.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from node.core.crm_sayings import DENIED, NOT_LET_IN, SAID, UNNAMED, read_sayings
from node.services.crm.connecting import CrmStanding
from node.web.pages.wording.formats import number, plain_moment, spelled
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import ngettext
from protocol.values import dataclass

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class CrmWords:
    """What is said of a CRM: in the reader's language, then in others' words, the CRM's own if quoted."""

    ours: str
    theirs: str
    is_quoted: bool


def crm_said(text: str) -> CrmWords:
    """Return what is kept of what stands in the way."""
    sayings, rest = read_sayings(text)
    ours = [_(one.sentence) % {name: _named(said) for name, said in one.given.items()} for one in sayings]
    return CrmWords(" ".join(ours), rest.removeprefix(SAID), rest.startswith(SAID))


def _named(said: str) -> str:
    return _(UNNAMED) if said == UNNAMED else said


def values(shown: Mapping[str, Any]) -> dict[str, str]:
    """Return what lines of the page say now, by what they are found by."""
    return {
        "headline": headline(shown),
        "state": state(shown),
        "read": plain_moment(shown["read_at"]) if shown["read_at"] else _("never"),
        "next": upcoming(shown),
        "records": ", ".join(records(shown["records"])) or _("nothing yet"),
        "queued": number(shown["queued"]),
        "conflicts": number(shown["conflicts"]),
    }


def headline(shown: Mapping[str, Any]) -> str:
    """Say what is so: what is wrong first, then what is to be decided."""
    standing, conflicts, queued = shown["health"], shown["conflicts"], shown["queued"]
    if is_shut_out(shown):
        return _("Your CRM does not let your node in.")
    if standing == CrmStanding.UNREACHABLE:
        return _("Your CRM cannot be reached.")
    if standing == CrmStanding.LOCKED:
        return _("Nothing goes into your CRM since your node was locked.")
    if standing == CrmStanding.UNSTARTED:
        return _("It is connected. Nothing has begun yet.")
    if conflicts:
        said = ngettext(
            "One thing is for you to decide.", "%(count)s things are for you to decide.", conflicts
        )
        return said % {"count": spelled(conflicts).capitalize()}
    if queued:
        said = ngettext(
            "One thing is on its way into your CRM.",
            "%(count)s things are on their way into your CRM.",
            queued,
        )
        return said % {"count": spelled(queued).capitalize()}
    return _("Both sides are kept alike.")


def is_shut_out(shown: Mapping[str, Any]) -> bool:
    """Tell whether a CRM answers and takes no key of ours: nothing but a new one helps."""
    sayings, _rest = read_sayings(shown["trouble"] or "")
    said = {saying.sentence for saying in sayings}
    return shown["health"] == CrmStanding.UNREACHABLE and not said.isdisjoint({DENIED, NOT_LET_IN})


def state(shown: Mapping[str, Any]) -> str:
    """Say what that means, and what to do."""
    standing = shown["health"]
    if is_shut_out(shown):
        return _("A new key helps, and no trying. What happens meanwhile waits, and nothing is lost.")
    if standing == CrmStanding.UNREACHABLE:
        return _(
            "Your node tries again by itself. What happens meanwhile waits, and no negotiation waits for it."
        )
    if standing == CrmStanding.LOCKED:
        return _(
            "Somebody else may have connected it. Look what stands below, then bring all of it up to date."
        )
    if standing == CrmStanding.UNSTARTED:
        return _("See what would be written there, and let it begin.")
    return _("What happens here goes there by itself, and what you write there comes here.")


def upcoming(shown: Mapping[str, Any]) -> str:
    """Say when the CRM is looked at again."""
    standing, seconds = shown["health"], int(shown["looks_every"])
    if standing == CrmStanding.UNREACHABLE and shown["rests_until"]:
        return plain_moment(shown["rests_until"])
    if standing in {CrmStanding.LOCKED, CrmStanding.UNSTARTED}:
        return _("once you let it begin")
    if seconds < _MINUTE:
        return ngettext("every second", "every %(count)s seconds", seconds) % {"count": number(seconds)}
    minutes = seconds // _MINUTE
    return ngettext("every minute", "every %(count)s minutes", minutes) % {"count": number(minutes)}


def records(counted: Mapping[str, int]) -> Sequence[str]:
    """Say how many records of which kind there are."""
    return [_records_of(kind, count) for kind, count in sorted(counted.items()) if count]


def _records_of(kind: str, count: int) -> str:
    said = {
        "customer": ngettext("%(count)s customer", "%(count)s customers", count),
        "opportunity": ngettext("%(count)s opportunity", "%(count)s opportunities", count),
        "quotation": ngettext("%(count)s quotation", "%(count)s quotations", count),
        "note": ngettext("%(count)s note", "%(count)s notes", count),
        "file": ngettext("%(count)s file", "%(count)s files", count),
        "invoice": ngettext("%(count)s invoice", "%(count)s invoices", count),
        "subscription": ngettext("%(count)s subscription", "%(count)s subscriptions", count),
    }
    return said[kind] % {"count": number(count)}
