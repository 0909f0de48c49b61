"""TR: intentions in rings. What has to be signed for is told to nobody else, what stays home to nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from protocol.canonical import canonicalise, digest_of
from protocol.rosters import find_entry
from protocol.strictjson import Document
from protocol.terms import Proffer, write_proffer
from protocol.times import render_time
from protocol.undertakings import SignedUndertaking, Undertaking, render_undertaking
from protocol.vocabulary import TERMS_ACTIVITY_CONTEXT
from protocol.withholding import IntentionField, read_fields
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.disclosure import read
from tests.attacks.parties import Party, Wanted, at, number
from tests.attacks.sites import Page, page, redirect
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_NAME: Final = "A trekking bike with a belt drive"  # told to who signs
_DETAILS: Final = "for the way over the Brenner"
_LIMIT: Final = "4242.42"  # told to nobody
_NOTES: Final = "would pay more for a dynamo"
_RINGS: Final = {
    "category": "mobility",
    "region": "AT-7",
    "budget": {"least": "1100.00", "most": "1313.13"},
}
_ROSTER: Final = "https://w3id.org/dpv/standards/ieee/7012#"
_FREEHOLD: Final = "https://w3id.org/freehold#"


def _wish(*audience: str, **changes: Any) -> Document:
    return {
        "name": _NAME,
        "content": _DETAILS,
        "limit_price": _LIMIT,
        "notes": _NOTES,
        "rings": _RINGS,
        "audience": [*audience],
    } | changes


def cast(world: World, *audience: Party, **changes: Any) -> Wanted:
    """Cast an intention in rings to parties that the node has heard."""
    for party in audience:
        world.must(world.baseline(party))
    wish = _wish(**changes)
    del wish["audience"]
    return world.cast(*(party.iri for party in audience), **wish)


def copy_for(world: World, party: Party, wanted: Wanted, type: str = "Create") -> Document:
    """Return the newest copy that a party was sent."""
    found: Document = world.received(party, type, wanted.iri)["object"]
    return found


def accept(
    world: World,
    party: Party,
    copy: Document,
    *,
    intention: str = "",
    fields: tuple[IntentionField, ...] | None = None,
) -> Document:
    """Write an undertaking of a party's on a copy, for all that this keeps back; not proved yet."""
    asked = find_entry("PDC-INTENT")
    assert asked is not None
    undertaking = Undertaking(
        iri=f"{party.origin}/undertakings/{number()}",
        intention=intention or copy["id"],
        customer=world.ada,
        business=party.iri,
        roster=asked,
        fields=read_fields(copy, "withheld") if fields is None else fields,
        key=party.ed25519_id,
        multibase=party.ed25519.public.multibase,
        salt="AAAAAAAAAAAAAAAAAAAAAA",
        published=world.now(),
    )
    signed = SignedUndertaking(undertaking, digest_of(copy))
    return render_undertaking(signed, iri=f"{party.origin}/activities/{number()}", published=world.now())


def is_told_little(copy: Document) -> None:
    """Demand that a copy is of ring 0."""
    text = canonicalise(copy).decode()
    expect(copy["name"] == "Vehicles and bicycles", "everybody is told of which kind it is")
    secrets = (_NAME, _DETAILS, "1313.13", "1100.00", _LIMIT, _NOTES)
    expect(not any(secret in text for secret in secrets), "and nothing that has to be signed for")


def signing(bend: Callable[[Document], Document]) -> Attack:
    """Sign for more of an intention, with one thing bent before that is proved."""

    def attack(world: World) -> Answer:
        wanted = cast(world, world.shop)
        document = accept(world, world.shop, copy_for(world, world.shop, wanted))
        world.settle()
        world.hold()
        return world.say(world.shop, bend(document))

    return attack


# --- TR-00: signed as it is to be ---------------------------------------------------------------------------


