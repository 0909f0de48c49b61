"""The form of a shop's template: which agreement it keeps to, for which data, how long and where.

Rules here: what this form has no field for is stated in a file (`freehold shop terms`), and is never lost in
silence: whoever chooses here sees that it takes the place of that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

import schemas
from node.core.terms_templates import compose, read_terms_template, render_terms_template
from node.web.edge.forms import SentForm
from node.web.pages.wording import rosters
from node.web.pages.wording.languages import gettext as _
from protocol.registries import LOC, fields, places
from protocol.rosters import RosterEntry, find_entry
from protocol.values import dataclass

LEVELS: Final = ("SD-BASE", "SD-BASE-A", "SD-BASE-AT", "SD-BASE-ATP")
"""The entries to choose from. Wider ones share data: with whom is to be said, in a file."""
_PORTABLE: Final = "-DP"
MOST_DAYS: Final = 3_660
_FIRST_DAYS: Final = 30
_KINDS: Final = ("profile", "answer", "relationship")
FIRST_FIELDS: Final = ("name", "email", "streetAddress", "postalCode", "addressLocality", "addressCountry")
"""What a business mostly needs to deliver and to write, chosen at first."""


@dataclass(slots=True)
class TemplateForm:
    """A template as chosen and typed, with what is wrong with it by field; `chosen` are names of fields."""

    level: str
    portable: bool
    chosen: Sequence[str]
    days: str
    place: str
    errors: dict[str, str] = field(default_factory=dict)

    def template(self) -> Mapping[str, Any]:
        """Return the template as the API takes it; what is wrong is in `errors` then, and it is empty."""
        entry = self._entry()
        known = {one["name"]: iri for iri, one in schemas.fields().items()}
        days = int(self.days) if self.days.isascii() and self.days.isdigit() and len(self.days) < 5 else -1
        place = f"{LOC}{self.place.upper()}"
        self.errors = {}
        if entry is None:
            self.errors["level"] = _("Choose one of these")
        if not self.chosen or not known.keys() >= {*self.chosen}:
            self.errors["fields"] = _("Choose at least one")
        if not 0 <= days <= MOST_DAYS:
            self.errors["days"] = _("Write a whole number of days, 3660 at most")
        if self.place and place not in places().words:
            self.errors["place"] = _("Write two letters, such as DE, or EU27, or EEA30")
        if self.errors or entry is None:
            return {}
        where = places().words[place] if self.place else None
        wanted = fields().set_of(known[name] for name in self.chosen)
        return compose(entry, wanted, days_after_end=days, places=where)

    def _entry(self) -> RosterEntry | None:
        return find_entry(self.level + _PORTABLE * self.portable) if self.level in LEVELS else None

    def carried(self) -> Sequence[tuple[str, str]]:
        """Return the fields of the form as they were sent, by name."""
        portable = [("portable", "yes")] if self.portable else []
        kept = [("level", self.level), ("days", self.days), ("place", self.place), *portable]
        return [*kept, *(("fields", name) for name in self.chosen)]


def starting() -> TemplateForm:
    """Return the form to begin with: the strictest agreement, and what a delivery needs."""
    days = str(_FIRST_DAYS)
    return TemplateForm(level=LEVELS[0], portable=True, chosen=FIRST_FIELDS, days=days, place="")


def of(terms: Mapping[str, Any] | None) -> tuple[TemplateForm, bool]:
    """Return the form of a template as the API shows it, and whether the form says all of it."""
    if terms is None:
        return starting(), True
    claimed = str((terms.get("roster") or {}).get("id", "")).rpartition("#")[2]
    permissions = terms["policy"].get("permission", [])
    named = {iri for each in permissions for iri in each["fields"]}
    bounds = {
        one["leftOperand"].rpartition("/")[2]: one for each in permissions for one in each["constraint"]
    }
    after = next((one for operand, one in bounds.items() if operand.endswith("timeAfterEnd")), None)
    where = [word["id"].removeprefix(LOC) for word in bounds.get("spatial", {}).get("rightOperand", [])]
    form = TemplateForm(
        level=claimed.removesuffix(_PORTABLE),
        portable=claimed.endswith(_PORTABLE),
        chosen=[one["name"] for iri, one in schemas.fields().items() if iri in named],
        days="" if after is None else str(after["rightOperand"])[1:-1],
        place="".join(where[:1]),
    )
    written = form.template()
    says_all = bool(written) and render_terms_template(read_terms_template(written).terms) == dict(terms)
    form.errors = {}
    return (form, True) if says_all else (starting(), False)


def read(form: SentForm) -> TemplateForm:
    """Return what was chosen and typed."""
    return TemplateForm(
        level=form.one("level"),
        portable=form.has("portable"),
        chosen=[*dict.fromkeys(form.all("fields"))][: len(schemas.fields())],
        days=form.one("days").strip(),
        place=form.one("place").strip(),
    )


def levels() -> Sequence[tuple[str, str]]:
    """Return the entries to choose from, each with what it says of itself in the reader's language."""
    return [(name, schemas.roster_entry(name)["summary"][rosters.language()]) for name in LEVELS]


def groups() -> Sequence[Sequence[tuple[str, str]]]:
    """Return the fields to choose from, by kind: each by its name, and in the reader's language."""
    known, spoken = schemas.fields().values(), rosters.language()
    return [[(one["name"], one["label"][spoken]) for one in known if one["kind"] == kind] for kind in _KINDS]
