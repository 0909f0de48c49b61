"""DL: what the node sends, to peers that fail, refuse, stall, move, and come back.

Each scene has a recipient on a server of its own, tells it of intentions, and looks at what arrives there and
at what the owner sees of each delivery.
"""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from node.core.retries import LONGEST_DELAY, LONGEST_WISH
from tests.attacks.actors import endless, endless_chunks, silent, slow_head, ten_gigabytes
from tests.attacks.agreement import accepted_by
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.fetching import fine
from tests.attacks.handmade import http_date
from tests.attacks.nodes import until
from tests.attacks.parties import Party, Wanted, number
from tests.attacks.sites import Hit, Page, Site, accepted, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect
from tests.ports import steady_port

_WAITS_SECONDS: Final = 60.0  # so long a busy machine may take for what is due
_BUFFERED_BYTES: Final = 16_000_000
_BACKLOG: Final = 4
_TRIPS: Final = 5  # node.core.retries.TRIP_AFTER
_LONG_NAME: Final = 10  # letters: shorter ones turn up in signatures by chance


@dataclass
class Taker:
    """A recipient on a server of its own."""

    world: World
    party: Party
    site: Site
    told: list[str] = field(default_factory=list)

    @property
    def inbox(self) -> str:
        """The path of its inbox."""
        return f"{self.party.path}/inbox"

    def answers(self, *statuses: int | Page) -> "Taker":
        """Answer with these, one after the other; the last one stays."""
        left: list[int | Page] = list(statuses)

        def page(hit: Hit) -> Any:
            now = left.pop(0) if len(left) > 1 else left[0]
            return reply(status=now, media=None) if isinstance(now, int) else now(hit)

        self.site.pages[self.inbox] = page
        return self

    def tell(self, **members: Any) -> "Taker":
        """Have the node tell it of something."""
        wanted = self.world.cast(self.party.iri, **members)
        self.told.append(wanted.iri)
        return self

    def row(self, turn: int = -1) -> tuple[Any, ...]:
        """Return state, attempts, when it is due, status and error of one of its deliveries, in order."""
        return self.rows()[turn]

    def rows(self) -> list[tuple[Any, ...]]:
        """Return all of them."""
        return self.world.rows(
            "SELECT state, attempts, due_at, last_status, last_error FROM deliveries "
            "WHERE recipient = (SELECT id FROM peers WHERE address = ?) ORDER BY entry",
            self.party.iri,
        )

    def tried(self, attempts: int = 1, turn: int = -1) -> tuple[Any, ...]:
        """Wait until a delivery was tried so often, or is settled, and return it."""

        def is_so() -> bool:
            state, tried, *_ = self.row(turn)
            return bool(tried >= attempts or state != "queued")

        try:
            until(is_so, seconds=_WAITS_SECONDS)
        except TimeoutError as error:
            raise TimeoutError(f"it is {self.rows()} at {self.world.now()}") from error
        return self.row(turn)

    def later(self, **lengths: float) -> None:
        """Let time pass, and have the node notice."""
        self.world.advance(**lengths)
        self.world.cast()  # the journal grows, so the worker looks again

    def posts(self) -> list[Hit]:
        """Return what was posted to its server, in order."""
        return self.site.posts()


@contextmanager
def taker(world: World, *, known: bool = True) -> Iterator[Taker]:
    """Open a server with a recipient; the node knows it from a Follow unless told otherwise."""
    site = Site()
    party = Party(site.origin, f"taker{number()}", site, "thief").publish()
    try:
        if known:
            world.must(world.deliver(party, party.activity("Follow", world.ada, world.ada)))
        yield Taker(world, party, site)
    finally:
        world.owner("POST", "/peers/block", {"peer": party.iri})  # nothing more is tried
        site.close()
        world.hold()


def due_in(world: World, row: tuple[Any, ...]) -> timedelta:
    """Return how long until a delivery is due."""
    return datetime.fromisoformat(row[2]) - world.now()


# --- DL-01, DL-02: answers ----------------------------------------------------------------------------------


def passing(*answers: int | Page) -> Attack:
    """Fail in a way that may pass: the delivery stays queued, is due later, and says what was wrong."""

    def attack(world: World) -> Answer:
        with taker(world) as recipient:
            state, attempts, _, status, error = recipient.answers(*answers).tell().tried()
            expect((state, attempts) == ("queued", 1), f"it is {state} after {attempts} attempts")
            _check_shown(world, recipient, error)
            wait = due_in(world, recipient.row())
            expect(timedelta(seconds=-_WAITS_SECONDS) < wait <= LONGEST_DELAY, f"it is due in {wait}")
            expect(status in (None, *answers), f"the status on record is {status}")
        return fine(world)

    return attack


