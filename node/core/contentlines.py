r"""The content lines of one vCard: from the bytes of a file to properties with parameters and values.

The order is the one that the grammar needs: lines are unfolded as bytes, because a fold may stand inside a
letter; then a line is taken apart; then its value is decoded, by the encoding and the charset it names.

Rules that hold here:

- A file holds one card. What stands before it and behind it is passed over, a second card is not.
- A line that is no property means that the file is damaged: it is refused, and the line is named. What a
  property says is judged elsewhere (`node.core.vcards`), and is left out alone.
- All of it takes time in proportion to the file's length.

Sources: RFC 6350 §3 (4.0), RFC 2425 §5.8 and RFC 2426 (3.0), RFC 6868 (`^n` in parameters), and
"vCard, The Electronic Business Card", 2.1 (1996): parameters without a name, quoted-printable whose lines end
with `=`, and folds that are put before a blank that counts.
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from node.core import charsets, codes
from protocol.errors import Malformed
from protocol.values import dataclass

LIMIT_LINES: Final = 200_000  # a picture of one megabyte has 18,000
LIMIT_PROPERTIES: Final = 5_000  # a long card has fifty
_LIMIT_HEAD: Final = 10_000  # octets before the colon; the longest parameter is an address

_ALONE: Final = "Export your own card alone, and import that."

_LINE_END: Final = re.compile(rb"\r*\n|\r")
_BEGIN: Final = re.compile(rb"[ \t]*BEGIN[ \t]*:[ \t]*(\S*)[ \t]*", re.IGNORECASE)
_END: Final = re.compile(rb"[ \t]*END[ \t]*:[ \t]*(\S*)[ \t]*", re.IGNORECASE)
_AGENT: Final = re.compile(rb"(?:[\w-]+\.)?AGENT[^:]*:[ \t]*", re.IGNORECASE)
_OLD: Final = re.compile(rb"[\r\n][ \t]*VERSION[^:\r\n]*:[ \t]*2\.", re.IGNORECASE)
# Besides letters, digits and hyphens programs put `_`, `/` and blanks into names of their own.
_NAME: Final = re.compile(r"[ \t]*(?:([\w.-]{1,200})\.)?([\w/-][\w/ -]{0,199})")
_PART: Final = re.compile(r'(?:"[^"]*"|[^;])+')
_CHOICE: Final = re.compile(r'(?:"[^"]*"|[^,])+')
_BASE64_LINE: Final = re.compile(rb"[ \t]*[A-Za-z0-9+/]+={0,2}[ \t]*")
_ENCODED: Final = re.compile(
    rb"""; \s* (?:ENCODING \s* = \s*)? "? (?: (QUOTED-PRINTABLE) | BASE64 | B ) "? \s* (?: ; | $ )""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNTED: Final = 75  # octets of a line, by RFC 6350 §3.2; who breaks between words comes to less
_BLANKS: Final = (b" ", b"\t")
_PLAIN, _QUOTED, _BASE64 = "plain", "quoted-printable", "base64"
_CARETS: Final = {"^n": "\n", "^'": '"', "^^": "^"}

