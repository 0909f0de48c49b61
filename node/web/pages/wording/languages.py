"""Languages: which ones pages speak, which one a reader gets, and where the words stand.

English is the source: what stands in templates and code is what an English reader sees. Every other language
is one catalogue in `catalogues/`, a .po file as translators write it, read once, when the first page in that
language is made; there is nothing to compile and nothing to forget to compile. `make catalogues` brings the
files up to what pages say; a test holds that nothing is missing in any of them.

Some languages address a business otherwise than a person. What they say to it in other words stands in
`catalogues/formal/`: those messages alone, and the rest is said as to everybody.

Rules here: what is said during one request is said to one reader, who is kept in a context variable, so that
templates and handlers both write `_("…")`. The pseudo-language shows where a text is not translatable, or has
no room to grow; only a node in development offers it.
"""

import gettext as standard
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from protocol.values import dataclass

CATALOGUES: Final = Path(__file__).parents[1] / "catalogues"
FORMAL: Final = CATALOGUES / "formal"
"""What is said in other words to whoever acts for a business."""
_MOST_RANGES: Final = 32  # of an Accept-Language header; browsers send some ten
_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language that pages speak.

    `code` is what HTML calls it (BCP 47), `name` what it calls itself, `locale` what Babel formats by; the
    others are patterns of dates (Unicode TR 35): a day of this year, one of another year, one in a list.
    """

    code: str
    name: str
    locale: str
    weekday: str
    dated: str
    brief: str


ENGLISH: Final = Language(
    code="en",
    name="English",
    locale="en_GB",
    weekday="EEEE d MMMM",
    dated="d MMMM y",
    brief="d MMM",
)
GERMAN: Final = Language(
    code="de",
    name="Deutsch",
    locale="de",
    weekday="EEEE, d. MMMM",
    dated="d. MMMM y",
    brief="d. MMM",
)
PSEUDO: Final = Language(
    code="en-XA",
    name="Ƥşéüđö",
    locale="en_GB",
    weekday="EEEE d MMMM",
    dated="d MMMM y",
    brief="d MMM",
)
SPOKEN: Final = (ENGLISH, GERMAN)
ALL: Final = (*SPOKEN, PSEUDO)


_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who a page is made for: language, zone of their clock (None where it is unknown), the time, and looks.

    `theme` is one of `THEMES`, empty for what the device says; `keys` whether single keys do something;
    `formal` whether they act for a business.
    """

    language: Language = ENGLISH
    zone: tzinfo | None = None
    now: datetime = _NO_TIME
    theme: str = ""
    keys: bool = False
    formal: bool = False


THEMES: Final = ("", "light", "dark", "more")
"""What a page looks like: as the device says, light, dark, with more contrast."""

READER: Final[ContextVar[Reader]] = ContextVar("reader", default=Reader())  # noqa: B039  (it is frozen)


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """Say to this reader whatever is said inside."""
    token = READER.set(reader)
    try:
        yield
    finally:
        READER.reset(token)


def chosen(accept: str, *, wanted: str = "", develops: bool = False) -> Language:
    """Return the language for an Accept-Language header (RFC 9110 §12.5.4), or the one that is wanted."""
    offered = ALL if develops else SPOKEN
    by_code = {language.code.lower(): language for language in offered}
    if wanted.lower() in by_code:
        return by_code[wanted.lower()]
    best, best_quality = ENGLISH, 0.0
    for part in accept.split(",")[:_MOST_RANGES]:
        tag, *parameters = [word.strip().lower() for word in part.split(";")]
        qualities = [match[1] for word in parameters if (match := _QUALITY.fullmatch(word))]
        quality = float(qualities[0]) if qualities else 1.0
        language = by_code.get(tag) or by_code.get(tag.partition("-")[0])
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def gettext(message: str) -> str:
    """Say a message in the reader's language."""
    return _spoken().gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Say a message about so many things in the reader's language."""
    return _spoken().ngettext(one, many, count)


def _spoken() -> standard.NullTranslations:
    reader = READER.get()
    return catalogue(reader.language.code, formal=reader.formal)


@lru_cache(maxsize=2 * len(ALL))
def catalogue(code: str, *, formal: bool = False) -> standard.NullTranslations:
    """Return the messages of a language, as they are said to a business if `formal`."""
    if code == PSEUDO.code:
        return Pseudo()
    path = (FORMAL if formal else CATALOGUES) / f"{code}.po"
    if not path.exists():
        return catalogue(code) if formal else standard.NullTranslations()
    found = _read(path)
    if formal:
        found.add_fallback(catalogue(code))
    return found


def _read(path: Path) -> standard.NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


# --- the pseudo-language -----------------------------------------------------------------------------

_ACCENTED: Final = str.maketrans(
    "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz",
    "ÅåƁƀÇçĐđÉéƑƒĜĝĤĥÎîĴĵĶķĻļḾɱÑñÖöƤþǪǫŔŕŠšŢţÛûṼṽŴŵẊẋÝýŽž",
)
# What is put in, and what is HTML, stays as it is.
_KEPT: Final = re.compile(r"%\(\w+\)s|%%|<[^<>]*>|&\w+;")


class Pseudo(standard.NullTranslations):
    """English with accents, a third longer, in brackets: what is shown otherwise is not translatable."""

    def gettext(self, message: str) -> str:
        """Say a message so that it stands out."""
        return f"[{_changed(message)}{'·' * (len(message) // 3)}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Say a message about so many things so that it stands out."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def _changed(message: str) -> str:
    plain = [part.translate(_ACCENTED) for part in _KEPT.split(message)]
    kept = [*_KEPT.findall(message), ""]
    return "".join(word for pair in zip(plain, kept, strict=True) for word in pair)
