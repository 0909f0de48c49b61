"""Pages: a refusal, or who lives here, for who asks for one at an address that is for people.

Rules here: whether a page is meant is told by `Accept` alone, and only if it names `text/html` (RFC 9110
§12.5.1); `*/*` is what programs send. The page is one plain document of sentences of ours, without style,
script, image or anything that a stranger sent.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from node.web.edge.problems import HINTS, Refusal

HTML: Final = "text/html"
_MACHINE: Final = ("application/problem+json", "application/json")
_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_MOST_RANGES: Final = 32  # of an Accept header; browsers send some eight


def is_asked_for(accept: str) -> bool:
    """Say whether an Accept header wants a page rather than a problem document."""
    wanted = {HTML: 0.0}
    for part in accept.split(",")[:_MOST_RANGES]:
        media_type, *parameters = [word.strip().lower() for word in part.split(";")]
        qualities = [match[1] for word in parameters if (match := _QUALITY.fullmatch(word))]
        wanted[media_type] = float(qualities[0]) if qualities else 1.0
    return wanted[HTML] > max(wanted.get(name, 0.0) for name in _MACHINE)


def answer(refusal: Refusal) -> web.Response:
    """Return a refusal as a page that is never stored."""
    title = f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
    hint = refusal.hint or HINTS.get(refusal.code, "")
    response = page(title, [refusal.detail, hint], status=refusal.status, headers=refusal.headers)
    if refusal.close:
        response.force_close()
    return response


def page(
    title: str,
    sentences: Sequence[str],
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> web.Response:
    """Return a page that says some sentences, empty ones left out; none of them is taken for HTML."""
    said = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in sentences if sentence)
    text = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<h1>{escape(title)}</h1>\n{said}</html>\n"
    )
    return web.Response(status=status, text=text, content_type=HTML, charset="utf-8", headers=headers)
