"""TG: grants. What was given to one business is read by that one, as often and as long as was given."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any, Final

from protocol.canonical import digest_of
from protocol.grants import Grant, render_giving
from protocol.policy_reading import read_policy
from protocol.strictjson import Document
from protocol.times import render_time
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.data_terms import asking, opened
from tests.attacks.disclosure import beside
from tests.attacks.disclosure import read as read_at
from tests.attacks.parties import Event, Party, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_EMAIL: Final = "http://schema.org/email"
_NAME: Final = "http://schema.org/name"
_DPV: Final = "https://w3id.org/dpv#"
_VALUE: Final = "reads@ada.example"
_AT_ONCE: Final = 50
_WANTED: Final = {"fields": ["email"], "purpose": "PaymentManagement"}


def _policy() -> Document:
    """Write a policy by which two fields may be read, kept and used."""
    done = [f"{_DPV}{action}" for action in ("Collect", "Store", "Use")]
    return at(asking(_EMAIL, _NAME), "permission", 0, "processing", put=done)


def _agreed(world: World, party: Party) -> Document:
    """Have the owner and a party agree on terms by which it may read; return the agreement."""
    offer, _ = opened(world, party, _policy())
    agreement: Document = agreement_for(world, party, offer)["result"]
    countersign = party.answer(Event.COUNTERSIGN, agreement, now=world.now(), negotiation=offer["context"])
    world.must(world.say(party, countersign))
    world.settle()
    return agreement


def given(world: World, party: Party, **more: Any) -> Document:
    """Have the owner give a party something to read; return the grant as the owner sees it."""
    world.asked("PUT", "/profile", {"name": "Ada", "email": _VALUE})
    agreement = _agreed(world, party)
    found = world.asked("GET", "/agreements?limit=5")["items"]
    (id,) = (item["id"] for item in found if item["iri"] == agreement["id"])
    grant: Document = world.asked("POST", "/grants", {"agreement": id, **_WANTED, **more})
    world.received(party, "Create", grant["iri"])
    world.settle()
    return grant


_turns = count()


def read(world: World, reader: Party | None, iri: str, **headers: str) -> Answer:
    """Read at an address; each time as if in another second, so that no signature is that of another."""
    if reader is None:
        return read_at(world, None, iri, **headers)
    path, made = iri.removeprefix(world.node.origin), world.now() - timedelta(seconds=next(_turns) % 120)
    return world.throw(world.shot(reader, b"", path=path, method="GET", now=made).having(**headers))


def _codes(world: World, grant: Document) -> list[str]:
    """Return what the owner is told of readings of a grant, the newest first."""
    items = world.asked("GET", f"/accesses?grant={grant['id']}&limit=100")["items"]
    return [item["code"] for item in items]


def _is_told(answer: Answer) -> bool:
    facts = answer.json.get("additionalProperty", []) if answer.status == 200 else []
    return [fact["value"] for fact in facts] == [_VALUE]


def _is_nothing(world: World, answer: Answer) -> Answer:
    """Demand the one answer of this node for what is not there."""
    expect(answer.status == 404, f"it is answered {answer.status}")
    expect(answer.body == world.get("/no/such/thing").body, "with the bytes of what is not there")
    return answer


# --- TG-00, TG-01: by whom ----------------------------------------------------------------------------------


def as_it_is_given(world: World) -> Answer:
    """Read what was given."""
    party = world.stranger()
    grant = given(world, party)
    world.hold()
    answer = read(world, party, f"{grant['iri']}/data")
    expect(_is_told(answer), "it is told")
    expect("proof" not in answer.json, "and nothing to show around")
    expect(read(world, party, grant["iri"]).status == 200, "the grant is there for whom it was given to")
    return answer


def reading_as(who: Callable[[World, Party], Party | None]) -> Attack:
    """Read what was given to somebody else."""

    def attack(world: World) -> Answer:
        party = world.stranger()
        grant = given(world, party)
        reader = who(world, party)
        if reader is not None:
            world.must(world.baseline(reader))
        world.settle()
        world.hold()
        answer = read(world, reader, f"{grant['iri']}/data")
        if reader is not None:
            _is_nothing(world, answer)
            expect(_codes(world, grant) == ["not-theirs"], "the owner is told")
            expect(read(world, reader, grant["iri"]).status == 404, "and the grant is not there either")
        return answer

    return attack


def of_somebody_else(world: World) -> Answer:
    """Read, as a business with a grant of its own, what another was given, and what is not there."""
    party, other = world.stranger(), world.stranger()
    grant, theirs = given(world, party), given(world, other)
    world.hold()
    _is_nothing(world, read(world, party, f"{beside(grant['iri'])}/data"))
    answer = _is_nothing(world, read(world, party, f"{theirs['iri']}/data"))
    expect(_is_told(read(world, party, f"{grant['iri']}/data")), "its own is told")
    return answer


def replayed(world: World) -> Answer:
    """Send a reading once more as it was."""
    party = world.stranger()
    grant = given(world, party)
    path = f"{grant['iri']}/data".removeprefix(world.node.origin)
    asked = world.shot(party, b"", path=path, method="GET")
    world.must(world.throw(asked), 200)
    world.hold()
    return world.throw(asked)


# --- TG-02, TG-03: how often, and until when ----------------------------------------------------------------


def once_too_often(world: World) -> Answer:
    """Read for the last time that may be, fifty times at once."""
    party = world.stranger()
    grant = given(world, party, uses=2)
    address = f"{grant['iri']}/data"
    world.must(read(world, party, address), 200)
    world.hold()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [address if turn % 2 else f"{address}/email" for turn in range(_AT_ONCE)]
        answers = list(pool.map(lambda iri: read(world, party, iri), asked))
    # The same as was asked just before is the same answer, until there is no more.
    fresh = {answer.body for answer in answers if answer.status == 200 and answer.json["serial"] == 2}
    expect(len(fresh) == 1, f"exactly one more is told, not {len(fresh)}")
    shown = world.asked("GET", f"/grants/{grant['id']}")
    expect((shown["read"], shown["state"]) == (2, "exhausted"), "it was read as often as may be")
    # At another address: the same one signed again within the second is a replay.
    return _is_nothing(world, read(world, party, f"{address}/name"))


def at_the_end(world: World) -> Answer:
    """Read at the second at which it is over."""
    party = world.stranger()
    end = (world.now() + timedelta(hours=1)).replace(microsecond=0)
    grant = given(world, party, until=render_time(end))
    expect(_is_told(read(world, party, f"{grant['iri']}/data")), "until then it is told")
    world.advance(seconds=(end - world.now()).total_seconds())
    world.hold()
    return _is_nothing(world, read(world, party, f"{grant['iri']}/data"))


def taken_back_meanwhile(world: World) -> Answer:
    """Read again and again while it is taken back."""
    party = world.stranger()
    grant = given(world, party)
    address = f"{grant['iri']}/data"
    world.hold()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reads = [pool.submit(read, world, party, address) for _ in range(_AT_ONCE)]
        revoked = pool.submit(world.asked, "POST", f"/grants/{grant['id']}/revoke")
        later = [pool.submit(read, world, party, f"{address}/email") for _ in range(_AT_ONCE // 2)]
        revoked.result()
        for each in (*reads, *later):
            each.result()
    kinds = [kind for (kind,) in world.rows(
        "SELECT kind FROM journal WHERE subject = ? OR json_extract(decision, '$.grant') = ? ORDER BY entry",
        grant["iri"], grant["iri"],
    )]  # fmt: skip
    expect("access.answered" not in kinds[kinds.index("grant.revoked") :], "nothing is told after it")
    told = sum(each.result().status == 200 for each in (*reads, *later))
    expect(kinds.count("access.answered") == told, "and each that was told is on record")
    answer = _is_nothing(world, read(world, party, f"{address}/name"))
    world.settle()
    return answer


# --- TG-04, TG-05: of what, and how -------------------------------------------------------------------------


def of_a_field(name: str, code: str) -> Attack:
    """Read a field that was not given."""

    def attack(world: World) -> Answer:
        party = world.stranger()
        grant = given(world, party)
        world.hold()
        answer = _is_nothing(world, read(world, party, f"{grant['iri']}/data/{name}"))
        expect(_codes(world, grant) == [code], f"the owner is told: {_codes(world, grant)}")
        return answer

    return attack


def by_another_way(world: World) -> Answer:
    """Read through a path that leads elsewhere."""
    party = world.stranger()
    grant = given(world, party)
    world.hold()
    path = f"{grant['iri']}/data/../data".removeprefix(world.node.origin)
    return _is_nothing(world, world.throw(world.shot(party, b"", path=path, method="GET")))


def under_a_condition(world: World) -> Answer:
    """Read under conditions, in part, and the head alone: none is another answer, and they count once."""
    party = world.stranger()
    grant = given(world, party)
    address = f"{grant['iri']}/data"
    plain = read(world, party, address)
    for headers in ({"If_None_Match": "*"}, {"Range": "bytes=0-0"}, {"If_None_Match": '"1"'}):
        asked = read(world, party, address, **headers)
        expect((asked.status, asked.body) == (200, plain.body), f"{headers} change nothing")
        expect(asked.header("Cache-Control") == "private, no-store", "nothing keeps it")
        expect(not asked.header("ETag") and not asked.header("Last-Modified"), "nor tells its version")
    path = address.removeprefix(world.node.origin)
    head = world.shot(party, b"", path=path, method="HEAD").also(("Connection", "close"))
    expect(world.throw(head, to_end=True).status == 200, "a head is answered like the whole")
    expect(world.asked("GET", f"/grants/{grant['id']}")["read"] == 1, "all of that is one reading")
    world.hold()
    answer = read(world, party, f"{address}?fields=name")
    expect(_codes(world, grant)[0] == "query", "the owner is told")
    return _is_nothing(world, answer)


# --- TG-06, TG-07: given by others, and too much ------------------------------------------------------------


def _bought(world: World, party: Party) -> Document:
    """Have a party, as the customer, agree with the node on terms by which the node may read."""
    proposal = party.intention(to=world.ada, now=world.now(), name=f"bike {number()}")
    world.must(world.deliver(party, party.activity("Create", proposal, world.ada)))
    listed = world.asked("GET", "/intentions?own=false&limit=3")["items"]
    [known] = [item["id"] for item in listed if item["iri"] == proposal["id"]]
    price = [{"kind": "oneOff", "amount": "90.00", "currency": "EUR", "label": "bike"}]
    stated = {"policy": _policy(), "roster": "SD-BASE"}
    world.asked("POST", "/offers", {"intention": known, "terms": {"price": price, "terms": stated}})
    offer = world.received(party, "Offer", proposal["id"])
    accept = party.prove(accepted_by(world, party, offer), now=world.now())
    world.must(world.deliver(party, accept))
    world.received(party, "Accept", accept["result"]["id"])
    world.settle()
    agreement: Document = accept["result"]
    return agreement


def _grant(world: World, party: Party, agreement: Document, policy: Document, **changes: Any) -> Document:
    """Write a grant by a party under an agreement; not proved yet."""
    customer = agreement["terms"]["firstParty"]
    grant = Grant(
        iri=f"{party.origin}/grants/{number()}",
        customer=customer,
        business=agreement["terms"]["secondParty"],
        agreement=agreement["id"],
        agreement_digest=digest_of(agreement),
        permissions=read_policy(policy).permissions,
        salt="AAAAAAAAAAAAAAAAAAAAAA",
        published=world.now(),
    )
    document = render_giving(grant, iri=f"{party.origin}/activities/{number()}", published=world.now())
    object = document["object"] | changes
    return document | {"actor": party.iri, "to": [world.ada], "object": object}


def got(world: World) -> Answer:
    """Give the node something to read, as a customer of its owner's."""
    party = world.stranger()
    agreement = _bought(world, party)
    document = _grant(world, party, agreement, _policy())
    world.hold()
    answer = world.say(party, document)
    entries = world.asked("GET", "/ledger?limit=5")["items"]
    iris = [entry["grant"]["iri"] for entry in entries]
    expect(document["object"]["id"] in iris, "it is in the ledger")
    return answer


