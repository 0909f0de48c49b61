"""Charsets of files that people hand in: what a file's first bytes tell, and what a name stands for.

Rules that hold here:

- A byte order mark decides for the whole file. Without one it is UTF-8, or what it or its sender names.
- Only charsets of this list are read: a name comes from a stranger, and Python's registry also has codecs
  that unpack or change text.

Sources: Unicode 15 §23.8 (byte order marks), WHATWG Encoding Standard §4.2 (what names stand for).
"""

import codecs
import re
from typing import Final

FALLBACK: Final = "cp1252"  # what most programs before UTF-8 meant that named nothing
_LOOKED_AT: Final = 4_096  # bytes at the beginning that tell what a file is

# By Python's own names; the wider charset for one that programs write a little more in than it has.
_MEANT: Final = {
    "ascii": "utf-8",
    "iso8859-1": FALLBACK,
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_KNOWN: Final = frozenset(
    {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman", "tis-620", "cp874"}
    | {"cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "big5hkscs", "cp949", "johab"}
    | {f"iso8859-{part}" for part in (*range(2, 12), *range(13, 17))}
    | {f"cp{page}" for page in (437, 850, 852, 866, *range(1250, 1259))}
)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.-]{0,39}")

# Of two marks that begin alike the longer comes first.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def find_mark(content: bytes) -> tuple[bytes, str]:
    """Return a file's byte order mark and the charset that it tells, both empty if there is none."""
    return next((found for found in _MARKS if content.startswith(found[0])), (b"", ""))


def find_wide(content: bytes) -> str:
    """Return which UTF-16 a file without a mark is: most of its letters have a zero byte beside them."""
    start = content[:_LOOKED_AT]
    for offset, charset in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[offset::2]
        if len(half) > 1 and half.count(0) * 2 > len(half):
            return charset
    return ""


def known(name: str) -> str:
    """Return Python's name of a charset that is read here, empty for any other."""
    if not _NAME.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return ""
    found = _MEANT.get(found, found)
    return found if found in _KNOWN else ""


def tell(content: bytes) -> str:
    """Name the charset that a file's first bytes tell, empty if they tell none."""
    return find_mark(content)[1] or find_wide(content)


def as_utf8(content: bytes) -> bytes:
    """Return a file as UTF-8 without a mark if its first bytes tell its charset, any other as it is.

    What is damaged becomes U+FFFD.
    """
    charset = tell(content)
    if not charset:
        return content
    text = content.removeprefix(find_mark(content)[0])
    return text if charset == "utf-8" else text.decode(charset, "replace").encode()


def decode(value: bytes, charset: str = "") -> tuple[str, bool]:
    """Return a part of a file of octets as text, and whether its charset had to be guessed.

    It is of the charset that it names, or UTF-8; what is neither is read as Windows-1252.

    Raises:
        UnicodeDecodeError: it is of none that is known here.
    """
    named = known(charset)
    for candidate in ("" if named.startswith("utf-16") else named, "utf-8"):
        try:
            if candidate:
                return value.decode(candidate), False
        except UnicodeDecodeError:
            continue
    return value.decode(FALLBACK), True
