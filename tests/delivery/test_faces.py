"""The pictures of peers: fetched once, from who is dealt with, and made anew whatever came."""

import asyncio
import socket
import struct
import zlib
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image, PngImagePlugin

from node.core.addresses import Reach
from node.core.faces import EVERY
from node.delivery.client import Client
from node.delivery.directory import Directory
from node.delivery.faces import BATCH, Faces
from node.delivery.media import LIMIT_PICTURE_BYTES
from node.storage import actors, faces, offers, peers
from node.storage.faces import FaceRow
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from protocol.icons import SIDE
from tests.core.test_pictures import drawn, png_of
from tests.delivery.conftest import HOME, Canary, Clock, Peer, Seen, SpeakRaw, make_actor, publish
from tests.delivery.test_client import forever, redirect_to
from tests.storage import rows

PLACE = "/logo.png"


@pytest.fixture
def pictures(client: Client, store: SqliteStore, clock: Clock) -> Faces:
    return Faces(client, store, clock=clock, home=HOME)


async def meet(
    directory: Directory,
    store: SqliteStore,
    peer: Peer,
    logo: str,
    *,
    dealt_with: bool = True,
    number: int = 1,
) -> str:
    """Have the node read the document of a shop that names a logo, and deal with it; return who it is."""
    shop = make_actor(f"{peer.origin}/actors/shop{number}")
    publish(peer, shop)
    peer.documents[shop.iri]["icon"] = {"type": "Image", "url": logo}

    def know(session: Session) -> None:
        actors.save_actor(session, rows.actor())
        peers.save_peer(session, rows.peer(number, address=shop.iri))
        if dealt_with:
            offers.save_offer(session, rows.offer(number, peer=f"peer_{number}"))

    await store.write(know)
    await directory.actor(shop.iri, refresh=True)
    return shop.iri


async def kept(store: SqliteStore, address: str) -> FaceRow:
    row = await store.read(lambda session: faces.load_face(session, address))
    assert row is not None
    return row


def serving(body: bytes, content_type: str = "image/png") -> Callable[[Seen], web.Response]:
    return lambda _: web.Response(body=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(drawn("PNG", (400, 400)), "image/png", id="png"),
        pytest.param(drawn("JPEG", (400, 200)), "IMAGE/JPEG; q=1", id="jpeg"),
        pytest.param(drawn("WEBP", (30, 90)), "image/webp", id="webp"),
        pytest.param(drawn("PNG", mode="RGBA"), "image/png", id="transparent"),
        pytest.param(drawn("JPEG", mode="CMYK"), "image/jpeg", id="for print"),
        pytest.param(drawn("PNG", (1, 1)), "image/png", id="UI-04 one pixel"),
        pytest.param(drawn("PNG", mode="P"), "image/webp", id="another of these kinds than it says"),
    ],
)
async def test_a_picture_is_kept_small_and_square(
    directory: Directory,
    store: SqliteStore,
    pictures: Faces,
    peer: Peer,
    body: bytes,
    content_type: str,
) -> None:
    peer.answer = serving(body, content_type)
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    await pictures.turn()
    row = await kept(store, shop)
    assert row.picture is not None
    assert row.digest == sha256(row.picture).hexdigest()
    made = Image.open(BytesIO(row.picture))
    assert (made.format, made.size, made.mode) == ("PNG", (SIDE, SIDE), "RGB")


async def test_nothing_is_left_of_a_file_but_its_pixels(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer
) -> None:
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", "<script>alert(1)</script>")
    body = drawn("PNG", pnginfo=said, exif=b"Exif\0\0II*\0GPS") + b"<html><script>alert(2)</script>"
    peer.answer = serving(body)
    row_of = await meet(directory, store, peer, peer.origin + PLACE)
    await pictures.turn()
    row = await kept(store, row_of)
    assert row.picture is not None
    made = Image.open(BytesIO(row.picture))
    made.load()
    assert made.info == {}
    assert not any(word in row.picture for word in (b"script", b"GPS", b"Exif", b"html"))


async def test_a_picture_is_fetched_once_however_often_it_is_looked_for(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, clock: Clock
) -> None:
    peer.answer = serving(drawn("PNG"))
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    for _ in range(3):
        await pictures.turn()
        clock.now += 2 * EVERY
        await directory.actor(shop, refresh=True)
    assert len(peer.gets(PLACE)) == 1
    assert peer.gets(PLACE)[0].header("Signature") is None
    assert peer.gets(PLACE)[0].header("Cookie") is None


