"""The languages in which a node speaks to its owner, by their codes (BCP 47)."""

from typing import Final

LANGUAGES: Final = ("en", "de")
"""The first is spoken where nobody has said which (a test holds that pages have a catalogue of each)."""