def signed(world: World) -> Answer:
    """Sign for more, and be told it."""
    wanted = cast(world, world.shop, world.rival)
    copy = copy_for(world, world.shop, wanted)
    is_told_little(copy)
    answer = world.must(world.say(world.shop, accept(world, world.shop, copy)))
    more = copy_for(world, world.shop, wanted, "Update")
    expect((more["name"], more["content"]) == (_NAME, _DETAILS), "who signs is told the rest")
    expect("withheld" not in more and more["salt"], "all of it, with its salt")
    world.settle()
    for hit in world.rival.site.posts(f"{world.rival.path}/inbox") if world.rival.site else ():
        if wanted.iri.encode() in hit.body:
            is_told_little(hit.document["object"])
    return answer


# --- TR-01, TR-02: by somebody else -------------------------------------------------------------------------


def by_another(world: World) -> Answer:
    """Sign for an intention that one was not told of, on what somebody else was sent."""
    wanted = cast(world, world.shop)
    world.must(world.baseline(world.rival))
    copy = copy_for(world, world.shop, wanted)
    world.settle()
    world.hold()
    known = world.say(world.rival, accept(world, world.rival, copy))
    nowhere = f"{wanted.iri.rpartition('_')[0]}_{'0' * 26}"
    unknown = world.say(world.rival, accept(world, world.rival, copy, intention=nowhere))
    expect(known.body == unknown.body, "it is answered like one that there is not")
    return known


def relayed(world: World) -> Answer:
    """Hand in what the shop has signed."""
    wanted = cast(world, world.shop, world.rival)
    copy = copy_for(world, world.shop, wanted)
    document = world.shop.prove(accept(world, world.shop, copy), now=world.now())
    world.settle()
    world.hold()
    return world.deliver(world.rival, document)


# --- TR-05, TR-06: on something else, or too late -----------------------------------------------------------


def on_another_copy(of: Callable[[World], Document]) -> Attack:
    """Sign for an intention on the digest of something else."""

    def attack(world: World) -> Answer:
        wanted, other = cast(world, world.shop, world.rival), of(world)
        document = accept(world, world.shop, copy_for(world, world.shop, wanted))
        world.settle()
        world.hold()
        return world.say(world.shop, {**document, "digestMultibase": digest_of(other)})

    return attack


def _of_another_intention(world: World) -> Document:
    return copy_for(world, world.shop, cast(world, world.shop))


def on_a_rivals_copy(world: World) -> Answer:
    """Sign for an intention on the digest of what a rival was told of it."""
    wanted = cast(world, world.shop, world.rival)
    document = accept(world, world.shop, copy_for(world, world.shop, wanted))
    theirs = digest_of(copy_for(world, world.rival, wanted))
    world.settle()
    world.hold()
    return world.say(world.shop, {**document, "digestMultibase": theirs})


def after(act: Callable[[World, Wanted], object], **changes: Any) -> Attack:
    """Sign for an intention to which something has happened meanwhile."""

    def attack(world: World) -> Answer:
        members = {name: value(world) for name, value in changes.items()}
        wanted = cast(world, world.shop, **members)
        document = accept(world, world.shop, copy_for(world, world.shop, wanted))
        world.settle()
        act(world, wanted)
        world.settle()
        world.hold()
        return world.say(world.shop, document)

    return attack


def _in_an_hour(world: World) -> str:
    return render_time(world.now() + timedelta(hours=1))


# --- TR-07: at its address ----------------------------------------------------------------------------------


def asked_for(world: World) -> Answer:
    """Ask for an intention before and after signing for it; so does everybody else."""
    wanted = cast(world, world.shop)
    copy = copy_for(world, world.shop, wanted)
    world.must(world.baseline(world.rival))
    _is_served(world, wanted, copy)
    world.must(world.say(world.shop, accept(world, world.shop, copy)))
    more = copy_for(world, world.shop, wanted, "Update")
    answer = _is_served(world, wanted, more)
    world.settle()
    world.hold()
    return answer


