"""What an address book says of somebody, one value at a time: as programs write it, and as a profile does.

Rules that hold here:

- A value is read or refused with a sentence that says what to write; it is never cut, and a part that means
  nothing is not made up. The sentence does not repeat the value.
- What is read conforms to the shape of a profile (`schemas/shapes/profile.ttl`); a property test holds it.
- Control characters go: no name needs one, and a NUL ends a text in many programs.

Sources: RFC 6350 §3.4, §6; RFC 3966 (tel:), RFC 6068 (mailto:), ISO 8601 in the forms of RFC 2425 §5.8.4.
"""

import re
import unicodedata
from datetime import date
from typing import Final
from urllib.parse import unquote

from protocol.documents import Document

LIMIT_TEXT: Final = 200  # characters of a name or a line of an address; the shape's
LIMIT_NOTE: Final = 5_000
_LIMIT_EMAIL, _LIMIT_URL, _LIMIT_TELEPHONE = 254, 2048, 50
_LEAST_DIGITS: Final = 3  # 112
_LIMIT_POSTAL_CODE: Final = 20
_LIMIT_UNITS: Final = 8  # of an organization; a profile is bounded in depth

NAME_PARTS: Final = ("familyName", "givenName", "additionalName", "honorificPrefix", "honorificSuffix")
_ADDRESS_PARTS: Final = (
    "postOfficeBoxNumber",
    "extendedAddress",
    "streetAddress",
    "addressLocality",
    "addressRegion",
    "postalCode",
    "addressCountry",
)
_GENDERS: Final = {"M": "Male", "F": "Female"}