async def test_another_picture_is_fetched_a_day_later_at_the_soonest(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, clock: Clock
) -> None:
    peer.answer = serving(drawn("PNG"))
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    await pictures.turn()
    first = (await kept(store, shop)).digest
    peer.answer = serving(drawn("PNG", (10, 90)))
    clock.advance(minutes=10)
    await meet(directory, store, peer, peer.origin + PLACE + "?2")
    await pictures.turn()
    assert (await kept(store, shop)).digest == first
    clock.now += EVERY
    await pictures.turn()
    assert (await kept(store, shop)).digest not in {first, None}
    assert len(peer.gets(PLACE)) == 2


async def test_an_actor_that_names_no_picture_any_more_has_none(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, clock: Clock
) -> None:
    peer.answer = serving(drawn("PNG"))
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    await pictures.turn()
    clock.advance(minutes=10)
    del peer.documents[shop]["icon"]
    await directory.actor(shop, refresh=True)
    assert await store.read(faces.shown_faces) == {}


async def test_an_actor_that_is_gone_has_no_picture(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, clock: Clock
) -> None:
    peer.answer = serving(drawn("PNG"))
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    await pictures.turn()
    clock.advance(minutes=10)
    peer.documents[shop] = {**peer.documents[shop], "type": "Tombstone"}
    with pytest.raises(Exception, match="actor-gone"):
        await directory.actor(shop, refresh=True)
    assert await store.read(faces.shown_faces) == {}


async def test_a_stranger_is_not_asked_and_looked_at_again_later(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, clock: Clock
) -> None:
    peer.answer = serving(drawn("PNG"))
    shop = await meet(directory, store, peer, peer.origin + PLACE, dealt_with=False)
    await pictures.turn()
    assert peer.gets(PLACE) == []
    await store.write(lambda session: offers.save_offer(session, rows.offer()))
    await pictures.turn()
    assert peer.gets(PLACE) == []
    clock.advance(minutes=1)
    await pictures.turn()
    assert (await kept(store, shop)).picture is not None


async def test_many_are_looked_at_a_few_at_a_time(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer
) -> None:
    peer.answer = serving(drawn("PNG"))
    for number in range(BATCH + 1):
        await meet(directory, store, peer, f"{peer.origin}{PLACE}?{number}", number=number)
    assert await pictures.turn()
    assert len(peer.gets(PLACE)) == BATCH
    assert not await pictures.turn()
    assert len(await store.read(faces.shown_faces)) == BATCH + 1


async def test_a_picture_that_the_actor_dropped_meanwhile_is_not_kept(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, clock: Clock
) -> None:
    shop = await meet(directory, store, peer, peer.origin + PLACE)

    async def slow(_: Seen) -> web.StreamResponse:
        clock.advance(minutes=10)
        await meet(directory, store, peer, peer.origin + PLACE + "?2")
        return serving(drawn("PNG"))(_)

    peer.answer = slow
    await pictures.turn()
    row = await kept(store, shop)
    assert (row.source, row.picture) == (peer.origin + PLACE + "?2", None)


