"""TP: terms about data that ask for more than was said in public, asked for, agreed on or said in words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from node.core.data_terms import address, read_stated
from protocol.offers import Draft, change, read_draft
from protocol.strictjson import Document
from protocol.vocabulary import ACCEPTS_CONTEXT
from tests.attacks.agreement import agreement_for
from tests.attacks.agreements import meeting, with_price
from tests.attacks.binding import in_state
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.parties import MARK, Event, Party, Wanted, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_DPV: Final = "https://w3id.org/dpv#"
_ODRL: Final = "http://www.w3.org/ns/odrl/2/"
_EMAIL: Final = "http://schema.org/email"
_NAME: Final = "http://schema.org/name"
_ROSTER: Final = "https://w3id.org/dpv/standards/ieee/7012#"
_LOWER: Final = {"price": [{"kind": "oneOff", "amount": "2000.00", "currency": "EUR", "label": MARK}]}


def _constraint(operand: str, operator: str, bound: Any) -> Document:
    return {
        "type": "Constraint",
        "leftOperand": f"{_ODRL}{operand}",
        "operator": f"{_ODRL}{operator}",
        "rightOperand": bound,
    }


def _duty(kind: str, days: int) -> Document:
    bound = [_constraint("elapsedTime", "lteq", f"P{days}D")]
    return {"type": "Duty", "processing": [f"{_ODRL}{kind}"], "constraint": bound}


def asking(
    *fields: str,
    action: str = "Store",
    days: int = 20,
    duties: Sequence[str] = ("delete", "inform"),
    within: int = 30,
) -> Document:
    """Write a policy that does one thing with these fields, for the payment, for so many days.

    It is reported on within some days, and deleted within thirty.
    """
    why = _constraint("purpose", "isAnyOf", [{"id": f"{_DPV}PaymentManagement"}])
    return {
        "type": "Set",
        "policyProfile": "https://w3id.org/freehold/policy/1",
        "permission": [
            {
                "type": "Permission",
                "processing": [f"{_DPV}{action}"],
                "fields": [*fields],
                "constraint": [why, _constraint("elapsedTime", "lteq", f"P{days}D")],
            }
        ],
        "obligation": [_duty(kind, within if kind == "inform" else 30) for kind in duties],
    }


_MODEST: Final = asking(_EMAIL)
_NO_CONDITIONS: Final[Document] = {}


def stating(
    world: World,
    party: Party,
    draft: Draft,
    policy: Document,
    roster: str | None = "SD-BASE",
    conditions: Document = _NO_CONDITIONS,
) -> Draft:
    """Return terms with these about data, between the customer and a party."""
    said = {"policy": policy, "conditions": conditions, **({} if roster is None else {"roster": roster})}
    stated = read_stated(said, currency=draft.currency)
    kept = change(draft, {"terms": None})
    return address(change(kept, {"terms": stated}), (world.ada, party.iri))


def opened(
    world: World,
    party: Party,
    policy: Document = _MODEST,
    roster: str = "SD-BASE",
    conditions: Document = _NO_CONDITIONS,
) -> tuple[Document, Wanted]:
    """Bring an offer with terms about data to the node, which takes it."""
    wanted = world.cast()
    draft = stating(world, party, party.draft(wanted), policy, roster, conditions)
    return world.opened(party, wanted, draft=draft), wanted


def countered(world: World, party: Party, offer: Document) -> Document:
    """Have the owner ask for a lower price, and whatever meets that be accepted; return the counter."""
    id = world.seen(offer)["id"]
    world.asked("POST", f"/offers/{id}/counter", {"terms": _LOWER, "on_met": "accept"})
    return world.received(party, "Reject", offer["id"])


def flagged(world: World, offer: Document) -> set[str]:
    """Return the codes of what the owner is told to be odd about an offer, but for notes."""
    return {flag["code"] for flag in world.seen(offer)["flags"] if flag["severity"] != "note"}


def waits(world: World, offer: Document, *flags: str) -> None:
    """Demand that an offer waits for a person, who is told why."""
    world.settle()
    shown = world.seen(offer)
    expect(shown["agreement"] is None and shown["state"] == "offered", "it waits for a person")
    expect(flagged(world, offer) >= {*flags}, f"the owner is told why: {sorted(flagged(world, offer))}")


# --- TP-00, TP-14: what was said in public ------------------------------------------------------------------


def modest(world: World) -> Answer:
    """Offer terms about data that raise nothing."""
    wanted = world.cast()
    draft = stating(world, world.shop, world.shop.draft(wanted), _MODEST)
    offer = world.offer(world.shop, wanted, draft=draft)
    answer = world.deliver(world.shop, offer)
    expect(flagged(world, offer) == set(), "nothing is odd about them")
    return answer


def accepting(world: World, *names: str) -> Party:
    """Return a business that says in public that it accepts these entries of the roster."""
    party = Party(world.shop.origin, f"modest{number()}", world.shop.site, "neighbour")
    document = party.document
    said = {
        "@context": [*document["@context"], ACCEPTS_CONTEXT],
        "accepts": [_ROSTER + name for name in names],
    }
    return party.publish({**document, **said})


def beyond_what_it_says(world: World) -> Answer:
    """Ask for more than is said in public, and meet a counter that leaves it so."""
    business = accepting(world, "SD-BASE")
    offer, _ = opened(world, business, asking(_EMAIL, action="Profiling"), "SD-BASE-ATP")
    expect(flagged(world, offer) >= {"beyond-published", "beyond-maximum"}, "it is shown as what it is")
    counter = countered(world, business, offer)
    answer = world.must(world.say(business, _meeting(world, business, offer, counter)))
    waits(world, offer, "beyond-published", "beyond-maximum")
    return answer


def _meeting(
    world: World, party: Party, begun: Document, counter: Document, draft: Draft | None = None
) -> Document:
    return party.answer(
        Event.REOFFER,
        counter,
        now=world.now(),
        to=(world.ada,),
        negotiation=begun["context"],
        draft=draft or read_draft(counter["result"]),
    )


# --- TP-15: what was asked for ------------------------------------------------------------------------------


def met_by(policy: Document, *flags: str, roster: str | None = "SD-BASE") -> Attack:
    """Answer a counter by what it asks for, but for the policy; with flags it waits, else it is accepted."""

    def attack(world: World) -> Answer:
        offer, _ = opened(world, world.shop)
        counter = countered(world, world.shop, offer)
        draft = stating(world, world.shop, read_draft(counter["result"]), policy, roster)
        answer = world.must(world.say(world.shop, meeting(world, offer, counter, draft=draft)))
        if flags:
            waits(world, offer, *flags)
        else:
            in_state(world, offer, "accepted")
            world.settle()
        return answer

    return attack


def worse_by(conditions: Document | None, *flags: str) -> Attack:
    """Answer a counter by what it asks for, but for a condition, or without terms about data: it waits."""

    def attack(world: World) -> Answer:
        offer, _ = opened(world, world.shop)
        counter = countered(world, world.shop, offer)
        wanted = read_draft(counter["result"])
        if conditions is None:
            draft = change(wanted, {"terms": None})
        else:
            draft = stating(world, world.shop, wanted, _MODEST, conditions=conditions)
        answer = world.must(world.say(world.shop, meeting(world, offer, counter, draft=draft)))
        waits(world, offer, *flags)
        return answer

    return attack


def asked_twice(world: World) -> Answer:
    """Answer a counter by an offer that asks for more, and that one by the same again."""
    offer, _ = opened(world, world.shop)
    counter = countered(world, world.shop, offer)
    wider = stating(world, world.shop, read_draft(counter["result"]), asking(_EMAIL, _NAME))
    first = world.shop.prove(meeting(world, offer, counter, draft=wider), now=world.now())
    world.must(world.deliver(world.shop, first))
    waits(world, offer, "terms-widened")
    answer = world.must(world.say(world.shop, meeting(world, offer, first, draft=wider)))
    waits(world, offer, "terms-widened")
    return answer


# --- TP-17: what was agreed on ------------------------------------------------------------------------------


def agreed(world: World, conditions: Document = _NO_CONDITIONS) -> tuple[Document, Document]:
    """Have the owner and the shop agree on modest terms; return the offer and the agreement."""
    offer, _ = opened(world, world.shop, conditions=conditions)
    agreement = agreement_for(world, world.shop, offer)["result"]
    countersign = world.shop.answer(
        Event.COUNTERSIGN, agreement, now=world.now(), negotiation=offer["context"]
    )
    world.must(world.say(world.shop, countersign))
    world.settle()
    return offer, agreement


def _changing(world: World, agreement: Document, draft: Draft) -> Document:
    """Write the shop's offer to change an agreement."""
    return world.shop.answer(
        Event.REOFFER,
        agreement,
        now=world.now(),
        to=(world.ada,),
        draft=draft,
        negotiation=f"{world.shop.origin}/negotiations/{number()}",
    )


