"""Agreements of the roster on pages: what each permits, for how long, and what the business owes, in full.

Rule here: actions and purposes are called as in the plain text that is signed, so that nobody learns two
words for one thing; what else there is to say of an agreement is said by the page.
"""

from collections.abc import Iterator
from typing import Final

import schemas
from node.web.pages.wording.languages import READER, ngettext
from node.web.pages.wording.languages import gettext as _
from protocol.policies import Bounds, DataPolicy, Duty, DutyKind, Permission, RecipientKind
from protocol.registries import actions, fields, purposes
from protocol.rosters import RosterEntry
from protocol.strictjson import Document
from protocol.terms import TermsLanguage
from protocol.values import dataclass

_EVERYTHING: Final = (1 << len(schemas.fields())) - 1


@dataclass(frozen=True, slots=True)
class PermissionSaid:
    """One permission: what the business may do, and further facts, each with its name."""

    may: str
    facts: tuple[tuple[str, str], ...]


def language() -> TermsLanguage:
    """Return the language of the reader, if agreements are written in it, else English."""
    code = READER.get().language.code
    return TermsLanguage.GERMAN if code.startswith(TermsLanguage.GERMAN) else TermsLanguage.ENGLISH


def summary(entry: RosterEntry) -> str:
    """Return what an agreement says in short, as it was published."""
    return str(schemas.roster_entry(entry.name)["summary"][language()])


def view(entry: RosterEntry) -> Document:
    """Show an agreement in short."""
    return {"name": entry.name, "summary": summary(entry), "digest": entry.digest}


def permitted(policy: DataPolicy) -> list[PermissionSaid]:
    """Return what a policy permits, permission by permission, in its order."""
    return [_said(permission) for permission in policy.permissions]


def owed(policy: DataPolicy) -> list[str]:
    """Return what a policy obliges the business to, a sentence each."""
    return [_duty(duty) for duty in policy.duties]


def _said(permission: Permission) -> PermissionSaid:
    may = _listed("actions", actions().spell(permission.actions))
    facts = ((_("Which data"), _fields(permission)), (_("What for"), _purposes(permission)))
    return PermissionSaid(may, (*facts, *_bounds(permission.limits)))


def _fields(permission: Permission) -> str:
    if permission.fields == _EVERYTHING:
        return _("those that you give it, and that arise while you are served")
    return _listed("fields", fields().spell(permission.fields))


def _purposes(permission: Permission) -> str:
    return _listed("purposes", purposes().spell(permission.purposes))


def _bounds(limits: Bounds) -> Iterator[tuple[str, str]]:
    if limits.recipients is not None:
        kinds = {each.kind for each in limits.recipients}
        said = {
            RecipientKind.PROCESSOR: _("those who work for the business"),
            RecipientKind.THIRD_PARTY: _("others, for their own purposes"),
        }
        yield _("To whom"), "; ".join(words for kind, words in said.items() if kind in kinds)
        return
    if limits.days_after_end is not None:
        days = ngettext(
            "at most %(num)s day after the end of what it is about",
            "at most %(num)s days after the end of what it is about",
            limits.days_after_end,
        )
        yield _("How long"), days % {"num": limits.days_after_end}
    else:
        yield _("How long"), _("as the offer says; this agreement sets no end")


def _duty(duty: Duty) -> str:
    said = {
        DutyKind.DELETE: ngettext(
            "Delete within %(num)s day what it may no longer keep, and confirm it.",
            "Delete within %(num)s days what it may no longer keep, and confirm it.",
            duty.days,
        ),
        DutyKind.INFORM: ngettext(
            "Say every %(num)s day what it did with your data.",
            "Say every %(num)s days what it did with your data.",
            duty.days,
        ),
        DutyKind.PORT: ngettext(
            "Hand over your data within %(num)s day when you ask.",
            "Hand over your data within %(num)s days when you ask.",
            duty.days,
        ),
    }
    return said[duty.kind] % {"num": duty.days}


def _listed(kind: str, words: tuple[str, ...]) -> str:
    table = schemas.plain_words()[kind]
    return "; ".join(str(table[word][language()]) for word in words)