def giving(who: Callable[[World, Party], Party], **changes: Any) -> Attack:
    """Give what is not one's to give."""

    def attack(world: World) -> Answer:
        party = world.stranger()
        agreement = _bought(world, party)
        giver = who(world, party)
        document = _grant(world, giver, agreement, _policy())
        object = document["object"] | {"assigner": giver.iri, "attributedTo": giver.iri}
        world.must(world.baseline(giver))
        world.settle()
        world.hold()
        return world.say(giver, document | {"object": object | changes})

    return attack


def by_the_business(world: World) -> Answer:
    """Give oneself, as a business, what one may read."""
    party = world.stranger()
    agreement = _agreed(world, party)
    document = _grant(world, party, agreement, _policy())
    object = document["object"] | {"assigner": party.iri, "attributedTo": party.iri}
    world.hold()
    return world.say(party, document | {"object": object})


def under_what_is_no_more(world: World) -> Answer:
    """Give under an agreement in whose place is another."""
    party = world.stranger()
    agreement = _bought(world, party)
    _replace(world, party, agreement)
    document = _grant(world, party, agreement, _policy())
    world.hold()
    return world.say(party, document)


def _replace(world: World, party: Party, agreement: Document) -> None:
    """Have the owner propose a lower price, and both agree on that."""
    found = world.asked("GET", "/agreements?limit=5")["items"]
    (id,) = (item["id"] for item in found if item["iri"] == agreement["id"])
    price = [{"kind": "oneOff", "amount": "80.00", "currency": "EUR", "label": "bike"}]
    world.asked("POST", f"/agreements/{id}/amend", {"terms": {"price": price}})
    offer = world.received(party, "Offer", agreement["id"])
    accept = party.prove(accepted_by(world, party, offer, supersedes=agreement["id"]), now=world.now())
    world.must(world.deliver(party, accept))
    world.received(party, "Accept", accept["result"]["id"])
    world.settle()