def stalled(talk: Callable[[Site, bytes], Any]) -> Attack:
    """Take the connection, and then all the time in the world."""

    def attack(world: World) -> Answer:
        with taker(world) as recipient:
            site = recipient.site
            with world.hurried():
                row = recipient.answers(lambda _: talk(site, b"")).tell().tried()
            expect((row[0], row[3]) == ("queued", None), f"it is {row[0]}, {row[3]}")
            _check_shown(world, recipient, row[4])
        return fine(world)

    return attack


def _check_shown(world: World, recipient: Taker, error: str) -> None:
    """The owner sees what became of it, in our words."""
    listed = world.asked("GET", "/deliveries?limit=5")["items"]
    shown = [item["last_error"] for item in listed if item["recipient"] == recipient.party.iri]
    expect(error and error in shown, "the owner sees what went wrong")
    expect("evil" not in error and len(error) < 200, "in words of ours")


def unreachable(origin: Callable[[Site], str]) -> Attack:
    """Be nowhere: the recipient is known by its address alone."""

    def attack(world: World) -> Answer:
        with taker(world, known=False) as recipient:
            lost = Party(origin(recipient.site), f"evil{number()}", None, "thief")
            world.cast(lost.iri)
            nowhere = Taker(world, lost, recipient.site)
            state, attempts, _, status, error = nowhere.tried()
            expect((state, attempts, status) == ("queued", 1, None), f"it is {state}, {status}")
            _check_shown(world, nowhere, error)
            world.asked("POST", "/peers/block", {"peer": lost.iri})
        return fine(world)

    return attack


def always(text: str) -> Callable[[World], str]:
    """Say the same to every world."""
    return lambda _: text


def waiting(header: Callable[[World], str], least: timedelta, most: timedelta) -> Attack:
    """Ask for time in Retry-After, sensibly or not."""

    def attack(world: World) -> Answer:
        def later(_: Hit) -> bytes:
            return reply(status=503, media=None, headers=[f"Retry-After: {header(world)}"])

        with taker(world) as recipient:
            row = recipient.answers(later).tell().tried()
            expect(row[0] == "queued", f"it is {row[0]}")
            wait = due_in(world, row)
            expect(
                least - timedelta(seconds=_WAITS_SECONDS) <= wait <= most, f"it is due in {wait}, not {least}"
            )
        return fine(world)

    return attack


def final(status: int, state: str = "refused", *, posts: int = 1) -> Attack:
    """Refuse for good: it is not tried again, and the owner sees why."""

    def attack(world: World) -> Answer:
        with taker(world) as recipient:
            recipient.answers(202).tell().tried()
            recipient.later(minutes=6)  # its actor can be asked anew, whether its inbox is elsewhere
            found, attempts, _, last, error = recipient.answers(status).tell().tried()
            expect((found, attempts, last) == (state, 1, status), f"it is {found} after {last}")
            _check_shown(world, recipient, error)
            sent = len(recipient.posts())
            recipient.later(hours=8)
            world.settle()
            expect(len(recipient.posts()) == sent == 1 + posts, f"{sent - 1} posts, and no more")
        return fine(world)

    return attack


def gone_with_its_line(world: World) -> Answer:
    """Say that an inbox is gone: what else waited for it is not tried, what goes elsewhere is."""
    with taker(world) as recipient, taker(world) as other:
        recipient.answers(503).tell().tried()
        recipient.tell()
        other.answers(202)
        recipient.answers(410)
        recipient.later(hours=7)
        until(lambda: {row[0] for row in recipient.rows()} == {"gone"}, seconds=_WAITS_SECONDS)
        expect(len(recipient.posts()) <= 3, "the second one is not tried")
        expect(other.tell().tried()[0] == "delivered", "others are served")
    return fine(world)


def signed_anew(world: World) -> Answer:
    """Answer 401 once: it is signed anew at once, and differently."""
    with taker(world) as recipient:
        recipient.answers(202).tell().tried()
        row = recipient.answers(401, 202).tell().tried()
        expect(row[0] == "delivered", f"it is {row[0]}")
        first, second = recipient.posts()[-2:]
        expect(first.body == second.body, "the activity is the same")
        expect(first.headers["signature"] != second.headers["signature"], "the signature is not")
        row = recipient.answers(401).tell().tried()
        expect((row[0], row[3]) == ("queued", 401), "what stays refused for its signature waits")
        expect(len(recipient.posts()) == 5, "after one more")
    return fine(world)


