"""Where a request is addressed: to which host, and to which of its paths.

Rules here: everything is decided from the head of the request. There is one spelling of each address, and a
request to any other host is not ours to answer.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from node.core import codes
from node.settings import Settings
from node.web.edge.problems import Refusal

# Every path of ours is made of these segments. Anything else (an escape, an empty or dotted segment, a
# parameter) is another spelling, and two spellings of one address are how checks get walked around.
_CANONICAL_PATH: Final = re.compile(r"/?|(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")


def allowed_hosts(origin: str, port: int) -> frozenset[str]:
    """Return the values of Host this node answers to: its public authority, and itself by loopback.

    A page of a stranger can make a browser connect to us under the stranger's name (DNS rebinding); it
    cannot make the browser send another Host.
    """
    public = urlsplit(origin)
    default = 443 if public.scheme == "https" else 80
    names = {public.netloc}
    if public.port in {None, default}:
        names.add(f"{public.netloc.removesuffix(f':{default}')}:{default}")
    loopback = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    return frozenset(names | loopback)


def by_name(settings: Settings) -> str:
    """Return where the pages are by a name of this machine (an origin), in development; else nothing."""
    return f"http://localhost:{settings.port}" if settings.dev else ""


def check_target(request: web.Request, *, origin: str, hosts: frozenset[str], private: bool) -> None:
    """Check that the request is addressed to this node by its one spelling.

    `private` says that it came over the owner's socket, where Host means nothing.

    Raises:
        Refusal: 421 another host (RFC 9110 §15.5.20), 404 another spelling of a path.
    """
    target = target_of(request, origin)
    if not private and request.headers.get("Host", "").lower() not in hosts:
        raise Refusal(421, codes.WRONG_HOST)
    if not _CANONICAL_PATH.fullmatch(target.partition("?")[0]):
        raise Refusal(404, codes.NOT_FOUND)


def target_of(request: web.Request, origin: str) -> str:
    """Return path and query as they were sent.

    A target in absolute form (RFC 9112 §3.2.2) names a host of its own, and that one counts.

    Raises:
        Refusal: 421, it names another host.
    """
    target = request.raw_path
    if target.startswith("/"):
        return target
    if target.lower().startswith(f"{origin}/"):
        return target[len(origin) :]
    raise Refusal(421, codes.WRONG_HOST)
