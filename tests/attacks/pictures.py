"""UI-04, UI-16: what an actor shows as its picture, and what of it reaches a page of the owner's."""

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.nodes import until
from tests.attacks.parties import Party
from tests.attacks.sites import Hit, Page, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SCRIPT: Final = b"<html><script>alert(document.cookie)</script>"
_MEGABYTE: Final = 1_048_576


def chunk(name: bytes, data: bytes) -> bytes:
    """Write a chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *more: bytes) -> bytes:
    """Write a grey PNG of one colour, with more chunks before its pixels; a large one is packed well."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes((width + 1) * height), 9))
    return b"".join([_SIGNATURE, head, *more, pixels, chunk(b"IEND", b"")])


def at_once(body: bytes, media: str = "image/png") -> Page:
    """Return a page that is a picture, or says that it is."""
    return lambda _: reply(body, media=media)


def endless(_: Hit) -> Any:
    """Begin with a picture and never end."""
    yield reply(png(9, 9), media="image/png").replace(b"Content-Length: ", b"X-Length: ")
    for _piece in range(64):
        yield bytes(_MEGABYTE)


def met(world: World, page: Page, *, follows: bool = False) -> tuple[Party, Answer]:
    """Have a stranger with a picture make an offer, or only ask to follow; wait until it was looked at."""
    party = world.stranger()
    path = f"{party.path}/picture"
    assert party.site is not None
    party.site.pages[path] = page
    party.publish({**party.document, "icon": {"type": "Image", "url": party.origin + path}})
    if follows:
        answer = world.deliver(party, party.activity("Follow", world.ada, world.ada))
    else:
        answer = world.baseline(party)
    until(lambda: world.count("faces", "address = ? AND (tries > 0 OR digest IS NOT NULL)", party.iri) > 0)
    return party, answer


def shown(world: World, party: Party) -> bytes | None:
    """Return what pages show as a party's picture."""
    [found] = world.rows("SELECT picture FROM faces WHERE address = ?", party.iri)
    picture: bytes | None = found[0]
    return picture


def refused(page: Page) -> Attack:
    """Show something that is no picture, or too much of one."""

    def attack(world: World) -> Answer:
        party, answer = met(world, page)
        expect(shown(world, party) is None, "nothing of it is shown")
        return answer

    return attack


def drawn_anew(world: World) -> Answer:
    """Show a picture that is a page as well."""
    remark = chunk(b"tEXt", b"Comment\0" + _SCRIPT)
    party, answer = met(world, at_once(png(9, 9, remark) + _SCRIPT))
    picture = shown(world, party)
    expect(picture is not None, "the picture is shown")
    expect(b"script" not in (picture or b"script"), "and nothing but the picture")
    return answer


def tracked(world: World) -> Answer:
    """Show one pixel, to learn when it is looked at."""
    party, answer = met(world, at_once(png(1, 1)))
    assert party.site is not None
    world.must(world.baseline(party))
    asked = party.site.gets(f"{party.path}/picture")
    expect(len(asked) == 1, "it is asked for once")
    expect("signature" not in asked[0].headers, "by nobody in particular")
    return answer


def unasked(world: World) -> Answer:
    """Show a picture to somebody who has nothing to do with one."""
    party, answer = met(world, at_once(png(9, 9)), follows=True)
    assert party.site is not None
    expect(not party.site.gets(f"{party.path}/picture"), "nobody asks for it")
    return answer


DOCUMENTS: Final[Mapping[str, Callable[[], Page]]] = {
    "a drawing with a script": lambda: at_once(b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
    "a drawing that says it is a picture": lambda: at_once(b"<svg xmlns='http://www.w3.org/2000/svg'>"),
    "a page": lambda: at_once(_SCRIPT, "text/html"),
    "a picture that says it is a page": lambda: at_once(png(9, 9), "text/html"),
}
_HUGE: Final = png(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 50_000, 50_000), 1)
_REMARK: Final = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(16 * _MEGABYTE), 9))
TOO_MUCH: Final[Mapping[str, Callable[[], Page]]] = {
    "36 million pixels in 36 KB": lambda: at_once(png(6_000, 6_000)),
    "50,000 pixels square, it says": lambda: at_once(_HUGE),
    "a body without end": lambda: endless,
    "a remark of 16 MB in 16 KB": lambda: at_once(png(9, 9, _REMARK)),
}

CASES: Final[tuple[Case, ...]] = (
    *vectors("UI-04", {name: refused(make()) for name, make in DOCUMENTS.items()}, 202, fetches=2),
    case("UI-04", "a picture that is a page as well", drawn_anew, 202, fetches=2),
    *vectors("UI-16", {name: refused(make()) for name, make in TOO_MUCH.items()}, 202, fetches=2),
    case("UI-16", "a picture that counts who looks", tracked, 202, fetches=2),
    case("UI-16", "a picture of a stranger", unasked, 202, fetches=1),
)