def of_the_recipient_alone(world: World) -> Answer:
    """Have one actor's inbox gone on a server where another's is not."""
    with taker(world) as recipient:
        other = Taker(
            world, Party(recipient.site.origin, f"other{number()}", recipient.site, "thief"), recipient.site
        )
        other.party.publish()
        recipient.later(minutes=6)
        recipient.answers(404).tell().tried()
        expect(recipient.row()[0] == "gone", f"it is {recipient.row()[0]}")
        expect(other.tell().tried()[0] == "delivered", "its neighbour gets what it is sent")
        world.asked("POST", "/peers/block", {"peer": other.party.iri})
    return fine(world)


# --- DL-04, DL-07, DL-08: time passes -----------------------------------------------------------------------


def back_after_days(world: World) -> Answer:
    """Be dead for six days, with a backlog: one probe, and then everything in order."""
    with taker(world) as recipient:
        recipient.answers(503)
        for _ in range(_BACKLOG):
            recipient.tell()
        for turn in range(_TRIPS):
            recipient.tried(turn + 1, turn=0)
            recipient.later(hours=7)
        before = len(recipient.posts())
        recipient.later(days=4)
        until(lambda: len(recipient.posts()) > before, seconds=_WAITS_SECONDS)
        recipient.tried(_TRIPS + 1, turn=0)
        expect(len(recipient.posts()) == before + 1, "who rests is asked with one probe")
        recipient.answers(202)
        recipient.later(hours=7)
        until(lambda: {row[0] for row in recipient.rows()} == {"delivered"}, seconds=_WAITS_SECONDS)
        arrived = [hit.document["object"]["id"] for hit in recipient.posts()[before + 1 :]]
        expect(arrived == recipient.told, "the backlog arrives in order, each once")
    return fine(world)


def dead_for_good(world: World) -> Answer:
    """Be dead for eight days: what waited is given up on, which the owner sees, and what is new is sent."""
    with taker(world) as recipient:
        recipient.answers(503).tell().tried()
        recipient.later(days=8)
        state, _, _, status, error = recipient.tried(2)
        expect((state, status) == ("refused", 503), f"it is {state}")
        expect("seven days" in error, f"the owner is told: {error}")
        recipient.answers(202)
        recipient.later(hours=2)
        expect(recipient.tell().tried()[0] == "delivered", "what is new arrives")
    return fine(world)


def moved(world: World) -> Answer:
    """Move one's inbox while something is to be tried again: it goes to the new one alone."""
    with taker(world) as recipient:
        recipient.answers(503).tell().tried()
        new = f"{recipient.party.path}/inbox-{number()}"
        recipient.party.publish(recipient.party.document | {"inbox": recipient.site.origin + new})
        recipient.answers(503)
        recipient.site.pages[new] = accepted
        before = len(recipient.site.posts(recipient.inbox))
        recipient.later(hours=7)
        expect(recipient.tried(2)[0] == "delivered", f"it is {recipient.row()[0]}")
        expect(len(recipient.site.posts(new)) == 1, "the new inbox has it")
        old = [hit for hit in recipient.posts() if hit.path == recipient.inbox]
        expect(len(old) == before, "the old one is not asked again")
        expect(recipient.tell().tried()[0] == "delivered", "what is new goes there too")
        expect(len(recipient.site.posts(new)) == 2, "to the new one")
    return fine(world)


def moved_at_once(world: World) -> Answer:
    """Move right after the actor was read, when it is not asked anew yet: what is sent waits for that."""
    with taker(world) as recipient:
        recipient.answers(404)
        row = recipient.tell().tried()
        expect((row[0], row[3]) == ("queued", None), f"it is {row[0]}, {row[3]}")
        document = recipient.party.document
        recipient.party.publish({**document, "inbox": f"{recipient.party.iri}/moved"})
        recipient.site.pages[f"{recipient.party.path}/moved"] = accepted
        recipient.later(minutes=6)
        expect(recipient.tried(2)[0] == "delivered", "it goes where its inbox is now")
    return fine(world)


def moved_away(world: World) -> Answer:
    """Move one's inbox to somebody else's server, who never asked for it: nothing goes there."""
    assert world.rival.site is not None
    with taker(world) as recipient:
        recipient.answers(503).tell().tried()
        posts = len(world.rival.site.posts())
        recipient.party.publish(recipient.party.document | {"inbox": f"{world.rival.iri}/inbox"})
        recipient.answers(503)
        recipient.later(hours=7)
        recipient.tried(2)
        expect(len(world.rival.site.posts()) == posts, "an inbox of another origin is not believed")
    return fine(world)