def bomb() -> bytes:
    """Return a PNG of 2048 pixels square that holds, beside them, a remark of 16 MB in 16 KB."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    remark = chunk(b"zTXt", b"x\0\0" + zlib.compress(b" " * 16_000_000, 9))
    png = drawn("PNG")
    return png[:33] + remark + png[33:]


NOT_SHOWN = [
    pytest.param(png_of(50_000, 50_000) + b"\0" * 99, "image/png", id="UI-16 50,000 pixels square"),
    pytest.param(bomb(), "image/png", id="UI-16 a remark that unfolds"),
    pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", id="UI-04 svg"),
    pytest.param(
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png", id="UI-04 svg as png"
    ),
    pytest.param(drawn("GIF", mode="P"), "image/gif", id="gif"),
    pytest.param(drawn("GIF", mode="P"), "image/png", id="gif as png"),
    pytest.param(drawn("TIFF"), "image/jpeg", id="a kind the decoder knows and we do not"),
    pytest.param(drawn("PNG"), "text/html", id="UI-16 wrong type"),
    pytest.param(drawn("PNG"), "application/octet-stream", id="UI-16 no type"),
    pytest.param(drawn("PNG")[:60], "image/png", id="broken off"),
    pytest.param(png_of(10, 10) + b"\0" * 99, "image/png", id="UI-16 a head alone"),
    pytest.param(b"", "image/png", id="nothing"),
    pytest.param(b"\0" * (LIMIT_PICTURE_BYTES + 1), "image/png", id="too large"),
]


@pytest.mark.parametrize(("body", "content_type"), NOT_SHOWN)
async def test_what_is_no_picture_of_ours_is_remembered_and_not_shown(
    directory: Directory,
    store: SqliteStore,
    pictures: Faces,
    peer: Peer,
    clock: Clock,
    body: bytes,
    content_type: str,
) -> None:
    peer.answer = serving(body, content_type)
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    for minutes, asked in ((0, 1), (59, 1), (1, 2), (60, 2), (60, 3)):
        clock.advance(minutes=minutes)
        await pictures.turn()
        assert len(peer.gets(PLACE)) == asked
    assert (await kept(store, shop)).picture is None


@pytest.mark.parametrize(
    "head", [b"Connection: close", b"Content-Length: 104857600"], ids=["UI-16 endless", "UI-16 100 MB"]
)
async def test_a_body_is_read_up_to_the_limit(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer, speak_raw: SpeakRaw, head: bytes
) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n" + head + b"\r\n\r\n" + drawn("PNG"))
        await forever(writer, b"\0" * 65_536)

    shop = await meet(directory, store, peer, await speak_raw(talk) + PLACE)
    await pictures.turn()
    assert (await kept(store, shop)).tries == 1


@pytest.mark.parametrize("hop", ["redirect", "at once"])
async def test_a_picture_within_reach_of_the_node_alone_is_not_fetched(
    directory: Directory,
    store: SqliteStore,
    production: Client,
    peer: Peer,
    canary: Canary,
    clock: Clock,
    hop: str,
) -> None:
    inside = f"https://127.0.0.1:{canary.port}{PLACE}"
    peer.answer = lambda _: redirect_to(inside)
    shop = await meet(directory, store, peer, peer.origin + PLACE if hop == "redirect" else inside)
    await Faces(production, store, clock=clock, home=HOME).turn()
    assert (await kept(store, shop)).tries == 1


async def test_a_picture_may_be_elsewhere_but_never_here(
    directory: Directory, store: SqliteStore, client: Client, peer: Peer, clock: Clock
) -> None:
    peer.answer = serving(drawn("PNG"))
    shop = await meet(directory, store, peer, peer.origin + PLACE)
    await Faces(client, store, clock=clock, home=peer.origin).turn()
    assert peer.gets(PLACE) == []
    assert (await kept(store, shop)).tries == 1


async def test_whoever_redirects_for_ever_is_followed_twice(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer
) -> None:
    peer.answer = lambda _: redirect_to(PLACE)
    await meet(directory, store, peer, peer.origin + PLACE)
    await pictures.turn()
    assert len(peer.gets(PLACE)) == 3


async def test_a_turn_goes_on_by_itself(
    directory: Directory, store: SqliteStore, pictures: Faces, peer: Peer
) -> None:
    there: asyncio.Event = asyncio.Event()
    end = store.subscribe(lambda news: there.set() if faces.NEWS in news else None)
    peer.answer = serving(drawn("PNG"))
    await meet(directory, store, peer, peer.origin + PLACE)
    loop = asyncio.create_task(pictures.run())
    async with asyncio.timeout(20):
        await there.wait()
    loop.cancel()
    end()
    assert len(await store.read(faces.shown_faces)) == 1


class Broken(AbstractResolver):
    """Knows no name, and says so as no resolver should."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise RuntimeError(f"{host}:{port} {family}")

    async def close(self) -> None:
        """Close nothing."""


async def test_what_nobody_foresaw_of_one_picture_is_a_failure_of_that_picture_alone(
    store: SqliteStore, directory: Directory, peer: Peer, clock: Clock
) -> None:
    shop = await meet(directory, store, peer, f"https://named.example{PLACE}")
    async with Client(Reach(), clock=clock, user_agent="test", resolver=Broken()) as client:
        await Faces(client, store, clock=clock, home=HOME).turn()
    row = await store.read(lambda session: faces.load_face(session, shop))
    assert row is not None
    assert (row.tries, row.picture) == (1, None)
    assert row.due_at is not None
    assert row.due_at > clock.now
