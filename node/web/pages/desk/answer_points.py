"""What an answer says about each point of a wish, and about the time of delivery.

Rules here: every point that the customer asked for has a field, so that nothing has to be left unsaid; what
the terms say beyond that stays. A field that is empty says nothing. A number is read as the reader writes
numbers, and what was not touched is sent as it stood.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from node.web.pages.wishes.wish_forms import read_amount
from node.web.pages.wording.formats import number
from protocol.propertynames import property_form
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME

MOST_POINTS: Final = 64
"""As many as terms may have (`protocol.specifications`)."""


@dataclass(frozen=True, slots=True)
class TypedPoint:
    """What is said about one property, as typed."""

    property: str
    value: str = ""
    unit: str = ""

    def carried(self) -> Iterator[tuple[str, str]]:
        """Return its fields."""
        yield "property", self.property
        yield "value", self.value
        yield "unit", self.unit


def points_of(
    properties: Sequence[Mapping[str, str]], wanted: Sequence[Mapping[str, Any]]
) -> list[TypedPoint]:
    """Return a field for each point that is wanted, for what is said beyond that, and for the delivery."""
    said = {property_form(one["property"]): one for one in reversed(properties)}
    asked = {property_form(one["property"]): one for one in reversed(wanted)}
    first = [property_form(one["property"]) for one in wanted]
    names = dict.fromkeys(
        [*first, *(property_form(one["property"]) for one in properties), property_form(LEAD_TIME)]
    )
    return [_point(name, said.get(name), asked.get(name)) for name in names][:MOST_POINTS]


def _point(name: str, said: Mapping[str, str] | None, asked: Mapping[str, Any] | None) -> TypedPoint:
    if said is not None:
        return TypedPoint(said["property"], _shown(said["value"]), said["unit"])
    if asked is not None:
        return TypedPoint(asked["property"], "", asked["unit"])
    return TypedPoint(LEAD_TIME if name == property_form(LEAD_TIME) else name, "", "d")


def _shown(value: str) -> str:
    """Return a value as its field shows it: a fraction with the reader's mark, a year as it is."""
    return number(value) if "." in value and read_amount(value) is not None else value


def properties_of(
    points: Sequence[TypedPoint], before: Sequence[Mapping[str, str]]
) -> list[Mapping[str, str]]:
    """Return the properties as the API takes them; what the terms say more than once stays as it is."""
    old = {property_form(one["property"]): one for one in reversed(before)}
    again = [one for one in before if one is not old[property_form(one["property"])]]
    said = [
        _property(point, old.get(property_form(point.property)))
        for point in points[:MOST_POINTS]
        if point.value
    ]
    return sorted([*said, *again], key=lambda one: before.index(one) if one in before else len(before))


def _property(point: TypedPoint, old: Mapping[str, str] | None) -> Mapping[str, str]:
    if old is not None and point.value == _shown(old["value"]):
        return old
    counted = {"unit": point.unit} if point.unit else {}
    return {"property": point.property, "value": read_amount(point.value) or point.value, **counted}
