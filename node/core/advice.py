"""Advice: what to write instead of each mistake in a price list, as a code and a sentence with holes.

Rules here: a sentence is what programs and the command line are told, in English; pages say the same sentence
in their reader's language. What fills its holes is a name, a number or an amount, and never a cell, because
the list may hold what is not for a log. Every hole is named in the call that notes the mistake.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

Filling: TypeAlias = str | int | Decimal
"""What stands in a hole; in `column` and `price` it is one of our names for a column."""


class Advice(StrEnum):
    """What is to be done about one kind of mistake."""

    ABOVE_ZERO = "above-zero"
    ARRAY = "array"
    CATEGORY = "category"
    CURRENCY = "currency"
    CURRENCY_SHARED = "currency-shared"
    CURRENCIES = "currencies"
    DECIMALS = "decimals"
    DEPTH = "depth"
    EXPORT = "export"
    FORMULA = "formula"
    JSON = "json"
    LINE = "line"
    LITERAL = "literal"
    MEASURE = "measure"
    MEMBERS = "members"
    MEMBER_TWICE = "member-twice"
    MISSING = "missing"
    MISSING_CURRENCY = "missing-currency"
    MISSING_RENAMED = "missing-renamed"
    MORE_CELLS = "more-cells"
    NAMELESS = "nameless"
    OWN_MEMBERS = "own-members"
    PHRASES = "phrases"
    PROPERTIES = "properties"
    PROPERTY = "property"
    PROPERTY_COLUMNS = "property-columns"
    PROPERTY_LENGTH = "property-length"
    PROPERTY_NAME = "property-name"
    PROPERTY_TWICE = "property-twice"
    PROPERTY_UNIT = "property-unit"
    QUOTE = "quote"
    READINGS = "readings"
    READINGS_DECIMALS = "readings-decimals"
    SAME_MEANING = "same-meaning"
    SAME_NAME = "same-name"
    SAME_SKU = "same-sku"
    SHORTENED = "shortened"
    SKU = "sku"
    STOCK = "stock"
    TEXT = "text"
    UNIT = "unit"
    WHOLE = "whole"


SENTENCES: Final[Mapping[Advice, str]] = MappingProxyType(
    {
        Advice.ABOVE_ZERO: "write a number above zero, such as %(example)s, and nothing else.",
        Advice.ARRAY: "send an array of items, or an object that holds it.",
        Advice.CATEGORY: "write the address of a category, such as https://….",
        Advice.CURRENCY: "write a currency's three letters, such as EUR.",
        Advice.CURRENCY_SHARED: ("write one currency's three letters, such as EUR; this sign is of several."),
        Advice.CURRENCIES: (
            "the price names another currency than the column or the header; write one of them."
        ),
        Advice.DECIMALS: "this currency has %(count)s decimals; write no more than that.",
        Advice.DEPTH: "it is nested too deeply; an item holds plain values.",
        Advice.EXPORT: "this looks like an export of %(program)s, which names its columns otherwise.",
        Advice.FORMULA: "take the sign at its front away; a spreadsheet would run it as a formula.",
        Advice.JSON: "this is not JSON; correct it here.",
        Advice.LINE: "take line breaks and invisible control characters out of the text.",
        Advice.LITERAL: "it is missing, or neither a text nor a number.",
        Advice.MEASURE: "it has a unit, so write a number alone, or leave it empty.",
        Advice.MEMBERS: "an item is an object with the members %(members)s.",
        Advice.MEMBER_TWICE: "a member stands twice in it; keep one of them.",
        Advice.MISSING: "the column %(column)s is missing; add it.",
        Advice.MISSING_CURRENCY: (
            "the column %(column)s is missing; add it, or have the price say it: %(price)s [EUR]."
        ),
        Advice.MISSING_RENAMED: (
            "the column %(column)s is missing; rename %(other)s to %(column)s, if that is what it is."
        ),
        Advice.MORE_CELLS: (
            "the line has more cells than the header; put text that holds a separator in double quotes."
        ),
        Advice.NAMELESS: "the header has no name for this column; name it, or empty it.",
        Advice.OWN_MEMBERS: "put members of your own (%(count)s here) into properties.",
        Advice.PHRASES: "write at most %(most)s phrases with commas between them.",
        Advice.PROPERTIES: "write an array of at most %(most)s properties.",
        Advice.PROPERTY: "write an object with the members property and value, and unit for a measure.",
        Advice.PROPERTY_COLUMNS: "keep at most %(most)s columns of properties.",
        Advice.PROPERTY_LENGTH: "shorten the name of the property to %(most)s characters.",
        Advice.PROPERTY_NAME: "name a property, and its unit in brackets, like weight [kg].",
        Advice.PROPERTY_TWICE: "a property stands twice in it; keep one of them.",
        Advice.PROPERTY_UNIT: (
            "write a unit of at most %(most)s characters in the brackets, like weight [kg]."
        ),
        Advice.QUOTE: "a double quote in this line is open or misplaced; inside quoted text write it twice.",
        Advice.READINGS: ("this could be %(whole)s or %(fraction)s; write %(whole)s or %(plain)s."),
        Advice.READINGS_DECIMALS: (
            "this could be %(whole)s or %(fraction)s, and this currency has %(count)s decimals; "
            "write %(whole)s, or an amount that has no more."
        ),
        Advice.SAME_MEANING: ("%(one)s and %(other)s are two names for one column; keep one of them."),
        Advice.SAME_NAME: "column %(number)s has the same name; keep one of them, or name it otherwise.",
        Advice.SAME_SKU: "an earlier item has the same sku; give each its own.",
        Advice.SHORTENED: (
            "a spreadsheet has shortened this number; format the column as text and write it whole."
        ),
        Advice.SKU: "write 1 to %(most)s characters without spaces.",
        Advice.STOCK: "write a number from 0 to %(most)s.",
        Advice.TEXT: "write 1 to %(most)s characters.",
        Advice.UNIT: "write a unit of at most %(most)s characters, such as kg.",
        Advice.WHOLE: "write a whole number from 0 to %(most)s.",
    }
)