def wider(bend: Callable[[Document], Document]) -> Attack:
    """Give more than the agreement permits."""

    def attack(world: World) -> Answer:
        party = world.stranger()
        agreement = _bought(world, party)
        document = _grant(world, party, agreement, bend(_policy()))
        world.settle()
        world.hold()
        return world.say(party, document)

    return attack


def sent_wider(world: World) -> Answer:
    """Have the owner give more than was agreed on."""
    party = world.stranger()
    agreement = _agreed(world, party)
    found = world.asked("GET", "/agreements?limit=5")["items"]
    (id,) = (item["id"] for item in found if item["iri"] == agreement["id"])
    world.hold()
    return world.owner("POST", "/grants", {"agreement": id, **_WANTED, "fields": ["email", "birthDate"]})


def _named(operand: str, bound: Any) -> Callable[[Document], Document]:
    def bend(policy: Document) -> Document:
        kept = [
            each
            for each in policy["permission"][0]["constraint"]
            if not each["leftOperand"].endswith(operand)
        ]
        operator = {"elapsedTime": "lteq", "purpose": "isAnyOf"}[operand]
        odrl = "http://www.w3.org/ns/odrl/2/"
        stated = {
            "type": "Constraint",
            "leftOperand": f"{odrl}{operand}",
            "operator": f"{odrl}{operator}",
            "rightOperand": bound,
        }
        return at(policy, "permission", 0, "constraint", put=[*kept, stated])

    return bend


