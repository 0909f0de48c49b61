"""Faces: the pictures of peers, from this node alone, to who is signed in.

Rules here: a picture is what this node drew, never what it got; its address has the digest of its bytes, so
that a browser asks once. It is a picture and nothing else, whoever opens it.
"""

from functools import partial
from typing import Final

from aiohttp import web

from node.services.people.faces import load_picture
from node.web.edge.problems import SECURITY_HEADERS, not_found
from node.web.pages.frame.page import PageCall, WebPage

_HEADERS: Final = {
    **SECURITY_HEADERS,
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Content-Type": "image/png",
}


async def picture(call: PageCall) -> web.StreamResponse:
    """Give the picture of a peer that the address names by its digest.

    Raises:
        Refusal: 404, there is none, or no longer.
    """
    digest = call.request.match_info["digest"]
    found = await call.read(partial(load_picture, digest=digest))
    if found is None:
        raise not_found()
    return web.Response(body=found, headers={**_HEADERS, "ETag": f'"{digest}"'})


PAGES: Final = (WebPage(path="/faces/{digest:[0-9a-f]{64}}.png", handler=picture),)
