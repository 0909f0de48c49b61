"""What has to be known of an agreement now, in words, each with what can be done about it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from markupsafe import Markup, escape

from node.core.alerts import AlertKind
from node.web.pages.wording import sentences
from node.web.pages.wording.formats import day, money
from node.web.pages.wording.languages import gettext as _
from protocol.values import dataclass

_Words: TypeAlias = tuple[Markup | str, Markup | str, str]
_WARNS: Final = frozenset({AlertKind.LATE, AlertKind.RISES})


@dataclass(frozen=True, slots=True)
class AlertSaid:
    """One alert: what it is, what can be done, where, and whether it is more than a date."""

    title: Markup | str
    sub: Markup | str
    link: str = ""
    warns: bool = False


def said(agreement: Mapping[str, Any], *, can_leave: bool) -> Sequence[AlertSaid]:
    """Return the alerts of an agreement in words, the soonest first."""
    return [_said(agreement, alert, can_leave=can_leave) for alert in agreement["alerts"]]


def _said(agreement: Mapping[str, Any], alert: Mapping[str, Any], *, can_leave: bool) -> AlertSaid:
    kind, path = alert["kind"], f"/agreements/{agreement['id']}"
    leave = f"{path}/leave" if can_leave and alert["act_by"] else ""
    title, sub, link = {
        AlertKind.LATE: _late,
        AlertKind.RISES: _rises,
        AlertKind.NOTICE: _notice,
        AlertKind.ENDS: _ends,
    }[kind](agreement, alert, leave)
    return AlertSaid(title, sub, link, warns=kind in _WARNS)


def _late(agreement: Mapping[str, Any], alert: Mapping[str, Any], _leave: str) -> _Words:
    by = {"day": day(alert["at"])}
    if not agreement["pays"]:
        return (
            escape(_("It was to be done by %(day)s, and nobody has confirmed it.")) % by,
            _("If it is done, confirm it."),
            "#cf",
        )
    title = escape(_("You were to have it by %(day)s, and nobody has confirmed it.")) % by
    if agreement["role"] != "offeree":
        return title, _("If you have it, confirm it."), "#cf"
    thread = f"/offers/{agreement['offer']}/thread"
    return title, _("If you have it, confirm it. If not, ask them."), thread


def _rises(agreement: Mapping[str, Any], alert: Mapping[str, Any], leave: str) -> _Words:
    per, currency = alert["per"], agreement["currency"]
    title = escape(_("From %(day)s you pay %(after)s instead of %(before)s.")) % {
        "day": day(alert["at"]),
        "after": sentences.every(money(alert["after"], currency), per),
        "before": sentences.every(money(alert["before"], currency), per),
    }
    if leave:
        return (
            title,
            escape(_("Give notice by %(day)s, and you are out before.")) % {"day": day(alert["act_by"])},
            leave,
        )
    return title, _("So it was agreed: a discount ends."), ""


def _notice(_agreement: Mapping[str, Any], alert: Mapping[str, Any], leave: str) -> _Words:
    return (
        escape(_("Notice makes a difference until %(day)s.")) % {"day": day(alert["act_by"])},
        escape(_("Without it, it goes on until %(day)s and ends by itself.")) % {"day": day(alert["at"])},
        leave,
    )


def _ends(_agreement: Mapping[str, Any], alert: Mapping[str, Any], _leave: str) -> _Words:
    return (
        escape(_("It ends by itself on %(day)s.")) % {"day": day(alert["at"])},
        _("Who still needs it agrees anew in time."),
        "",
    )
