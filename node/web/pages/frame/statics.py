"""Static files: the sheets, the script and the icons that pages name.

Rules here: the address of a file has the hash of what is in it, so that a browser asks for it once and keeps
it for ever, and never has an old one; another hash is another address, at which there is nothing. Each file
is read and compressed once, when it is asked for first; nothing outside the folder can be named. What a
script says to those who change it, its comments, is not sent to those who run it.

Sources: RFC 8246 (immutable), RFC 9110 §12.5.3 (`Accept-Encoding`).
"""

import gzip
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from aiohttp import web

from node.web.edge.packing import takes_gzip
from node.web.edge.problems import not_found
from protocol.values import dataclass

FOLDER: Final = Path(__file__).parents[1] / "static"
PREFIX: Final = "/static"
_HASH_CHARACTERS: Final = 16  # 64 bits of the hash: enough to tell the versions of a file apart
_TYPES: Final = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".png": "image/png",
        ".svg": "image/svg+xml",
    }
)
_TEXT: Final = frozenset({".css", ".js", ".svg"})
_HEADERS: Final = MappingProxyType(
    {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
)


@dataclass(frozen=True, slots=True)
class Static:
    """A file as it is served; `packed` is the same compressed, empty where that gains nothing."""

    name: str
    body: bytes
    packed: bytes

    @property
    def address(self) -> str:
        """Where it stands."""
        return f"{PREFIX}/{sha256(self.body).hexdigest()[:_HASH_CHARACTERS]}/{self.name}"


@cache
def names() -> frozenset[str]:
    """Return the names of the files there are."""
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in _TYPES)


@lru_cache(maxsize=64)
def load(name: str) -> Static:
    """Return a file by its name.

    Raises:
        KeyError: there is none of this name.
    """
    if name not in names():
        raise KeyError(name)
    path = FOLDER / name
    body = path.read_bytes()
    if path.suffix == ".js":
        body = spare(body)
    return Static(name, body, gzip.compress(body, mtime=0) if path.suffix in _TEXT else b"")


def spare(script: bytes) -> bytes:
    """Return a script without lines of comment, empty lines and indentation."""
    lines = (line.strip() for line in script.splitlines())
    return b"\n".join(line for line in lines if line and not line.startswith(b"//"))


@cache
def address(name: str) -> str:
    """Return the address of a file, for a template; KeyError if there is none of this name."""
    return load(name).address


async def serve(request: web.Request) -> web.Response:
    """Answer with a file.

    Raises:
        Refusal: 404, there is none of this name, or it has another hash.
    """
    name = request.match_info["name"]
    if name not in names() or address(name) != request.path:
        raise not_found()
    return answer(request, load(name), headers=dict(_HEADERS))


def answer(request: web.Request, file: Static, *, headers: dict[str, str]) -> web.Response:
    """Return a file, compressed if the browser takes that."""
    headers["Content-Type"] = _TYPES[Path(file.name).suffix]
    if file.packed and takes_gzip(request.headers.get("Accept-Encoding", "")):
        return web.Response(body=file.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=file.body, headers=headers)


ROUTES: Final = (web.get(f"{PREFIX}/{{hash}}/{{name}}", serve),)
