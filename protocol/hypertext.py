"""Hypertext and text: what a person reads of it, without what a browser would do with it; and the way back.

Rules that hold here:

- Marks go, their text stays, in its order; what ends a line in a browser ends one here. Nothing is added.
- What a browser does not show is not shown: scripts, styles, comments. Whether there was any of it is told,
  and so is every mark that does more than to order and to stress text, and every attribute: a picture, a
  form, a link's address, a table, a struck or raised word say something that the text does not, and a text
  that is signed must not have a second layer.
- Text without a mark or an entity is returned as it is, line breaks included.
- One pass: the time it takes is proportional to the length. It never fails; what is no mark is text.
- What is written says the text and nothing else: no sign of it is a mark. Only an address of the web that is
  the whole text is a link, in the one spelling in which nobody reads it as another (`iris.check_iri`).

Sources: ActivityStreams 2.0 vocabulary (`content` is HTML unless `mediaType` says otherwise), HTML §13.1.
"""

import re
from typing import Final, NamedTuple

from protocol.errors import Unprocessable
from protocol.iris import check_iri

# A comment, or what browsers take for one, begins; or a mark with its name and attributes. What was taken is
# not given back: for a mark that is not closed that would be tried at every letter of its name.
_MARK: Final = re.compile(r"<(?:[!?]|/(?=[^A-Za-z])|(/?)([A-Za-z][A-Za-z0-9]*+)([^<>]*+)>)")
# No character has so large a number, and Python reads none of thousands of digits.
_NOUGHTS: Final = re.compile(r"&#0+(?=[0-9])")
_BEYOND: Final = re.compile(r"&#[0-9]{8,}+;?")
_HTTP: Final = re.compile(r"\Ahttp://")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_UNSHOWN: Final = frozenset({"script", "style", "template", "head", "title", "noscript", "iframe", "object"})
_LINES: Final = frozenset(
    {"br", "hr", "li", "tr", "dt", "dd", "div", "pre", "table", "ul", "ol", "dl", "section", "article"}
    | {"header", "footer", "aside", "figure", "figcaption", "details", "summary"}
)
_PARAGRAPHS: Final = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
# Marks without which a text says the same.
_MEANINGLESS: Final = (
    _PARAGRAPHS
    | frozenset({"br", "hr", "li", "div", "pre", "ul", "dl", "dt", "dd", "span", "code"})
    | frozenset({"b", "strong", "i", "em", "u"})
)
_ALTERNATIVE: Final = re.compile(r"""\balt=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


class Hypertext(NamedTuple):
    """What is shown of a hypertext, and whether it may say, or show, anything else."""

    text: str
    hides: bool


def read_hypertext(source: str) -> Hypertext:
    """Read the text of a piece of HTML."""
    if "<" not in source and "&" not in source:
        return Hypertext(source, hides=False)
    parts: list[str] = []
    hides, position = False, 0
    while (mark := _MARK.search(source, position)) is not None:
        parts.append(_shown(source[position : mark.start()]))
        name = (mark[2] or "").lower()
        if not name:
            hides, position = True, _after_comment(source, mark.start())
        elif name in _UNSHOWN and not mark[1]:
            hides, position = True, _after_element(source, name, mark.end())
        else:
            hides = hides or name not in _MEANINGLESS or mark[3].strip(" /\t\r\n\f") != ""
            parts.append(_alternative(mark[3]) if name == "img" else _break(name))
            position = mark.end()
    parts.append(_shown(source[position:]))
    return Hypertext(_in_lines("".join(parts)), hides)


def render_hypertext(text: str) -> str:
    """Write a text as HTML; an address of the web becomes a link to it."""
    import html  # few documents have any

    escaped = html.escape(text)
    try:
        # What is linked to is asked by a person's browser, for which http will do.
        check_iri(_HTTP.sub("https://", text), allow_http=False, allow_fragment=True)
    except Unprocessable:
        return "<br>".join(escaped.splitlines())
    return f'<a href="{escaped}" rel="me nofollow noopener noreferrer">{escaped}</a>'


def _shown(text: str) -> str:
    """Return text between marks with its entities resolved; its line breaks are blanks."""
    import html  # few documents have any

    # Entities last: a break or a mark that is written as one is text.
    if "&#" in text:
        text = _BEYOND.sub("\ufffd", _NOUGHTS.sub("&#", text))
    return html.unescape(_BLANKS.sub(" ", text))


def _break(name: str) -> str:
    return "\n\n" if name in _PARAGRAPHS else "\n" if name in _LINES else ""


def _alternative(attributes: str) -> str:
    """Return what is said in place of a picture."""
    alternative = _ALTERNATIVE.search(attributes)
    return "" if alternative is None else _shown(alternative[1] or alternative[2] or "")


def _after_comment(source: str, start: int) -> int:
    end = "-->" if source.startswith("<!--", start) else ">"
    found = source.find(end, start)
    return len(source) if found < 0 else found + len(end)


def _after_element(source: str, name: str, position: int) -> int:
    closing = re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE).search(source, position)
    return len(source) if closing is None else closing.end()


def _in_lines(text: str) -> str:
    """Put lines without blanks around them, and at most one empty line between two."""
    lines: list[str] = []
    for line in text.split("\n"):
        words = _BLANKS.sub(" ", line).strip(" ")
        if words or (lines and lines[-1]):
            lines.append(words)
    return "\n".join(lines).strip("\n")