CASES: Final[tuple[Case, ...]] = (
    case("TG-00", "as it was given", as_it_is_given, 200, fetches=1),
    case("TG-00", "given to the node", got, 202, fetches=1),
    *vectors(
        "TG-01",
        {
            "by a rival": reading_as(lambda world, _: world.rival),
            "by a neighbour": reading_as(lambda world, party: world.neighbour(party)),
        },
        404,
        still=False,
    ),
    case("TG-01", "another's, by one with a grant of its own", of_somebody_else, 404, still=False, fetches=2),
    case("TG-01", "unsigned", reading_as(lambda _, __: None), 401, fetches=0),
    case("TG-01", "once more as it was", replayed, 401, "replay"),
    case("TG-02", "fifty at once for the last that may be", once_too_often, 404, still=False, quick=False),
    case("TG-02", "at the second of the end", at_the_end, 404, still=False, node="travelling"),
    case("TG-03", "while it is taken back", taken_back_meanwhile, 404, still=False, quick=False),
    *(
        case("TG-04", name, of_a_field(name, code), 404, still=False)
        for name, code in (
            ("birthDate", "field-not-granted"),
            ("name", "field-not-granted"),
            ("nosuch", "unknown-field"),
            ("EMAIL", "unknown-field"),
        )
    ),
    case("TG-04", "by another way", by_another_way, 404),
    case("TG-05", "conditions, parts, heads and a query", under_a_condition, 404, still=False),
    case("TG-06", "by the business for itself", by_the_business, 422, "not-the-first-party"),
    case(
        "TG-06",
        "by another actor of the customer's server",
        giving(lambda world, party: world.neighbour(party)),
        422,
        "not-the-first-party",
    ),
    case(
        "TG-06", "under what another took the place of", under_what_is_no_more, 409, "agreement-not-concluded"
    ),
    *vectors(
        "TG-07",
        {
            "a field": wider(
                lambda policy: at(
                    policy, "permission", 0, "fields", put=[_EMAIL, "http://schema.org/birthDate"]
                )
            ),
            "a day": wider(_named("elapsedTime", "P21D")),
            "a use": wider(
                lambda policy: at(
                    policy,
                    "permission",
                    0,
                    "processing",
                    put=[f"{_DPV}{each}" for each in ("Collect", "Store", "Use", "Profiling")],
                )
            ),
            "a purpose": wider(_named("purpose", [{"id": f"{_DPV}Marketing"}])),
        },
        422,
        "wider-than-agreement",
    ),
    case("TG-07", "by its owner", sent_wider, 422, "wider-than-agreement"),
    case(
        "AC-02", "a field that was not given", of_a_field("birthDate", "field-not-granted"), 404, still=False
    ),
)