def _is_served(world: World, wanted: Wanted, copy: Document) -> Answer:
    answer = read(world, world.shop, wanted.iri)
    found = {name: value for name, value in answer.json.items() if name != "@context"}
    expect(canonicalise(found) == canonicalise(copy), "it is served as it was sent, byte for byte")
    for reader in (world.rival, None):
        expect(read(world, reader, wanted.iri).status == 404, "and for nobody else it is there")
    return answer


def by_the_blocked(world: World) -> Answer:
    """Ask for an intention that one has signed for, as somebody who is blocked by now."""
    peer = world.stranger()
    wanted = cast(world, peer)
    world.must(world.say(peer, accept(world, peer, copy_for(world, peer, wanted))))
    world.settle()
    world.asked("POST", "/peers/block", {"peer": peer.iri})
    world.settle()
    world.hold()
    return read(world, peer, wanted.iri)


# --- TR-08: what stays home ---------------------------------------------------------------------------------


def given_away(world: World) -> Answer:
    """Write the limit price into the title and the band; and look for it where it is not written."""
    world.must(world.baseline())
    careless = _wish(
        world.shop.iri,
        currency="EUR",
        name=f"A bike, at most {_LIMIT}",
        rings=_RINGS | {"budget": {"least": "1.00", "most": _LIMIT}},
    )
    said = world.asked("POST", "/intentions/preview", careless)["warnings"]
    expect(len(said) == 2, f"both are said before anything is sent: {said}")
    careful = world.asked("POST", "/intentions/preview", _wish(world.shop.iri, currency="EUR"))
    expect(careful["warnings"] == [], "and nothing where there is nothing to say")
    wanted = cast(world, world.shop)
    world.must(world.say(world.shop, accept(world, world.shop, copy_for(world, world.shop, wanted))))
    copy_for(world, world.shop, wanted, "Update")
    world.settle()
    world.hold()
    answer = read(world, world.shop, wanted.iri)
    told = [answer.raw, *(hit.body for site in world.sites for hit in site.posts())]
    secrets = (_LIMIT, _NOTES)
    expect(
        not any(secret.encode() in body for body in told for secret in secrets),
        "what stays home is in nothing that leaves",
    )
    return answer


# --- TR-09 and TR-10: what strangers cost, and what holds up an end -----------------------------------------


def by_a_crowd(world: World) -> Answer:
    """Sign for what is told among many as one actor of a server after another."""
    wanted = world.cast(**{name: value for name, value in _wish().items() if name != "audience"})

    def sign() -> Answer:
        peer = world.stranger()
        world.must(world.baseline(peer))
        found = read(world, peer, wanted.iri).json
        copy = {name: value for name, value in found.items() if name != "@context"}
        return world.say(peer, accept(world, peer, copy))

    for _ in range(int(world.limit["offers_per_intention_per_origin"])):
        world.must(sign())
    answer = sign()
    world.settle()
    world.hold()
    return answer


def to_the_end_of_time(world: World) -> Answer:
    """Tell what was signed for with a window to the end of time, and take it all back."""
    proffered, asked = find_entry("SD-BASE-DP"), find_entry("PDC-INTENT")
    assert proffered is not None
    shop, coarse = world.shop, f"{_FREEHOLD.removesuffix('#')}/categories#mobility"
    told = shop.intention(to=world.ada, now=world.now()) | {"resourceConformsTo": coarse}
    terms = {"terms": write_proffer(Proffer(shop.iri, proffered, asked))}
    part = {"withheld": [IntentionField.DESCRIPTION.value]}
    world.must(_tells(world, "Create", told | terms | part))
    received = world.owner("GET", "/intentions?own=false").json["items"]
    (row,) = (item for item in received if item["iri"] == told["id"])
    world.asked("POST", f"/intentions/{row['id']}/undertake")
    undertaking = world.received(shop, "Accept", told["id"])["result"]["id"]
    more = {"undertaking": undertaking, "updated": render_time(world.now() + timedelta(seconds=1))}
    window = {"availabilityEnds": "9999-12-31T00:00:00Z", "content": _DETAILS}
    world.must(_tells(world, "Update", told | terms | more | window))
    tombstone = {"id": told["id"], "type": "Tombstone", "formerType": "Proposal"}
    answer = world.deliver(shop, shop.activity("Delete", tombstone, world.ada))
    over = world.owner("GET", f"/intentions/{row['id']}").json
    expect(over["state"] == "withdrawn", "it is taken back")
    expect(over["content"] == "", "and what was signed for is forgotten")
    world.settle()
    world.hold()
    return answer