def days_later(world: World) -> Answer:
    """Be tried again two days later: the same activity, signed as of then."""
    with taker(world) as recipient:
        recipient.answers(503).tell().tried()
        recipient.answers(202)
        recipient.later(days=2)
        expect(recipient.tried(2)[0] == "delivered", f"it is {recipient.row()[0]}")
        first, last = recipient.posts()[0], recipient.posts()[-1]
        expect(first.body == last.body, "byte for byte what was sent at first")
        expect(first.headers["signature"] != last.headers["signature"], "signed anew")
        age = world.now() - _signed_at(last)
        expect(abs(age) < timedelta(minutes=2), f"the signature is {age} old")
    return fine(world)


def _signed_at(hit: Hit) -> datetime:
    found = re.search(r";created=(\d+)", hit.headers["signature-input"])
    expect(found, "the signature says when it was made")
    assert found is not None
    return datetime.fromtimestamp(int(found[1]), tz=datetime.now().astimezone().tzinfo)


# --- DL-05 --------------------------------------------------------------------------------------------------


def babbling(talk: Callable[[Site, bytes], Any]) -> Attack:
    """Take what comes, and then talk without end."""

    def attack(world: World) -> Answer:
        with taker(world) as recipient:
            site = recipient.site
            recipient.answers(
                lambda _: (piece.replace(b"200 OK", b"202 Accepted") for piece in talk(site, b"{}"))
            )
            state = recipient.tell().tried()[0]
            expect(state == "delivered", f"it is {state}")
            expect(site.sent_bytes < _BUFFERED_BYTES, f"{site.sent_bytes} bytes were taken")
        return fine(world)

    return attack


# --- DL-10 --------------------------------------------------------------------------------------------------

LIMIT_PRICE: Final = "48151.62"
NOTES: Final = "canary-notes-stay-home"
HEADERS: Final = frozenset(
    {
        "host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "content-digest",
        "signature", "signature-input", "digest", "date", "connection", "sec-gpc",
    }
)  # fmt: skip
SECRETS: Final = (
    "PRIVATE KEY",
    "z3u2",
    "owner.sock",
    "freehold.db",
    "node.lock",
    "Bearer",
    "fh_",
    "Traceback",
)


def everything(world: World) -> Answer:
    """Let a whole trade go by, with secrets and line breaks in it, and look through all that was sent."""
    with taker(world) as recipient:
        recipient.answers(202).tell(
            name="bike\r\nX-Injected: evil\r\n\r\nGET /",
            content="a\r\nb\x1b[2J",
            limit_price=LIMIT_PRICE,
            notes=NOTES,
        )
        recipient.tried()
        offer = world.opened(recipient.party, _wanted(world, recipient))
        shown = world.seen(offer)
        world.asked("POST", f"/offers/{shown['id']}/messages", {"content": "a\r\nX-Injected: evil"})
        world.asked("POST", f"/offers/{shown['id']}/counter", {"terms": _terms("80.00")})
        answered = world.offered(recipient.party)
        world.say(recipient.party, accepted_by(world, recipient.party, answered))
        world.settle()
        until(lambda: all(row[0] == "delivered" for row in recipient.rows()), seconds=_WAITS_SECONDS)
        hits = list(recipient.site.hits)
    expect(len(hits) >= 6, f"{len(hits)} requests were looked through")
    for hit in hits:
        _look_through(world, hit)
    return fine(world)


def _wanted(world: World, recipient: Taker) -> Wanted:
    listed = world.asked("GET", "/intentions?own=true&limit=5")["items"]
    [id] = [item["id"] for item in listed if item["iri"] == recipient.told[-1]]
    return Wanted(recipient.told[-1], world.ada, id)


