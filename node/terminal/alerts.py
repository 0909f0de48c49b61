"""What has to be known of an agreement now, on the command line. Pure."""

from collections.abc import Mapping
from typing import Any

from node.terminal import phrases


def said(alert: Mapping[str, Any], *, currency: str | None) -> str:
    """Say one alert of an agreement in a sentence; one of a kind that is not known by its name."""
    at, act_by = phrases.date_and_time(alert.get("at")), phrases.date_and_time(alert.get("act_by"))
    notice = f" Give notice by {act_by}." if act_by else ""
    match alert.get("kind"):
        case "late":
            return f"It was to be done by {at}, and nobody has confirmed it."
        case "rises":
            before, after = (phrases.amount(alert.get(name), currency) for name in ("before", "after"))
            return f"From {at} it costs {after} a {alert.get('per')} instead of {before}.{notice}"
        case "notice":
            return f"It ends on {at}.{notice} Later, notice makes no difference."
        case "ends":
            return f"It ends by itself on {at}."
    return f"{alert.get('kind')}: {at}"