_LINE_END: Final = re.compile("\r\n|[\r\u2028\u2029]")
_CONTROL: Final = re.compile("[\0-\b\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_ESCAPED: Final = re.compile(r"\\([nN\\,;:\"'])")
_EMAIL: Final = re.compile(r'[^\s@<>"]+@[^\s@<>".]+(?:\.[^\s@<>".]+)+')
_TELEPHONE: Final = re.compile(r"[+(*#0-9][0-9A-Za-z ()./;=,*#+-]{2,}")
_URL: Final = re.compile(r'https?://[^\s<>"]+')
_BARE_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::[0-9]{1,5})?(?:[/?#].*)?")
_DAYS: Final = (
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})"),
    re.compile(r"--()([0-9]{2})-?([0-9]{2})"),
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
# Scripts whose names put the family first and have no space: Han, kana, Hangul.
_FAMILY_FIRST: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_NO_YEAR: Final = 1604  # a leap year that Apple's programs write where none is known


class UnreadableError(ValueError):
    """A value cannot be read; the sentence says what to write instead."""


def without_controls(text: str) -> tuple[str, bool]:
    """Return a text with line feeds alone and no blanks around it, and whether control characters went."""
    cleaned, taken = _CONTROL.subn("", _LINE_END.sub("\n", text).replace("\t", " "))
    return cleaned.strip(), taken > 0


def clean(text: str) -> str:
    """Return a text as `without_controls` does."""
    return without_controls(text)[0]


def divide(text: str, separator: str) -> list[str]:
    r"""Return the parts between separators that have no backslash before them, still escaped."""
    return re.sub(rf"(\\.)|{separator}", lambda found: found[1] or "\0", text, flags=re.DOTALL).split("\0")


def unescape(text: str) -> str:
    """Return a text without the backslashes of RFC 6350 §3.4; before any other sign one means itself."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def read_line(text: str) -> str:
    """Read a text of one line."""
    return _bounded(re.sub(r"\s*\n\s*", " ", unescape(text)), LIMIT_TEXT)


def read_note(text: str) -> str:
    """Read a text of many lines."""
    return _bounded(unescape(text), LIMIT_NOTE)


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise UnreadableError(f"it has more than {limit:,} characters; shorten it.")
    return text


def read_list(text: str) -> list[str]:
    """Read texts that commas separate."""
    return [read for part in divide(text, ",") if (read := read_line(part))]


def read_email(text: str) -> str:
    """Read an e-mail address, alone, as `mailto:` or in angle brackets behind a name."""
    found = unescape(text)
    if found.lower().startswith("mailto:"):
        found = clean(unquote(found[len("mailto:") :].partition("?")[0]))
    if found.endswith(">"):
        found = found[:-1].rpartition("<")[2]
    if len(found) > _LIMIT_EMAIL or not _EMAIL.fullmatch(found):
        raise UnreadableError("this is no e-mail address; write one as name@host.")
    return found


def read_telephone(text: str) -> str:
    """Read a telephone number in any digits; what is put between them stays, in its plain form."""
    found = unicodedata.normalize("NFKC", unescape(text))
    found = "".join(_plain(sign) for sign in found if unicodedata.category(sign) != "Cf")
    found = re.sub(r"^(?:tel|callto):", "", " ".join(found.split()), flags=re.IGNORECASE).strip("/ ")
    digits = sum(sign.isdigit() for sign in found)
    if not _TELEPHONE.fullmatch(found) or len(found) > _LIMIT_TELEPHONE or digits < _LEAST_DIGITS:
        raise UnreadableError("this is no telephone number; write digits, perhaps after a plus sign.")
    return found


def _plain(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    return "-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign


def read_url(text: str) -> str:
    """Read a web address; one without a scheme gets https."""
    found = unescape(text).removeprefix("<").removesuffix(">")
    if _BARE_HOST.fullmatch(found):
        found = f"https://{found}"
    scheme, _, rest = found.partition(":")
    found = f"{scheme.lower()}:{rest}"
    if not _URL.fullmatch(found) or len(found) > _LIMIT_URL:
        raise UnreadableError("this is no web address; write one that starts with https:// or http://.")
    return found


def read_birthday(text: str, *, no_year: str = "") -> str:
    """Read a day, with its year or without (`--02-29`); a time behind it is left aside.

    `no_year` is the year that stands for none, as X-APPLE-OMIT-YEAR names it.
    """
    day = re.split("[Tt ]", unescape(text), maxsplit=1)[0]
    try:
        for form in _DAYS:
            if found := form.fullmatch(day):
                year = int(found[1] or 0)
                omitted = year in {0, _NO_YEAR} or str(year) == no_year
                stated = date(_NO_YEAR if omitted else year, int(found[2]), int(found[3])).isoformat()
                return f"-{stated[4:]}" if omitted else stated
    except ValueError:
        pass  # a form alone makes no day: 1985-02-30
    raise UnreadableError("this is no day; write year, month and day, 1980-02-29, or --02-29.")


def read_language(text: str) -> str:
    """Read a language by its tag (RFC 5646)."""
    found = unescape(text)
    if not _LANGUAGE.fullmatch(found):
        raise UnreadableError("this is no language; write its tag: de, or pt-BR.")
    return found


def read_gender(text: str) -> str:
    """Read GENDER (RFC 6350 §6.2.7): a letter, and words of one's own behind it."""
    letter, *words = (read_line(part) for part in divide(text, ";"))
    return " ".join(words) or _GENDERS.get(letter.upper(), "")


def read_name(text: str) -> Document:
    """Read N: five parts (RFC 6350 §6.2.2), in each of which commas may separate."""
    read: Document = {}
    for member, part in zip(NAME_PARTS, divide(text, ";"), strict=False):
        between = ", " if member == "honorificSuffix" else " "
        if stated := _bounded(between.join(read_list(part)), LIMIT_TEXT):
            read[member] = stated
    return read


def full_name(name: Document) -> str:
    """Return the name that the parts of N make, empty for none and where they make too long a one."""
    family, given, additional, prefix, suffix = (str(name.get(member, "")) for member in NAME_PARTS)
    if given and _FAMILY_FIRST.fullmatch(family + given):
        return family + given
    made = " ".join(filter(None, (prefix, given, additional, family, suffix)))
    return made if len(made) <= LIMIT_TEXT else ""


def read_address(text: str) -> Document:
    """Read ADR: seven parts (RFC 6350 §6.3.1). A comma belongs to the text, as most programs mean it."""
    parts = divide(text, ";")
    if len(parts) == 1:  # no address is a post-box alone: somebody wrote all of it into one part
        parts = ["", "", *parts]
    read: Document = {}
    for member, part in zip(_ADDRESS_PARTS, parts, strict=False):
        limit = _LIMIT_POSTAL_CODE if member == "postalCode" else LIMIT_TEXT
        if stated := _bounded(unescape(part), limit):
            read[member] = stated
    return {"type": "PostalAddress", **read} if read else {}


def read_organization(text: str) -> Document:
    """Read ORG: a name and the units below it, each in the one before (RFC 6350 §6.6.4)."""
    names = [name for part in divide(text, ";") if (name := read_line(part))]
    if len(names) > _LIMIT_UNITS:
        raise UnreadableError(
            f"it names more than {_LIMIT_UNITS} units, each in the one before; leave some out."
        )
    read: Document = {}
    for name in reversed(names):
        read = {"type": "Organization", "name": name, **({"department": read} if read else {})}
    return read