def _tells(world: World, type: str, told: Document) -> Answer:
    activity = world.shop.activity(type, told, world.ada)
    return world.deliver(world.shop, {**activity, "@context": TERMS_ACTIVITY_CONTEXT})


# --- TR-11 and TR-12: asked for at its address --------------------------------------------------------------


def answering(bend: Callable[[World, Document], Page]) -> Attack:
    """Tell many of an intention, and answer something else to who asks for it to sign for more."""

    def attack(world: World) -> Answer:
        shop = world.shop
        told = shop.intention(to=f"{shop.iri}/followers", now=world.now())
        world.must(world.deliver(shop, shop.activity("Create", told, world.ada)))
        received = world.owner("GET", "/intentions?own=false").json["items"]
        (row,) = (item for item in received if item["iri"] == told["id"])
        assert shop.site is not None
        shop.site.pages[told["id"].removeprefix(shop.site.origin)] = bend(world, told)
        world.settle()
        world.hold()
        answer = world.owner("POST", f"/intentions/{row['id']}/undertake")
        expect(world.since("posts") == 0, "nothing is signed")
        return answer

    return attack


def answered_as_many_are(world: World) -> Answer:
    """Tell who has signed, and asks for what was signed for, what many are told."""
    shop = world.shop
    told = shop.intention(to=world.ada, now=world.now())
    world.must(_tells(world, "Create", told | _for(world, told)))
    received = world.owner("GET", "/intentions?own=false").json["items"]
    (row,) = (item for item in received if item["iri"] == told["id"])
    world.asked("POST", f"/intentions/{row['id']}/undertake")
    assert shop.site is not None
    shop.site.pages[told["id"].removeprefix(shop.site.origin)] = page(
        told | {"to": [f"{shop.iri}/followers"], "name": "Something"}
    )
    world.settle()
    world.hold()
    answer = world.owner("POST", f"/intentions/{row['id']}/undertake")
    expect(answer.json.get("withheld") == ["description"], "our copy is what it was")
    expect(answer.json.get("signed", {}).get("state") == "signed", "and nothing was told for it")
    return answer


def asking_for_more(world: World) -> Answer:
    """Answer who wants to sign with a copy that asks for another agreement than is signed for wishes."""
    other = find_entry("SD-BASE-DP")
    assert other is not None
    terms = write_proffer(Proffer(world.shop.iri, other, other))
    refused = answering(lambda world, told: page(_for(world, told, terms=terms)))(world)
    expect((refused.status, refused.json.get("code")) == (409, "unlike-shown"), "it is shown first")
    known = world.owner("GET", "/intentions?own=false").json["items"]
    (row,) = (one for one in known if one["asks"] == other.name)
    answer = world.owner("GET", f"/intentions/{row['id']}")
    expect(answer.json["asks"] == other.name and answer.json["signed"] is None, "and was not signed")
    return answer


def _for(world: World, told: Document, **changes: Any) -> Document:
    """Return a copy for the node's owner, on which more can be signed for."""
    proffered, asked = find_entry("SD-BASE-DP"), find_entry("PDC-INTENT")
    assert proffered is not None
    terms = {"terms": write_proffer(Proffer(world.shop.iri, proffered, asked))}
    part = {"withheld": [IntentionField.DESCRIPTION.value], "to": [world.ada]}
    return {"@context": TERMS_ACTIVITY_CONTEXT, **told, **terms, **part, **changes}