def _terms(amount: str) -> dict[str, Any]:
    return {"price": [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": "bike"}]}


def _look_through(world: World, hit: Hit) -> None:
    """One request of ours: its head is of our making, and nothing in it stays home."""
    strange = hit.headers.keys() - HEADERS
    expect(not strange, f"there is no header {sorted(strange)}")
    expect(re.fullmatch(r"/[!-~]*", hit.path), "the path is one word")
    for name, value in hit.headers.items():
        expect(re.fullmatch(r"[\t -~]*", value), f"the header {name} is one line of ASCII")
    said = hit.body.decode() + repr(hit.headers)
    machine = socket.gethostname()
    inside = [str(world.node.data), *([machine] if len(machine) >= _LONG_NAME else [])]
    kept = [each for each in (*SECRETS, LIMIT_PRICE, NOTES, *inside) if each in said]
    expect(not kept, f"{kept} left the node")
    expect(b"\r" not in hit.body and b"\n" not in hit.body, "a document is one line")


_GARBAGE: Final[dict[str, tuple[str, timedelta, timedelta]]] = {
    "two minutes": ("120", timedelta(minutes=2), timedelta(minutes=2)),
    "a month": ("2678400", LONGEST_WISH, LONGEST_WISH),
    "centuries": ("9" * 400, LONGEST_WISH, LONGEST_WISH),
    "less than nothing": ("-1", timedelta(0), timedelta(minutes=1)),
    "a date in the past": ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0), timedelta(minutes=1)),
    "no date": ("Wed, 99 Foo 2098 07:28:00 GMT", timedelta(0), timedelta(minutes=1)),
    "a date of another zone": ("Wed, 21 Oct 2098 07:28:00 +99999999999", timedelta(0), timedelta(minutes=1)),
    "a word": ("evil", timedelta(0), timedelta(minutes=1)),
    "a fraction": ("1.5", timedelta(0), timedelta(minutes=1)),
    "nothing": ("", timedelta(0), timedelta(minutes=1)),
}
_TALK: Final[dict[str, Page]] = {
    "no HTTP": lambda _: b"evil evil evil\r\n\r\n",
    "nothing": lambda _: b"",
    "half a head": lambda _: b"HTTP/1.1 202 Acc",
    "a status of four digits": lambda _: b"HTTP/1.1 2020 X\r\nContent-Length: 0\r\n\r\n",
    "a length that is none": lambda _: b"HTTP/1.1 202 X\r\nContent-Length: evil\r\n\r\n",
}

CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "DL-01",
        {
            str(status): passing(status)
            for status in (500, 501, 502, 503, 504, 507, 599, 408, 421, 425, 429, 302)
        },
        200,
    ),
    *vectors("DL-01", {f"an answer of {what}": passing(page) for what, page in _TALK.items()}, 200),
    *vectors("DL-01", {"silence": stalled(silent), "a head without end": stalled(slow_head)}, 200),
    *vectors(
        "DL-01",
        {
            "no port": unreachable(lambda _: f"http://127.0.0.1:{steady_port()}"),
            "no name": unreachable(lambda site: f"http://nobody.localhost:{site.port}"),
            "no TLS": unreachable(lambda site: site.origin.replace("http:", "https:")),
            "out of reach": unreachable(lambda _: "https://10.0.0.1"),
        },
        200,
    ),
    *vectors(
        "DL-01",
        {
            f"Retry-After says {what}": waiting(always(text), *bounds)
            for what, (text, *bounds) in _GARBAGE.items()
        },
        200,
    ),
    case(
        "DL-01",
        "Retry-After says a date",
        waiting(
            lambda world: http_date(world.now() + timedelta(hours=3)), timedelta(hours=3), timedelta(hours=3)
        ),
        200,
    ),
    *vectors(
        "DL-02",
        {str(status): final(status) for status in (400, 403, 405, 409, 413, 415, 422, 451)},
        200,
        node="travelling",
    ),
    *vectors("DL-02", {str(status): final(status, "gone") for status in (404, 410)}, 200, node="travelling"),
    case("DL-02", "what else waited for it", gone_with_its_line, 200, node="travelling"),
    case("DL-02", "401 once", signed_anew, 200),
    case("DL-02", "a neighbour of one that is gone", of_the_recipient_alone, 200, node="travelling"),
    case("DL-04", "six days", back_after_days, 200, node="travelling"),
    case("DL-04", "eight days", dead_for_good, 200, node="travelling"),
    *vectors(
        "DL-05",
        {
            "without end": babbling(endless),
            "in chunks without end": babbling(endless_chunks),
            "ten gigabytes": babbling(ten_gigabytes),
        },
        200,
    ),
    case("DL-07", "to another address", moved, 200, node="travelling"),
    case("DL-07", "to another server", moved_away, 200, node="travelling"),
    case("DL-07", "right after it was read", moved_at_once, 200, node="travelling"),
    case("DL-08", "two days later", days_later, 200, node="travelling"),
    case("DL-10", "a whole trade", everything, 200),
)
