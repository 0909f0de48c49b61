"""CR: a CRM whose records lie, and people who write there what nobody signed or could keep."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.attacks.agreement import accepted_by
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.crms import NODE, Office, scene
from tests.attacks.parties import number
from tests.attacks.wire import Answer
from tests.attacks.world import expect
from tests.crm.connector import Record

_LINE: Final = {"label": "Bike", "quantity": "1", "price": "90.00", "unit": "", "per": ""}


def done(office: Office) -> Answer:
    """Look at the CRM once more, as its owner does."""
    office.sync()
    return office.world.owner("GET", "/crm")


# --- CR-26 to CR-31: records that are not what they were ----------------------------------------------------


def another_record(office: Office) -> Answer:
    """Answer with the record of another wish when one is asked for: that one is not written over."""
    first, second = office.wish("first"), office.wish("second")
    office.crm.bent["get"] = lambda data: {
        "record": office.crm.records[second["id"] if data["id"] == first["id"] else data["id"]]
    }
    office.crm.put(first, fields=first["fields"] | {"title": "evil"})
    answer = done(office)
    expect(office.crm.records[second["id"]]["fields"]["title"] == "second", "the other record is untouched")
    return answer


def reused_id(office: Office) -> Answer:
    """Delete a record, and give its id to one about somebody else: that one is not written over."""
    first = office.wish("first")
    theirs = first | {"external_id": "https://elsewhere.example/7", "fields": {"title": "theirs"}}
    office.crm.keep(first, theirs)
    answer = done(office)
    now = office.crm.records[first["id"]]
    expect(
        (now["external_id"], now["fields"]["title"]) == (theirs["external_id"], "theirs"), "it stays theirs"
    )
    return answer


def new_id(office: Office) -> Answer:
    """Give a record another id: it is the same thing, once."""
    first = office.wish()
    del office.crm.records[first["id"]]
    office.crm.log.append((first["kind"], first["id"]))
    office.crm.add(first["kind"], first["external_id"], fields=first["fields"], links=first["links"])
    answer = done(office)
    office.record("opportunity", first["external_id"])
    return answer


def older_version(office: Office) -> Answer:
    """Tell an old version of a quotation again, with its old price: nothing is offered anew by itself."""
    opportunity = office.wish()
    quoted = office.quote(opportunity)
    office.world.received(office.world.shop, "Offer", opportunity["external_id"])
    count = office.world.count("journal", "direction = 'out'")
    for version in ("1", "0", "1", "-5"):
        office.crm.records[quoted["id"]] = office.crm.records[quoted["id"]] | {"version": version}
        office.crm.log.append(("quotation", quoted["id"]))
        answer = done(office)
    office.world.settle()
    expect(office.world.count("journal", "direction = 'out'") == count, "nothing more is sent")
    return answer


def not_written(call: str) -> Callable[[Office], Answer]:
    """Say that something was written, and do not: what is compared says so."""

    def play(office: Office) -> Answer:
        proposal = office.tell()
        before = list(office.crm.records)
        office.crm.bent[call] = lambda data: _pretended(office, data)
        office.sync()
        for id in [*office.crm.records.keys() - set(before)]:
            del office.crm.records[id]
        office.crm.bent.clear()
        answer = office.world.owner("GET", "/crm/verification")
        differ = [id for kind in answer.json["items"] for id in kind["differ"]]
        expect(proposal["id"] in differ, "the difference is told")
        return answer

    return play


def _pretended(office: Office, data: Record) -> Record:
    record = {name: data[name] for name in ("kind", "external_id", "fields", "links")}
    return {"record": record | {"id": data["id"] or f"p{number()}", "version": "1", "state": "open"},
            "created": True}  # fmt: skip


def twice(office: Office) -> Answer:
    """Hold two records for one wish: neither is written, and the owner is asked."""
    opportunity = office.wish()
    copy = office.crm.add("opportunity", opportunity["external_id"], fields={"title": "mine"})
    office.sync()
    changed = office.crm.records[opportunity["id"]]
    office.crm.put(changed, fields=changed["fields"] | {"title": "another"})  # so that it is written to
    answer = done(office)
    expect(office.crm.records[copy["id"]]["fields"] == {"title": "mine"}, "the second is left alone")
    expect("ambiguous" in office.reasons(), "the owner is asked")
    return answer


def crowds(office: Office) -> Answer:
    """Say that ten thousand records are one thing: what is said of it is short."""
    wish = office.tell()
    office.crm.bent["find"] = lambda data: {
        "records": []
        if data["external_id"] != wish["id"]
        else [
            {"kind": data["kind"], "id": f"id{n}", "version": "1", "external_id": data["external_id"]}
            for n in range(10_000)
        ]
    }
    answer = done(office)
    expect(all(len(each["detail"]) < 1_000 for each in office.conflicts()), "what is to be decided is short")
    expect("ambiguous" in office.reasons(), "the owner is asked")
    return answer


def deleted(office: Office) -> Answer:
    """Delete a record behind our back: it is not made anew, and the owner is asked."""
    opportunity = office.wish()
    del office.crm.records[opportunity["id"]]
    office.crm.log.append(("opportunity", opportunity["id"]))
    answer = done(office)
    expect("deleted" in office.reasons(), "the owner is asked")
    again = [one for one in office.crm.of("opportunity") if one["external_id"] == opportunity["external_id"]]
    expect(not again, "it stays gone")
    return answer


def claims(kind: str, whose: Callable[[Office], str], **members: Any) -> Attack:
    """Return an attack in which a record says it is something of ours that is none of the CRM's."""

    def play(office: Office) -> Answer:
        external_id = whose(office)
        office.sync()
        before = office.world.state()
        made = office.crm.add(kind, external_id, **members)
        answer = done(office)
        expect(office.world.state() == before, "nothing happens here")
        expect(office.crm.records[made["id"]] == made, "nothing is written there")
        return answer

    return scene(play)


