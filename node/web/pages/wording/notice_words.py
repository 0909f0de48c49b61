"""The words of notices: what a message says, in its reader's language, and no more than the owner allows.

Rules here: a title is words of ours alone, so that nobody else writes on a locked screen or into the head of
a mail. A name of others stands in the text, if it may, made harmless: one line, nothing unseen, in its own
direction, and nothing that a program would take for a link. A message leads to one page, where the owner
acts; opening it acts on nothing.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from node.core.notices import AT_ONCE, NoticeKind
from node.core.tidings import Gathered, Notification, Tiding
from node.services.zones import find_zone
from node.web.pages.wording import words
from node.web.pages.wording.formats import number, plain_money
from node.web.pages.wording.languages import ALL, ENGLISH, Reader, ngettext, reading
from node.web.pages.wording.languages import gettext as _

LISTED: Final = 10  # lines that somebody reads on a telephone
_NAMED: Final = 3  # in a line of a digest
_LINKED: Final = re.compile(r"(?<=\S)([.:/@])(?=\S)")
_JOINER: Final = "\u2060"  # joins what it stands between, and is in no address


def compose(gathered: Gathered, origin: str) -> Notification:
    """Write the message that tells what was gathered, on the node at this origin."""
    with reading(_reader(gathered)):
        return Notification(
            id=gathered.id,
            kind=gathered.kind,
            title=_("What came since the last summary") if gathered.kind is None else _title(gathered),
            lines=_digest(gathered) if gathered.kind is None else _lines(gathered),
            url=origin + _path(gathered),
            label=_("Look at it"),
            urgent=gathered.kind in AT_ONCE,
            at=gathered.at,
        )


def trial(gathered: Gathered, origin: str) -> Notification:
    """Write the message by which somebody tries an address."""
    with reading(_reader(gathered)):
        return Notification(
            id=gathered.id,
            kind=None,
            title=_("This is a test"),
            lines=(_("Your node reaches you here."),),
            url=f"{origin}/notifications",
            label=_("Look at it"),
            urgent=False,
            at=gathered.at,
        )


def _reader(gathered: Gathered) -> Reader:
    language = next((one for one in ALL if one.code == gathered.language), ENGLISH)
    zone = find_zone(gathered.zone)
    return Reader(language=language, zone=zone, now=gathered.at, formal=gathered.formal)


def _path(gathered: Gathered) -> str:
    """Return the page that one thing is on, or where all of it is listed."""
    paths = {item.path for item in gathered.items}
    if len(paths) == 1:
        return paths.pop()
    return "/desk" if all(path.startswith("/desk/") for path in paths) else "/"


def _title(gathered: Gathered) -> str:
    count = len(gathered.items)
    said = _SAID[gathered.items[0].kind](count) % {"count": number(count)}
    return _("%(what)s, or more") % {"what": said} if gathered.more else said


def _lines(gathered: Gathered) -> tuple[str, ...]:
    said = [text for item in gathered.items if (text := _said_of(item))]
    rest = len(said) - LISTED
    more = ngettext("and %(count)s more", "and %(count)s more", rest) % {"count": number(max(rest, 0))}
    return (*said[:LISTED], *([more] if rest > 0 else []))


def _digest(gathered: Gathered) -> tuple[str, ...]:
    by_kind: dict[NoticeKind, list[Tiding]] = {}
    for item in gathered.items:
        by_kind.setdefault(item.kind, []).append(item)
    return tuple(_summed(kind, by_kind[kind]) for kind in NoticeKind if kind in by_kind)


def _summed(kind: NoticeKind, items: list[Tiding]) -> str:
    said = _SAID[kind](len(items)) % {"count": number(len(items))}
    names = [*dict.fromkeys(name for item in items if (name := harmless(item.name)))]
    more = ", …" if len(names) > _NAMED else ""
    return f"{said}: {', '.join(names[:_NAMED])}{more}" if names else said


def _said_of(item: Tiding) -> str:
    name = harmless(item.name)
    total = None if item.total is None else plain_money(item.total, item.currency)
    return ": ".join(filter(None, [name, total]))


def harmless(text: str) -> str:
    """Return a name of others as it may stand in a text without markup."""
    return words.isolated(_LINKED.sub(rf"\1{_JOINER}", words.name(text).text))


_SAID: Final[Mapping[NoticeKind, Callable[[int], str]]] = {
    NoticeKind.SECURITY: lambda count: ngettext(
        "Something about your sign-in changed", "Something about your sign-in changed, %(count)s times", count
    ),
    NoticeKind.TO_SIGN: lambda count: ngettext(
        "An acceptance waits for your signature", "%(count)s acceptances wait for your signature", count
    ),
    NoticeKind.LAPSING: lambda count: ngettext(
        "An acceptance lapses soon", "%(count)s acceptances lapse soon", count
    ),
    NoticeKind.TO_COSIGN: lambda count: ngettext(
        "A second signature waits for you", "%(count)s second signatures wait for you", count
    ),
    NoticeKind.COSIGNED: lambda count: ngettext(
        "News of a second signature", "News of %(count)s second signatures", count
    ),
    NoticeKind.OFFER: lambda count: ngettext("A new offer", "%(count)s new offers", count),
    NoticeKind.COUNTER: lambda count: ngettext("A counter-offer", "%(count)s counter-offers", count),
    NoticeKind.CHANGED: lambda count: ngettext(
        "An offer was changed", "Offers were changed, %(count)s times", count
    ),
    NoticeKind.ANSWER: lambda count: ngettext("An answer", "%(count)s answers", count),
    NoticeKind.AGREED: lambda count: ngettext("A new agreement", "%(count)s new agreements", count),
    NoticeKind.MESSAGE: lambda count: ngettext("A new message", "%(count)s new messages", count),
    NoticeKind.ENDING: lambda count: ngettext(
        "The other side ends an agreement", "The other side ends %(count)s agreements", count
    ),
    NoticeKind.NOTICE_DAY: lambda count: ngettext(
        "An agreement comes to a date of yours", "%(count)s agreements come to a date of yours", count
    ),
    NoticeKind.KEY: lambda count: ngettext(
        "A business shows a new key", "%(count)s new keys of businesses wait", count
    ),
    NoticeKind.CRM: lambda count: ngettext(
        "Something in your CRM is for you to decide",
        "%(count)s things in your CRM are for you to decide",
        count,
    ),
    NoticeKind.WISH: lambda count: ngettext("A new wish", "%(count)s new wishes", count),
    NoticeKind.HELD: lambda count: ngettext(
        "An offer was held back", "Offers were held back, %(count)s times", count
    ),
    NoticeKind.UNDELIVERED: lambda count: ngettext(
        "Something you sent did not arrive", "%(count)s things that you sent did not arrive", count
    ),
}