CASES: Final[tuple[Case, ...]] = (
    case("TR-00", "signed as it is to be", signed, 202, fetches=1),
    case("TR-01", "for what one was not told of", by_another, 409, "unknown-intention"),
    case("TR-02", "what another has signed", relayed, 401),
    *vectors(
        "TR-03",
        {
            "another agreement": signing(
                lambda document: at(
                    document,
                    "result",
                    "roster",
                    put={
                        "id": f"{_ROSTER}SD-BASE",
                        "type": "RosterEntry",
                        "digestMultibase": getattr(find_entry("SD-BASE"), "digest", ""),
                    },
                )
            ),
            "another edition": signing(
                lambda document: at(document, "result", "roster", "digestMultibase", put="zQmAnother")
            ),
        },
        422,
        "roster-mismatch",
    ),
    case(
        "TR-04",
        "for fewer parts",
        signing(lambda document: at(document, "result", "fields", put=[IntentionField.BUDGET.value])),
        422,
        "fields-missing",
    ),
    case(
        "TR-04",
        "for what is told to nobody",
        signing(lambda document: at(document, "result", "fields", put=[f"{_FREEHOLD}limitPrice"])),
        422,
        "unknown-field",
    ),
    case(
        "TR-05", "on another intention's copy", on_another_copy(_of_another_intention), 409, "digest-mismatch"
    ),
    case("TR-05", "on a rival's copy", on_a_rivals_copy, 409, "digest-mismatch"),
    case(
        "TR-06",
        "when it was withdrawn",
        after(lambda world, wanted: world.asked("POST", f"/intentions/{wanted.id}/withdraw")),
        409,
        "intention-closed",
    ),
    case(
        "TR-06",
        "after its deadline",
        after(lambda world, _: world.advance(hours=2), deadline=_in_an_hour),
        409,
        "intention-closed",
    ),
    case(
        "TR-06",
        "when it was changed and asks for the same",
        after(
            lambda world, wanted: world.asked(
                "PATCH", f"/intentions/{wanted.id}", {"notes": "", "quantity": "2"}
            )
        ),
        202,
    ),
    case("TR-07", "before and after", asked_for, 200),
    case("TR-07", "by who is blocked", by_the_blocked, 401, fetches=1),
    case("TR-08", "a limit in the title", given_away, 200),
    case(
        "TR-09",
        "one more of a server than may make offers",
        by_a_crowd,
        409,
        "too-many-undertakings",
        node="choosy",
    ),
    case("TR-10", "told to the end of time, and taken back", to_the_end_of_time, 202),
    *vectors(
        "TR-11",
        {
            "another intention": answering(
                lambda world, told: page(
                    _for(world, told, id=f"{told['id']}0", published="2026-01-01T00:00:00Z")
                )
            ),
            "no intention": answering(lambda world, told: page(_for(world, told, type="Note"))),
        },
        502,
        "wrong-object",
        fetches=1,
    ),
    case(
        "TR-11",
        "another's intention",
        answering(lambda world, told: page(_for(world, told, attributedTo=world.rival.iri))),
        502,
        "wrong-author",
        fetches=1,
    ),
    case(
        "TR-11",
        "a copy for somebody else",
        answering(lambda world, told: page(_for(world, told, to=[world.rival.iri]))),
        502,
        "not-addressed",
        fetches=1,
    ),
    case(
        "TR-11",
        "the way into a private network",
        answering(lambda world, told: redirect("http://10.0.0.1/intentions/int_1")),
        502,
        "redirect-refused",
        fetches=1,
    ),
    case("TR-12", "what many are told", answered_as_many_are, 200, fetches=1),
    case("TR-13", "of a wish that was told to many", asking_for_more, 200, fetches=1),
)
