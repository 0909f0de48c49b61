"""Changeovers: from the agreement that holds to a change of it, as owners' programs and pages are shown it.

Rule here: an agreement is over as soon as both have signed the change, also where that begins later.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

_TAKEABLE: Final = frozenset({"offered", "accepted"})  # it may still become an agreement as it was offered


def neither_holds_until(offer: Mapping[str, Any], now: datetime) -> str | None:
    """Return when a change begins, if until then neither it nor its agreement would hold; else None."""
    begins = offer.get("starts_at")
    is_new = any(change["term"] == "starts_at" for change in offer.get("changes") or ())
    if not (is_new and begins) or offer.get("state") not in _TAKEABLE:
        return None
    return str(begins) if datetime.fromisoformat(begins) > now else None