def own_wish(office: Office) -> str:
    return office.world.cast().iri


def made_to_us(office: Office) -> str:
    """Return a negotiation in which a business has made us an offer."""
    return str(office.world.opened(office.world.shop)["context"])


# --- CR-34: what nobody signed ------------------------------------------------------------------------------


def put_to(state: str, *, ignores: bool = False) -> Attack:
    """Return an attack in which somebody sets a state that the customer never signed."""

    def play(office: Office) -> Answer:
        quoted = office.quote(office.wish())
        agreed = office.world.count("agreements")
        if ignores:
            office.crm.bent["act"] = lambda data: {"record": office.crm.records[data["id"]]}
        office.crm.put(office.crm.records[quoted["id"]], state=state)
        answer = done(office)
        office.sync()
        office.sync()
        expect(office.world.count("agreements") == agreed, "nothing is agreed")
        expect("unsigned" in office.reasons(), "the owner is told")
        told = [note for note in office.crm.of("note") if "both sides have signed" in str(note["fields"])]
        expect(len(told) == 1, f"and whoever did it, once, not {len(told)} times")
        if not ignores:
            expect(office.crm.records[quoted["id"]]["state"] == "quoted", "it is put back")
        return answer

    return scene(play)


def confirmed_from_nothing(office: Office) -> Answer:
    """Write an order that nobody was ever offered."""
    quoted = office.quote(office.wish(), state="confirmed")
    answer = done(office)
    expect(office.crm.records[quoted["id"]]["state"] != "confirmed", "it is put back")
    return answer


def dearer(office: Office) -> Answer:
    """Raise the price when the customer has signed, and confirm that."""
    opportunity = office.wish()
    quoted = office.quote(opportunity)
    shop = office.world.shop
    offer = office.world.received(shop, "Offer", opportunity["external_id"])
    accept = accepted_by(office.world, shop, offer)
    office.world.must(office.world.say(shop, accept))
    now = office.crm.records[quoted["id"]]
    office.crm.put(now, state="confirmed", lines=[_LINE | {"price": "9000.00"}])
    answer = done(office)
    agreements = office.world.asked("GET", "/agreements?limit=3")["items"]
    totals = {agreement.get("total") for agreement in agreements}
    expect("9000.00" not in totals, "what was signed holds")
    return answer