def amended(world: World) -> Answer:
    """Offer a change that costs less and asks for more, and meet a counter to it."""
    offer, agreement = agreed(world)
    wider = stating(world, world.shop, read_draft(offer["object"]), asking(_EMAIL, _NAME))
    document = _changing(world, agreement, with_price(wider, "2100.00"))
    amendment = world.shop.prove(document, now=world.now())
    world.must(world.deliver(world.shop, amendment))
    changed = {one["term"] for one in world.seen(amendment)["changes"]}
    expect(changed >= {"terms", "price"}, f"what it would change is shown: {sorted(changed)}")
    counter = countered(world, world.shop, amendment)
    answer = world.must(world.say(world.shop, meeting(world, amendment, counter)))
    waits(world, amendment, "terms-widened")
    return answer


# --- TP-18: what was shown ----------------------------------------------------------------------------------


def texted(member: str, value: str) -> Attack:
    """Offer modest terms, of whose first plain text something else is stated."""

    def attack(world: World) -> Answer:
        wanted = world.cast()
        draft = stating(world, world.shop, world.shop.draft(wanted), _MODEST)
        document = world.shop.offer(wanted, now=world.now(), draft=draft)
        world.hold()
        bent = at(document, "object", "terms", "plainText", 0, member, put=value)
        return world.say(world.shop, bent)

    return attack


