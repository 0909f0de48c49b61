"""Who gave notice of an agreement, what became of that, and whether it counts, on the command line. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from node.core import codes
from node.terminal import phrases
from node.terminal.printing import fields
from protocol import codes as wire

_WHY: Final = {
    codes.NOTICE_TOO_SHORT: (
        "it came more than eight days after it was signed, or on its own day, and by then that was too early"
    ),
    wire.ILLEGAL_TRANSITION: "it was over, or a change that you accepted may have taken its place",
}
_STANDS: Final = (
    "It counts all the same: notice needs nobody's consent, and this one keeps the terms. The agreement ends"
    " on its day, and what is owed follows from that."
)
_PROVE: Final = (
    "Keep both documents (freehold agreement export; agreement notices --json), and tell them in another"
    " way, too."
)
_ANEW: Final = "Give notice anew. The agreement holds until then."
_UNHEARD: Final = (
    "It has not arrived, and your node keeps trying. It counts if it comes within eight days and before its"
    " day, or if nobody answers for as long."
)
_UNHEARD_WITHDRAWAL: Final = (
    "It has not arrived, and your node keeps trying. It counts if it comes within eight days, or if nobody"
    " answers for as long."
)
_SILENT: Final = (
    "It counts: nobody answered for as long as it could be taken. They may not know of it, and hold that the"
    " agreement goes on."
)
_OTHERWISE: Final = (
    "Tell them in another way today, by letter or mail, with the signed notice (agreement notices --json)."
)
_PATIENCE: Final = (
    "See how the agreement stands: if it runs, and no change of it waits to be signed, give notice anew; a"
    " change that nobody signs lapses by itself."
)


def listed(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines that show notices, the oldest first."""
    for item in items:
        yield from said(item)


def said(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show a notice: who gave it, for when, how it arrived, and whether it counts."""
    given = phrases.date_and_time(item.get("at"))
    yield from fields(
        [
            ("notice", f"by {'you' if item.get('own') else 'the other side'} on {given}"),
            ("ends", phrases.date_and_time(item.get("leaves_at"))),
            ("withdrawal", "within the time to change one's mind" if item.get("withdrawal") else ""),
            ("counts", "yes" if item.get("counts") else "no"),
            ("delivery", str(item.get("delivery") or "")),
            *_on_its_way(item),
            *_refused(item),
        ]
    )


def _on_its_way(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield that a notice does not arrive, what that means, and what can be done."""
    if not item.get("undelivered_at") or item.get("delivery") == "delivered" or item.get("refused_at"):
        return
    yield "missing", f"not arrived since {phrases.date_and_time(item['undelivered_at'])}"
    unheard = _UNHEARD_WITHDRAWAL if item.get("withdrawal") else _UNHEARD
    yield "means", _SILENT if item.get("unanswered_at") else unheard
    yield "do", _OTHERWISE


def _refused(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield that the other side refused a notice, what that means, and what can be done."""
    if not item.get("refused_at"):
        return
    yield "refused", f"by them on {phrases.date_and_time(item['refused_at'])}: {item.get('said')}"
    if item.get("counts"):
        yield "means", _STANDS
        yield "do", _PROVE
        return
    why = _WHY.get(item["objection"], "it does not name the agreement as it stands")
    yield "means", f"It does not count: {why}."
    yield "do", _PATIENCE if item["objection"] == wire.ILLEGAL_TRANSITION else _ANEW