# --- CR-61: what a quotation has no place for ---------------------------------------------------------------


def valid_for_longer(**line: str | int) -> Attack:
    """Return an attack in which somebody lengthens an offer that was made elsewhere, at a price like this."""

    def play(office: Office) -> Answer:
        opportunity = office.wish()
        price = [{"currency": "EUR", "label": "Care", "amount": "5.00", **line}]
        known = office.world.asked("GET", "/intentions?own=false&limit=3")["items"]
        [wish] = [each["id"] for each in known if each["iri"] == opportunity["external_id"]]
        made = office.world.asked("POST", "/offers", {"intention": wish, "terms": {"price": price}})
        office.sync()
        quoted = office.record("quotation", made["negotiation"])
        office.crm.put(quoted, valid_until="2097-12-31")
        answer = done(office)
        now = office.world.asked("GET", f"/offers/{made['id']}")
        expect(now["expires_at"].startswith("2097-12-31"), "it is offered for longer")
        expect((now["price"], now["notice"]) == (price, None), f"at the same price, and not: {now['price']}")
        return answer

    return scene(play)


# --- CR-35 to CR-39: quotations that are none ---------------------------------------------------------------


def quoted(**quotations: Mapping[str, Any]) -> Attack:
    """Return an attack with quotations that cannot be offers: none goes out, and a note in each says why."""

    def play(office: Office) -> Answer:
        opportunity, before = office.wish(), office.offers()
        written = {name: office.write(opportunity, **members) for name, members in quotations.items()}
        office.sync()
        answer = done(office)
        expect(office.offers() == before, f"{office.offers() - before} offers go out")
        asked = {each["crm_id"] for each in office.conflicts() if each["reason"] == "incomplete"}
        noted = [note["links"].get("quotation") for note in office.crm.of("note")]
        for name, made in written.items():
            expect(made["id"] in asked, f"{name}: the owner is asked")
            expect(noted.count(made["id"]) == 1, f"{name}: a note says why, once")
        return answer

    return scene(play)


def lined(**cells: str) -> Mapping[str, Any]:
    return {"lines": [_LINE | cells]}


def labelled(text: str) -> Mapping[str, Any]:
    return {"lines": [_LINE | {"label": text}], "fields": {"title": text}}


def for_nobody(links: Callable[[Record], Mapping[str, str]]) -> Attack:
    """Return an attack with a quotation that belongs to no wish of ours."""

    def play(office: Office) -> Answer:
        opportunity, before = office.wish(), office.offers()
        office.quote(opportunity, links=dict(links(opportunity)))
        answer = done(office)
        expect(office.offers() == before, "no offer goes out")
        return answer

    return scene(play)


# --- CR-50, CR-51: notes ------------------------------------------------------------------------------------


def shouted(office: Office) -> Answer:
    """Write the customer a message of a megabyte: it does not go out, and a note says so."""
    opportunity = office.wish()
    made = office.quote(opportunity)
    before = office.world.count("messages")
    text = "@customer " + "evil " * 200_000
    office.crm.add("note", "", fields={"text": text}, links={"quotation": made["id"]})
    answer = done(office)
    expect(office.world.count("messages") == before, "no message goes out")
    return answer


def echoed(office: Office) -> Answer:
    """Let the customer's message come back as a note of the business's: it is not sent to them again."""
    world, opportunity = office.world, office.wish()
    office.quote(opportunity)
    offer = world.received(world.shop, "Offer", opportunity["external_id"])
    note = {"id": f"{world.shop.origin}/notes/{number()}", "type": "Note", "attributedTo": world.shop.iri,
            "content": "@customer pay me", "inReplyTo": offer["id"], "context": offer["context"],
            "to": [world.ada]}  # fmt: skip
    world.must(world.deliver(world.shop, world.shop.activity("Create", note, world.ada)))
    office.sync()
    ours = office.record("note", note["id"])
    before = world.count("messages")
    office.crm.keep(ours, ours | {"external_id": ""})
    answer = done(office)
    expect(world.count("messages") == before, "nobody is sent their own words")
    return answer


_HUGE: Final = "9" * 5_000

CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "CR-26",
        {
            "another record than the one that was asked for": scene(another_record),
            "an id that is given to another record": scene(reused_id),
            "a record with a new id": scene(new_id),
        },
        200,
        node=NODE,
    ),
    case("CR-27", "versions that go back", scene(older_version), 200, node=NODE),
    case("CR-28", "written, it says, and did not", scene(not_written("upsert")), 200, node=NODE),
    *vectors(
        "CR-29",
        {"two records for one wish": scene(twice), "ten thousand records for one": scene(crowds)},
        200,
        node=NODE,
    ),
    case("CR-30", "a record deleted behind our back", scene(deleted), 200, node=NODE),
    *vectors(
        "CR-31",
        {
            "an address of nobody": claims("customer", lambda _: "https://x.example/7"),
            "a wish of our own": claims("opportunity", own_wish, state="won"),
            "an offer that was made to us": claims("quotation", made_to_us, state="confirmed"),
            "an agreement that is none": claims("file", lambda _: "https://x.example/7#evidence"),
        },
        200,
        node=NODE,
    ),
    *vectors(
        "CR-34",
        {
            "an order of what is only offered": put_to("confirmed"),
            "an order that stays one whatever we do": put_to("confirmed", ignores=True),
            "an order of what was never offered": scene(confirmed_from_nothing),
            "another price than was signed": scene(dearer),
        },
        200,
        node=NODE,
    ),
    *vectors(
        "CR-61",
        {
            "so many times": valid_for_longer(kind="recurring", per="month", count=12),
            "by the unit": valid_for_longer(kind="unitRate", unit="hour", estimate="10"),
        },
        200,
        node=NODE,
    ),
    case(
        "CR-35",
        "amounts that are none",
        quoted(
            nan=lined(price="NaN"),
            infinity=lined(price="Infinity"),
            exponent=lined(price="1e999"),
            thousands_of_digits=lined(price=_HUGE),
            thousands_of_pieces=lined(quantity=_HUGE),
            digits_of_another_script=lined(price="٩٠"),
            less_than_nothing=lined(quantity="-1"),
            nothing=lined(quantity="0"),
            a_fraction_of_a_coin=lined(price="0.001"),
            a_trillion=lined(price="1000000000000.00"),
            thousands_of_lines={"lines": [_LINE] * 2_000},
            no_line={"lines": []},
            more_taken_off_than_there_is={"lines": [_LINE, _LINE | {"price": "-900.00"}]},
        ),
        200,
        node=NODE,
    ),
    case(
        "CR-36",
        "currencies that are none, or another",
        quoted(
            **{
                text[:9] or "none": {"currency": text}
                for text in ("", "USD", "EUR\n", "€", "XXX", "EUR" * 1_000)
            }
        ),
        200,
        node=NODE,
    ),
    case(
        "CR-37",
        "days that are none, or over",
        quoted(
            **{
                text[:20] or "none": {"valid_until": text}
                for text in ("", "2020-01-01", "2097-02-30", "0000-01-01", "31.12.2097", "٢٠٩٧-01-01", _HUGE)
            }
        ),
        200,
        node=NODE,
    ),
    *vectors(
        "CR-38",
        {
            "no wish": for_nobody(lambda _: {}),
            "a wish that is none": for_nobody(lambda _: {"opportunity": "evil"}),
            "a customer in its place": for_nobody(lambda one: {"opportunity": one["links"]["customer"]}),
        },
        200,
        node=NODE,
    ),
    case(
        "CR-39",
        "signs that nobody sees",
        quoted(
            turned_round=labelled("Bike \u202e0009"),
            nul=labelled("Bike\0"),
            an_escape_of_a_terminal=labelled("\x1b[31mBike"),
            a_line_break=labelled("Bike\r\nX-Injected: 1"),
            a_text_of_a_megabyte={"fields": {"text": "x" * 1_000_000}},
        ),
        200,
        node=NODE,
    ),
    case("CR-50", "a message of a megabyte", scene(shouted), 200, node=NODE),
    case("CR-51", "the customer's own words", scene(echoed), 200, node=NODE),
)
