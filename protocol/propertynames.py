"""Names of properties compared as a reader compares them: `Fuel consumption` is `fuelConsumption`.

Rules that hold here:

- Beside what `protocol.caseless` says, blanks, hyphens and underscores make no other name: schema.org writes
  words together, and the header of a list writes them apart.
- Nor does it make another name which of its two spellings English gives a word. The table has words that
  properties of goods are named by; it is short, because whatever is in it is one thing for everybody.
- A plural is another name: the seat of a car is of leather, and its seats are five.
- A form is for comparing only. What is shown, sent and signed keeps its own spelling.

Sources: schema.org (names of properties); Oxford English Dictionary (British and American spellings).
"""

import re
from functools import lru_cache
from typing import Final

from protocol.caseless import caseless

_BETWEEN: Final = re.compile(r"[\s_-]+")
# The British spelling, and the American one, which is that of schema.org.
_SPELLINGS: Final = (
    ("aluminium", "aluminum"),
    ("analogue", "analog"),
    ("armour", "armor"),
    ("calibre", "caliber"),
    ("catalogue", "catalog"),
    ("centre", "center"),
    ("colour", "color"),
    ("fibre", "fiber"),
    ("flavour", "flavor"),
    ("grey", "gray"),
    ("labour", "labor"),
    ("licence", "license"),
    ("litre", "liter"),
    ("metre", "meter"),
    ("mould", "mold"),
    ("odour", "odor"),
    ("programme", "program"),
    ("pyjama", "pajama"),
    ("theatre", "theater"),
    ("tyre", "tire"),
    ("vapour", "vapor"),
)


@lru_cache(maxsize=1_024)  # names are short and few: offer after offer has the same
def property_form(name: str) -> str:
    """Return the form in which two names are equal that are one property's."""
    plain = caseless(name)
    form = caseless(_BETWEEN.sub("", plain)) or plain  # a mark may stand beside its letter only now
    for british, american in _SPELLINGS:
        form = form.replace(british, american)
    return form
