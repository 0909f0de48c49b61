"""The words of what is wrong with a price list, in the reader's language.

Rules here: the sentences are those of `node.core.advice`, which the catalogues have; a column is called what
the list calls it, and one that is missing what the reader's language calls it, which a list may do, too.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from node.core.advice import SENTENCES, Filling
from node.core.faults import Fault, PlaceNoun, PriceListInvalid, SpotNoun
from node.web.pages.wording.formats import decimal_mark, number
from node.web.pages.wording.labels import column
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import ngettext

_OURS: Final = frozenset({"column", "price"})
"""What an advice puts into its sentence under these names is a column of ours."""


def said(invalid: PriceListInvalid) -> list[str]:
    """Say all that is wrong with a list."""
    told = [say(fault) for fault in invalid.faults]
    more = ngettext(
        "And %(count)s more mistake: correct these, and choose the file again to see it.",
        "And %(count)s more mistakes: correct these, and choose the file again to see them.",
        invalid.untold,
    )
    return [*told, *([more % {"count": number(invalid.untold)}] if invalid.untold else [])]


def say(fault: Fault) -> str:
    """Say what is wrong, where, and what to write there."""
    where = ", ".join(filter(None, (_place(fault), _spot(fault))))
    advice = _(SENTENCES[fault.advice]) % {name: _filled(name, value) for name, value in fault.given.items()}
    return _("%(where)s: %(advice)s") % {"where": where, "advice": advice}


def _filled(name: str, value: Filling) -> str:
    if isinstance(value, Decimal):  # it is copied into a list, where marks between thousands may mislead
        return str(value).replace(".", decimal_mark())
    if isinstance(value, int):
        return number(value)
    return column(value) if name in _OURS else value


def _place(fault: Fault) -> str:
    numbers = [str(each) for each in fault.numbers]
    if fault.place is PlaceNoun.LIST:
        return _("The list")
    if fault.count > len(numbers):
        numbers.append(_("%(count)s more") % {"count": number(fault.count - len(numbers))})
    listed = _("%(some)s and %(last)s") % {"some": ", ".join(numbers[:-1]), "last": numbers[-1]}
    said = ngettext("Line %(lines)s", "Lines %(lines)s", fault.count)
    if fault.place is not PlaceNoun.LINE:
        said = ngettext("Item %(lines)s", "Items %(lines)s", fault.count)
    return said % {"lines": listed if len(numbers) > 1 else numbers[0]}


def _spot(fault: Fault) -> str:
    says: Mapping[SpotNoun, str] = {
        SpotNoun.ROW: "",
        SpotNoun.COLUMN: _("column %(name)s"),
        SpotNoun.MEMBER: _("member %(name)s"),
        SpotNoun.PROPERTY: _("property %(name)s"),
        SpotNoun.CHARACTER: _("character %(name)s"),
        SpotNoun.OBJECT: _("an object"),
    }
    return says[fault.spot.noun] % {"name": fault.spot.name}
