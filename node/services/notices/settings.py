"""What an actor wants to hear of, when, and how much of it is said."""

from collections.abc import Mapping
from datetime import UTC, time, tzinfo
from typing import Any

from node.core import codes
from node.core.languages import LANGUAGES
from node.core.notices import DEFAULT_TIMING, NoticeKind, NoticeSettings, Saying, Timing, timing_of
from node.services.acting import Acting
from node.services.zones import find_zone
from node.storage import notices
from node.storage.notices import NoticeSettingsRow
from node.storage.session import Session
from protocol.errors import Unprocessable


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show what the acting resident wants to hear of."""
    return render(load(session, acting.iri))


def set(session: Session, acting: Acting, document: Mapping[str, Any]) -> dict[str, Any]:
    """Set what the acting resident wants to hear of; what is left out is as at first.

    Raises:
        Unprocessable: `notice-settings`, there is no such zone or time.
    """
    settings = read(document)
    notices.save_notice_settings(session, NoticeSettingsRow(acting.iri, render(settings), acting.now))
    notices.announce(session)
    return render(settings)


def begin(session: Session, acting: Acting, *, zone: str, language: str) -> None:
    """Begin with this zone and language, where there are such, if nothing has been set yet."""
    if notices.load_notice_settings(session, acting.iri) is not None:
        return
    said = {"zone": zone} if zone else {}
    set(session, acting, {**said, "language": language if language in LANGUAGES else LANGUAGES[0]})


def load(session: Session, actor: str) -> NoticeSettings:
    """Return what an actor wants to hear of; what holds at first, if it has not said so."""
    row = notices.load_notice_settings(session, actor)
    return NoticeSettings() if row is None else _read(row.document)


def read(document: Mapping[str, Any]) -> NoticeSettings:
    """Read what somebody wants to hear of.

    Raises:
        Unprocessable: `notice-settings`.
    """
    settings = _read(document)
    if find_zone(settings.zone) is None:
        raise Unprocessable(codes.NOTICE_SETTINGS, "There is no such time zone.")
    return settings


def _read(document: Mapping[str, Any]) -> NoticeSettings:
    first, quiet = NoticeSettings(), document.get("quiet", {})
    quiet = {} if quiet is None else quiet or {"from": "22:00", "until": "07:00"}
    try:
        settings = NoticeSettings(
            zone=str(document.get("zone", first.zone)),
            quiet_from=_wall(quiet["from"]) if quiet else None,
            quiet_until=_wall(quiet["until"]) if quiet else None,
            digest_at=_wall(document.get("digest_at", _text(first.digest_at))),
            timing={NoticeKind(kind): Timing(when) for kind, when in document.get("timing", {}).items()},
            saying=Saying(document.get("saying", first.saying)),
            language=str(document.get("language", first.language)),
        )
    except (KeyError, TypeError, ValueError):
        raise Unprocessable(codes.NOTICE_SETTINGS) from None
    if settings.language not in LANGUAGES:
        raise Unprocessable(codes.NOTICE_SETTINGS, f"The languages are {', '.join(LANGUAGES)}.")
    return settings


def render(settings: NoticeSettings) -> dict[str, Any]:
    """Write what somebody wants to hear of, with every kind."""
    begins, ends = settings.quiet_from, settings.quiet_until
    quiet = None if begins is None or ends is None else {"from": _text(begins), "until": _text(ends)}
    return {
        "zone": settings.zone,
        "quiet": quiet,
        "digest_at": _text(settings.digest_at),
        "timing": {str(kind): str(timing_of(kind, settings)) for kind in DEFAULT_TIMING},
        "saying": str(settings.saying),
        "language": settings.language,
    }


def zone_of(settings: NoticeSettings) -> tzinfo:
    """Return the zone of the owner's clock; UTC where this machine does not know it any more."""
    return find_zone(settings.zone) or UTC


def _wall(text: Any) -> time:
    """Read a time of day, to the minute: `22:00`."""
    hour, colon, minute = str(text).partition(":")
    if not colon or len(hour) != 2 or len(minute) != 2 or not (hour + minute).isdigit():
        raise ValueError("not a time of day")
    return time(int(hour), int(minute))


def _text(wall: time) -> str:
    return f"{wall:%H:%M}"