def of_another_edition(world: World) -> Answer:
    """State a text of an edition that nobody knows: it is taken, and told."""
    wanted = world.cast()
    draft = stating(world, world.shop, world.shop.draft(wanted), _MODEST)
    document = world.shop.offer(wanted, now=world.now(), draft=draft)
    bent = at(document, "object", "terms", "plainText", 0, "edition", put="99")
    answer = world.must(world.say(world.shop, bent))
    codes = {flag["code"] for flag in world.seen(document)["flags"]}
    expect("text-unverified" in codes, "the owner is told that nobody has checked the text")
    return answer


def of_no_known_edition(world: World) -> Answer:
    """State texts that nobody here can make: there is nothing to read of what would be signed."""
    wanted = world.cast()
    draft = stating(world, world.shop, world.shop.draft(wanted), _MODEST)
    document = world.shop.offer(wanted, now=world.now(), draft=draft)
    world.hold()
    texts = [text | {"edition": "99"} for text in document["object"]["terms"]["plainText"]]
    return world.say(world.shop, at(document, "object", "terms", "plainText", put=texts))


# --- TP-21, TP-22: what no sentence says --------------------------------------------------------------------


def stating_idly(**conditions: str) -> Attack:
    """State a condition that has no effect beside the others, and so no sentence."""

    def attack(world: World) -> Answer:
        wanted = world.cast()
        draft = stating(world, world.shop, world.shop.draft(wanted), _MODEST)
        document = world.shop.offer(wanted, now=world.now(), draft=draft)
        world.hold()
        stated = {"type": "Conditions", **conditions}
        return world.say(world.shop, at(document, "object", "terms", "conditions", put=stated))

    return attack


def in_another_currency(world: World) -> Answer:
    """Offer a change of the currency alone: the fee for leaving would be as many dollars as it was euros."""
    conditions = {"cancellationFee": "99.00"}
    offer, agreement = agreed(world, conditions)
    before = read_draft(offer["object"])
    dollars = change(before, {"price": tuple(replace(line, currency="USD") for line in before.price)})
    draft = stating(world, world.shop, dollars, _MODEST, conditions=conditions)
    world.hold()
    return world.say(world.shop, _changing(world, agreement, draft))


CASES: Final[tuple[Case, ...]] = (
    case("TP-00", "modest terms", modest, 202),
    case("TP-14", "profiling, by who says SD-BASE", beyond_what_it_says, 202, fetches=5),
    *vectors(
        "TP-15",
        {
            "a field more": met_by(asking(_EMAIL, _NAME), "terms-widened"),
            "a day more": met_by(asking(_EMAIL, days=21), "terms-widened"),
            "a duty less": met_by(
                asking(_EMAIL, duties=["delete"]), "no-roster", "terms-widened", roster=None
            ),
            "reports less often": met_by(asking(_EMAIL, within=60), "terms-widened"),
            "a day less": met_by(asking(_EMAIL, days=19)),
            "less time to withdraw": worse_by({"withdrawalPeriod": "P3D"}, "terms-widened"),
            "a fee for leaving": worse_by({"cancellationFee": "9.00"}, "terms-widened"),
            "nothing about data": worse_by(None, "terms-widened"),
            "a field more, twice": asked_twice,
        },
        202,
    ),
    case("TP-17", "a lower price, and a field more", amended, 202),
    case(
        "TP-18",
        "the digest of another text",
        texted("digestMultibase", "zQmTPFpsfcSHSnS2q9aLwfXiNuxoVdbBiZXgkJTz9qus3hv"),
        422,
        "text-mismatch",
    ),
    case("TP-18", "a text of edition 99", of_another_edition, 202),
    case("TP-18", "no text of a known edition", of_no_known_edition, 422, "text-unknown"),
    *vectors(
        "TP-21",
        {
            "how long to renew": stating_idly(renewalPeriod="P2Y"),
            "when to give notice": stating_idly(renewal="offered", renewalNotice="P11M"),
            "when to remind": stating_idly(renewalReminder="P0D"),
            "who pays for sending back": stating_idly(returnPeriod="P0D", returnCosts="customer"),
        },
        422,
        "condition-idle",
    ),
    case("TP-22", "a fee in another currency", in_another_currency, 422, "fee-currency"),
)
