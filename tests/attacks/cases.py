"""One case of the catalogue, and what is demanded of every one of them.

A case bends one thing of a valid baseline, at one of the layers it is built in (`Bend`), or plays a scene of
its own. Whatever it does, the answer has a status the design gives it, for the reason the design gives; a
refusal is a problem document that repeats nothing of what was sent, and leaves no trace: not in the node's
tables, not on anybody's server, not as a defect in the log; it comes, and costs little; and the next honest
baseline is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from protocol.signatures import Request, Scheme
from protocol.strictjson import Document
from tests.attacks.parties import MARK, Party, serialise, shot
from tests.attacks.wire import Answer, Header, Shot
from tests.attacks.world import Missed, NeedsClock, Realm, World
from tests.cable import CABLE

PROBLEM_MEMBERS: Final = {"type", "title", "status", "detail", "code"}
_TAKEN: Final = range(200, 300)
LIMIT_CPU_SECONDS: Final = 3.0  # of the whole process for one answer, as a busy machine counts them


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """The baseline with one thing bent; each function gets what was built so far, and the world.

    `sender` chooses who sends it; `activity` bends the Offer before it is proved, `proved` after that,
    `text` the bytes of it; `request` what is signed, `sign` makes the signature's headers in place of the
    usual ones, `signed` bends the finished request, `wire` its bytes.
    """

    sender: Callable[[World], Party] | None = None
    activity: Callable[[Document, World], Document] | None = None
    proved: Callable[[Document, World], Document] | None = None
    unproved: bool = False
    text: Callable[[bytes, World], bytes] | None = None
    request: Callable[[Request, World], Request] | None = None
    scheme: Scheme = Scheme.RFC9421
    ed25519: bool = False
    sign: Callable[[Request, World, Party], Mapping[str, str] | Sequence[Header]] | None = None
    signed: Callable[[Shot, World], Shot] | None = None
    wire: Callable[[bytes, World], bytes] | None = None
    path: str | None = None
    to_end: bool = False
    source: str = ""

    def __call__(self, world: World) -> Answer:
        """Build the baseline with this bend in it, and send it."""
        sender, wanted = world.shop if self.sender is None else self.sender(world), world.wanted
        world.hold()
        document = sender.offer(wanted, now=world.now())
        if self.activity is not None:
            document = self.activity(document, world)
        if not self.unproved:
            document = sender.prove(document, now=world.now())
        if self.proved is not None:
            document = self.proved(document, world)
        world.may_stand(sender, document)
        body = serialise(document)
        if self.text is not None:
            body = self.text(body, world)
        bent = self._sign(body, world, sender)
        if self.signed is not None:
            bent = self.signed(bent, world)
        raw = bent.render()
        if self.wire is not None:
            raw = self.wire(raw, world)
        return world.throw(raw, to_end=self.to_end, source=self.source)

    def _sign(self, body: bytes, world: World, sender: Party) -> Shot:
        request = sender.request(world.url(self.path), body)
        if self.request is not None:
            request = self.request(request, world)
        if self.sign is not None:
            return shot(request, self.sign(request, world, sender), host=world.host)
        key, key_id = (sender.ed25519, sender.ed25519_id) if self.ed25519 else (sender.rsa, sender.rsa_id)
        headers = sender.headers(request, now=world.now(), scheme=self.scheme, key=key, key_id=key_id)
        return shot(request, headers, host=world.host)


Attack = Callable[[World], Answer]
"""A scene: it may take steps first, then holds the world, attacks, and returns what the attack got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One vector of one case.

    `expect` are the statuses the design gives, 0 for a connection that ends without an answer; a status of
    success makes it a control, which shows that the bend alone is what the others are refused for. `why` is
    the code in the answer or, where all answers look alike, in the log. `fetches` is how often strangers'
    servers may be asked something meanwhile. `limit_cpu_seconds` is what the answer may cost: how long a
    processor works for it, which no other work of the machine changes; an answer that never comes is none
    (status 0). `still` says whether the state must be as before, which for
    refusals it must. `note` says where the protocol decides otherwise than the catalogue of attacks. A case
    is `quick`, and so may be the one that a quick look plays of its number, unless it starts processes or
    does one thing hundreds of times.
    """

    id: str
    vector: str
    attack: Attack
    expect: tuple[int, ...]
    why: tuple[str, ...] = ()
    node: str = "open"
    fetches: int | None = None
    still: bool | None = None
    check: Callable[[World, Answer], None] | None = None
    limit_cpu_seconds: float = LIMIT_CPU_SECONDS
    note: str = ""
    quick: bool = True

    @property
    def name(self) -> str:
        """The name a test run shows."""
        return f"{self.id} {self.vector}"

    @property
    def is_control(self) -> bool:
        """Whether it is something the node takes."""
        return all(status in _TAKEN for status in self.expect)


Expected = int | tuple[int, ...]
Reasons = str | tuple[str, ...]


def hurried(attack: Attack) -> Attack:
    """Return an attack that is silence: the node gives up on others soon meanwhile."""

    def hurry(world: World) -> Answer:
        with world.hurried():
            return attack(world)

    return hurry


def case(id: str, vector: str, attack: Attack, expect: Expected, why: Reasons = (), **members: Any) -> Case:
    """Make a case."""
    return Case(id=id, vector=vector, attack=attack, expect=_tuple(expect), why=_tuple(why), **members)


def vectors(
    id: str,
    attacks: Mapping[str, Attack],
    expect: Expected,
    why: Reasons = (),
    *,
    quick: bool = True,
    **members: Any,
) -> list[Case]:
    """Make one case for each attack, all of which are to end alike."""
    return [
        case(id, vector, attack, expect, why, quick=quick, **members) for vector, attack in attacks.items()
    ]


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


# --- running ------------------------------------------------------------------------------------------------


def run(tried: Case, realm: Realm) -> list[str]:
    """Run a case; return what is wrong, nothing if it holds."""
    try:
        return _run(tried, realm.world(tried.node))
    except NeedsClock:
        return _run(tried, realm.world("travelling"))


def _run(tried: Case, world: World) -> list[str]:
    world.begin()
    CABLE.attempts.clear()
    CABLE.watched = True
    try:
        answer = tried.attack(world)
        found = [*_judge(tried, world, answer)]
        if tried.check is not None:
            tried.check(world, answer)
    except Missed as missed:
        found = [str(missed)]
    finally:
        CABLE.watched = False
    return [*found, *_aftermath(world)]


def _judge(tried: Case, world: World, answer: Answer) -> list[str]:
    """Look at the answer and at what it left behind."""
    found = []
    if answer.status not in tried.expect:
        codes = sorted(_reasons(world, answer))
        found.append(f"the answer is {answer.status} {codes}, not {tried.expect}")
    elif tried.why and world.tells(answer) and not set(tried.why) & _reasons(world, answer):
        found.append(f"the reason is {sorted(_reasons(world, answer))}, not {tried.why}")
    if answer.status >= 400:
        found += _look_at_problem(world, answer)
    if answer.cpu_seconds > tried.limit_cpu_seconds:
        found.append(f"the answer took {answer.cpu_seconds:.1f} seconds of CPU")
    still = not tried.is_control if tried.still is None else tried.still
    if still and world.state() != world.held:
        found.append("the node's state has changed")
    return [*found, *_look_outside(tried, world)]


def _reasons(world: World, answer: Answer) -> set[str]:
    logged = {str(event["code"]) for event in world.logged() if "code" in event}
    return logged | {answer.code} - {""} - ({"unauthenticated"} if answer.status == 401 else set())


def _look_at_problem(world: World, answer: Answer) -> list[str]:
    """A refusal is one problem document that says nothing back (RFC 9457)."""
    found = []
    document = answer.json
    if answer.header("Content-Type") != "application/problem+json" or not isinstance(document, dict):
        return ["the refusal is no problem document"]
    if not document.keys() >= PROBLEM_MEMBERS or document["status"] != answer.status:
        found.append("the problem document is not complete")
    if answer.header("X-Content-Type-Options") != "nosniff":
        found.append("the refusal may be sniffed")
    challenge = answer.header("WWW-Authenticate")
    owners = challenge.startswith(("Bearer", "Cookie"))  # the owner's API and pages, not a peer's request
    if answer.status == 401 and not owners and world.refused and answer.body != world.refused.body:
        found.append("this 401 is not like every other")
    said = answer.raw.decode("latin-1").lower()
    if any(echo in said for echo in _echoes(world)):
        found.append("the refusal repeats what was sent")
    return found


def _echoes(world: World) -> set[str]:
    """List what an answer could repeat: our mark, anything called evil, and the addresses of who sent it."""
    peers = {party.origin.lower() for party in (world.shop, world.rival, world.thief)}
    return {MARK, "evil", "x-injected", *peers}


def _look_outside(tried: Case, world: World) -> list[str]:
    found = []
    allowed = tried.fetches
    if allowed is None:
        allowed = 0 if tried.is_control else 1  # the one fetch of a key, after a signature that did not fit
        allowed += max(0, world.since("retries"))  # each asks its recipient's server where that is now
    if world.since("gets") > allowed:
        fetched = [hit.path for hit in world.asked_since("GET")]
        found.append(f"{world.since('gets')} requests went out, not {allowed}, such as of {fetched[:3]}")
    if tried.still is not False and not tried.is_control and world.since("posts"):
        found.append("something was posted to somebody")
    if world.since("canary"):
        found.append("the canary was touched")
    strayed = set(CABLE.attempts) - world.outside
    if strayed:
        found.append(f"the node tried to reach {sorted(strayed)}")
    defects = [_said_of(event) for event in world.logged() if event["level"] in ("error", "critical")]
    if defects:
        found.append(f"a defect was logged: {defects}")
    return found


def _said_of(event: Mapping[str, Any]) -> str:
    error = event.get("exc_info")
    return str(event["event"]) if error is None else f"{event['event']}: {error!r}"


def _aftermath(world: World) -> list[str]:
    try:
        answer = world.baseline()
    except Missed as missed:
        return [f"afterwards {missed}"]
    return [] if answer.status == 202 else [f"an honest business then gets {answer.status} {answer.code}"]


__all__ = ["Bend", "Case", "case", "hurried", "replace", "run", "vectors"]