# What a parameter of 2.1 without a name is a value of; any other is a TYPE.
_NAMELESS: Final = {
    **dict.fromkeys(("QUOTED-PRINTABLE", "BASE64", "B", "7BIT", "8BIT"), "ENCODING"),
    **dict.fromkeys(("INLINE", "URL", "CONTENT-ID", "CID"), "VALUE"),
}


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One property: the `number` of the line it begins on, its `name` and its parameters in upper case.

    `group` is in lower case, empty for none. `value` is unfolded and otherwise as it stands in the file.
    """

    number: int
    group: str
    name: str
    parameters: dict[str, list[str]]
    value: bytes
    marked: bool = False

    def first(self, parameter: str) -> str:
        """Return the first value of a parameter, empty if it has none."""
        return self.parameters.get(parameter, [""])[0]

    @property
    def encoding(self) -> str:
        """How the value is encoded: `plain`, `quoted-printable` or `base64`."""
        named = self.first("ENCODING").upper()
        return {"B": _BASE64, "BASE64": _BASE64, "QUOTED-PRINTABLE": _QUOTED}.get(named, _PLAIN)

    def text(self) -> tuple[str, bool]:
        """Return the value as text, and whether its charset had to be guessed.

        Raises:
            ValueError: it is not of the encoding or the charset that it names.
        """
        charset = self.first("CHARSET")
        if self.encoding == _QUOTED:
            return charsets.decode(binascii.a2b_qp(self.value), charset)
        if self.encoding == _BASE64:
            return charsets.decode(binascii.a2b_base64(self.value), charset)
        # The mark at the front of a file is the word of whoever saved it last.
        return charsets.decode(self.value, "" if self.marked else charset)


@dataclass(frozen=True, slots=True)
class Card:
    """The properties of a card, without those that hold it together; and whether its end is missing."""

    lines: list[ContentLine]
    cut: bool = False


def read_card(content: bytes) -> Card:
    """Return the one card of a file.

    Raises:
        Malformed: `vcard-invalid`: there is no card, there are several, or a line is no property.
    """
    marked = bool(charsets.tell(content))
    content = charsets.as_utf8(content)
    lines = _physical(content)
    if len(lines) > LIMIT_LINES:
        raise _refused(f"The file has more than {LIMIT_LINES:,} lines. {_ALONE}")
    framed, cards, cut = _frame(_unfold(lines, old=bool(_OLD.search(content))))
    if cards > 1:
        raise _refused(f"The file has {cards:,} vCards. {_ALONE}")
    if not cards:
        raise _refused(_other_kind(content))
    if len(framed) > LIMIT_PROPERTIES:
        raise _refused(f"The vCard has more than {LIMIT_PROPERTIES:,} properties. Take some out of it.")
    return Card([_content_line(number, line, marked=marked) for number, line in framed], cut)


def _refused(sentence: str) -> Malformed:
    return Malformed(codes.VCARD_INVALID, sentence)


def _other_kind(content: bytes) -> str:
    start = content.lstrip()[:200].upper()
    if start.startswith((b"[", b"{")):
        return "This is JSON and not a vCard. If it is a jCard, export it as vCard (.vcf) instead."
    if start.startswith(b"<"):
        return "This is XML or HTML and not a vCard. Export your card as vCard (.vcf) instead."
    if start.startswith(b"BEGIN:VCALENDAR"):
        return "This is a calendar and not a vCard. Export your card from your address book instead."
    return "This is not a vCard: no line of it is BEGIN:VCARD. Export your card as vCard (.vcf)."


# --- lines -----------------------------------------------------------------------------------------------


def _physical(content: bytes) -> list[bytes]:
    """Return the lines. Where the card is moved to the right (BEGIN has no fold), it is moved back."""
    lines = _LINE_END.split(content)
    second = next((after for line, after in pairwise(lines) if _BEGIN.fullmatch(line)), b"")
    indent = second[: len(second) - len(second.lstrip(b" \t"))]
    return [line.removeprefix(indent) for line in lines] if indent else lines


def _unfold(lines: Sequence[bytes], *, old: bool) -> Iterator[tuple[int, bytes]]:
    """Yield each line, unfolded, with the number of its first part; empty ones are left out."""
    at = 0
    while at < len(lines):
        start = at
        at = _end_of(lines, at)
        parts = lines[start:at]
        if any(part.strip() for part in parts):
            yield start + 1, parts[0] if len(parts) == 1 else _joined(parts, old=old)


def _end_of(lines: Sequence[bytes], at: int) -> int:
    """Return where the line that begins at `at` has ended."""
    start, encoding = at, None
    at += 1
    while at < len(lines):
        line = lines[at]
        if line[:1] not in _BLANKS:
            soft = lines[at - 1].rstrip(b" \t").endswith(b"=")
            if _BEGIN.fullmatch(line) or _END.fullmatch(line) or not (soft or _BASE64_LINE.fullmatch(line)):
                break
            # Looked for once, and only where a line could go on without a blank.
            encoding = encoding or _encoding(lines[start:at])
            if not (soft if encoding == _QUOTED else encoding == _BASE64 and _BASE64_LINE.fullmatch(line)):
                break
        at += 1
    return at


def _head(parts: Sequence[bytes]) -> int:
    """Return how many parts of a line hold what stands before its value: parameters may be folded too."""
    return next((number for number, part in enumerate(parts, 1) if b":" in part), len(parts))


def _encoding(parts: Sequence[bytes]) -> str:
    found = _ENCODED.search(b"".join(part.strip() for part in parts[: _head(parts)]).partition(b":")[0])
    if found is None:
        return _PLAIN
    return _QUOTED if found[1] else _BASE64


def _joined(parts: Sequence[bytes], *, old: bool) -> bytes:
    """Return a line without its folds.

    Quoted-printable is continued by `=`; where each such line also begins with a blank, the blank is a fold.
    In 2.1 a fold is put before a blank of the text, which stays; but not where it was put by counting octets,
    as later versions do.
    """
    encoding, head = _encoding(parts), _head(parts)
    if encoding == _BASE64:
        return b"".join(part.strip() for part in parts)
    folded = all(part[:1] in _BLANKS for part in parts[1:] if part)
    whole = [parts[0]]
    for number, part in enumerate(parts[1:], 1):
        before = whole[-1].rstrip(b" \t")
        if encoding == _QUOTED and number >= head and before.endswith(b"="):
            whole[-1] = before[:-1]
            whole.append(part[1:] if folded else part)
        elif old and number >= head and not _counted(parts[number - 1], part):
            whole.append(part)
        else:
            whole.append(part[1:])
    return b"".join(whole)


def _counted(before: bytes, part: bytes) -> bool:
    """Tell whether a fold was put by counting octets: behind so many of them, or within a letter."""
    within = before[-1:] >= b"\x80" and b"\x80" <= part[1:2] < b"\xc0"
    return within or len(before) >= _COUNTED


# --- the card --------------------------------------------------------------------------------------------


def _frame(logical: Iterator[tuple[int, bytes]]) -> tuple[list[tuple[int, bytes]], int, bool]:
    """Return the lines of the first card, how many cards there are, and whether the last has no end.

    A card within the card (AGENT of 2.1) is passed over, however deep.
    """
    framed: list[tuple[int, bytes]] = []
    cards, depth, before = 0, 0, b""
    for number, line in logical:
        begun, ended = _BEGIN.fullmatch(line), _END.fullmatch(line)
        is_card = bool(begun and begun[1].upper() == b"VCARD")
        if begun and depth and (not is_card or depth > 1 or _AGENT.fullmatch(before)):
            depth += 1
        elif is_card:
            cards, depth = cards + 1, 1
        elif ended and depth:
            depth -= 1
        elif depth == 1 and cards == 1:
            framed.append((number, line))
        before = line
    return framed, cards, depth > 0


def _content_line(number: int, line: bytes, *, marked: bool) -> ContentLine:
    head, value = _divided(line)
    first, *rest = _PART.findall(head.decode("utf-8", "replace")) or [""]
    named = _NAME.fullmatch(first)
    if named is None:
        raise _refused(
            f"Line {number} is no property of a vCard: it has no name with a colon behind it. "
            "Correct it or take it out; if the file is damaged, export the card again."
        )
    parameters: dict[str, list[str]] = {}
    for part in rest:
        name, sign, stated = part.partition("=")
        name = name.strip().upper()
        if not sign:
            name, stated = _NAMELESS.get(name, "TYPE"), name
        parameters.setdefault(name, []).extend(_unquoted(choice) for choice in _CHOICE.findall(stated))
    group, name = named[1] or "", named[2]
    return ContentLine(number, group.lower(), name.rstrip().upper(), parameters, value, marked)


def _divided(line: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the colon and behind it; a colon in double quotes is not meant."""
    quoted = False
    for sign in re.finditer(rb'[":]', line[:_LIMIT_HEAD]):
        if sign[0] == b'"':
            quoted = not quoted
        elif not quoted:
            return line[: sign.start()], line[sign.end() :]
    # A quote that is never closed hides every colon; then the first is meant.
    head, colon, _ = line[:_LIMIT_HEAD].partition(b":")
    return (head, line[len(head) + 1 :]) if colon else (b"", line)


def _unquoted(choice: str) -> str:
    choice = choice.strip()
    if len(choice) > 1 and choice[0] == choice[-1] == '"':
        choice = choice[1:-1]
    return re.sub(r"\^[n'^]", lambda found: _CARETS[found[0]], choice)
