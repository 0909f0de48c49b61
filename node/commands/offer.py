"""`freehold offer`: the negotiations of an owner, as the one who asks and as the one who offers."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Final

from typer import Option

from node.core import codes
from node.terminal import (
    comparing,
    deals,
    deliveries,
    drafts,
    histories,
    holding,
    moments,
    next_moves,
    offer_news,
    phrases,
    price_lines,
    proposed_terms,
    revisions,
    totals,
)
from node.terminal.call import CommandCall
from node.terminal.drafts import TermFlags
from node.terminal.failures import ExitCode, Failure, usage
from node.terminal.nouns import NOUNS
from node.terminal.options import (
    Count,
    DataText,
    ForIntention,
    IntentionId,
    Limit,
    OfferId,
    Reason,
    Span,
    TermsFile,
)
from node.terminal.printing import fields, printable
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["offer"].line)


def _what(offer: Document) -> str:
    """Return what is offered; of an amendment, that it is no second one of it."""
    whose = "your change" if offer.get("role") == "offerer" else "a change"
    return f"{phrases.thing(offer)} ({whose})" if offer.get("amends") else phrases.thing(offer)


def _total(offer: Document) -> str:
    """Return what is on the table: what the other side asked for last, until when the offer stands then."""
    return totals.total(offer.get("countered") or offer)


COLUMNS: Final = (
    Column("offer", lambda item: phrases.short(item["id"])),
    Column("with", lambda item: phrases.party(item.get("peer")), long=True),
    Column("what", _what, long=True),
    Column("total", _total, right=True),
    Column("state", lambda item: str(item.get("state") or "")),
    Column("expires", lambda item: phrases.date_and_time(item.get("expires_at")), spare=2),
    Column("signed", lambda item: deals.signed(item.get("proof") or {}), spare=1),
)
# What a counter costs: the offer is answered by it.
_ANSWERED: Final = "  This answers the offer: you can accept it no more, unless {} offers it again."
# What is said of `--on-met` before it is asked.
_WHEN_MET: Final = {
    "accept": ["  If they are met to the letter, your node accepts at once, and that binds you."],
    "ask": [],
}
_STAYS_REJECTED: Final = "  The offer stays rejected, as it was when you asked for other terms."
_TAKEN_BACK: Final = "Taken back: {}. The offer stays rejected; its maker may make another."


@verb(app, "list", streams=True)
def list_offers(
    call: CommandCall,
    *,
    intention: ForIntention = "",
    state: Annotated[str, Option("--state", help="Only offers in this state, such as offered.")] = "",
    role: Annotated[str, Option("--role", help="Only those you made (offerer) or got (offeree).")] = "",
    limit: Limit = None,
) -> None:
    """List offers you got and offers you made."""
    wanted = call.id("/intentions", intention) if intention else None
    asked = {"intention": wanted, "state": state or None, "role": role or None}
    call.listing(call.node.pages("/offers", limit=limit, **asked), COLUMNS, empty="No offers.")


@verb(app, "show")
def show(
    call: CommandCall,
    id: OfferId,
    *,
    history: Annotated[
        bool, Option("--history", help="Show every move: the terms of each round, and what they changed.")
    ] = False,
    text: DataText = "",
) -> None:
    """Show an offer: its price line by line, its terms, who signed it and until when it stands."""
    path = f"/offers/{call.id('/offers', id)}"
    offer = call.node.get(path)
    if text:
        proposed_terms.show_agreed_text(call, offer, text)
        return
    if not history:
        call.out.show(offer, _judged(call, holding.marked(call, offer)))
        return
    told = call.node.get(f"{path}/history")
    call.out.show(told, histories.history(told, offer))


@verb(app, "compare")
def compare(
    call: CommandCall,
    intention: IntentionId,
    *,
    over: Annotated[
        str, Option("--over", metavar="SPAN", help="For how long you want it: '24 months'.")
    ] = "",
) -> None:
    """Put the offers to an intention side by side, the best first.

    That is what costs least of what fits: in all, by the month where terms are not as long, or over your own
    time.
    """
    id = call.id("/intentions", intention)
    comparison = call.node.get(f"/intentions/{id}/compare", over=comparing.months(over))
    if call.out.machine:
        call.out.document(comparison)
        return
    empty = f"No open offers. All there were: freehold offer list --intention {phrases.short(id)}"
    call.table(comparison["offers"], comparing.columns(comparison), empty=empty)
    for sentence in comparing.choices(comparison):
        call.out.say(call.out.typed(sentence))
    if sentence := comparing.summary(comparison):
        call.out.say(call.out.typed(sentence))
    if comparison["more"]:
        call.out.say(call.out.typed("More offers stand; these are the newest. See: freehold offer list"))


@verb(app, "watch", streams=True)
def watch(
    call: CommandCall,
    *,
    intention: ForIntention = "",
    count: Count = None,
    span: Span = "",
) -> None:
    """Print offers as they come, with a mark on the lowest total of like terms, until you press Ctrl-C."""
    wanted = call.node.get(f"/intentions/{call.id('/intentions', intention)}")["id"] if intention else None
    known: dict[str, Document] = {}
    for printed, offer in enumerate(offer_news.news(call, wanted, known, moments.patience(span)), start=1):
        comparison = _comparison(call, offer)
        call.out.show(offer, [comparing.line(offer, comparison, now=call.now())])
        if printed == count:
            return


def _judged(call: CommandCall, offer: Document) -> Iterator[str]:
    """Yield the lines that show an offer, and how it keeps to the wish that it answers."""
    judged = comparing.against_wish(offer, _comparison(call, offer))
    return deals.describe(offer, now=call.now(), judged=judged)


def _comparison(call: CommandCall, offer: Document) -> Document:
    """Return the offers to what this one answers side by side, if that is an intention of the owner's."""
    own = offer.get("role") == "offeree" and offer.get("state") == "offered"
    return call.node.get(f"/intentions/{offer['intention']}/compare") if own else {}


@verb(app, "make", writes=True)
def make(
    call: CommandCall,
    intention: IntentionId,
    flags: TermFlags,
    file: TermsFile = "",
    *,
    alternative_to: Annotated[
        str,
        Option(
            "--alternative-to", metavar="ID", help="Another offer of yours to it, of which they choose one."
        ),
    ] = "",
) -> None:
    """Make a signed offer to an intention you received.

    It says about data what your template says (freehold shop terms), unless --data-terms says otherwise.
    """
    wanted = call.node.get(f"/intentions/{call.id('/intentions', intention)}")
    proposed = _terms(call, flags, file)
    price_lines.refuse_endless(proposed, {})
    other = {"alternative_to": call.id("/offers", alternative_to)} if alternative_to else {}
    body = {"intention": wanted["id"], "terms": proposed, **other}
    if call.asks:
        call.lay_out(fields(drafts.on_the_table(call.rehearse("POST", "/offers", body))))
    call.confirm(f"Offer {_price(proposed)} for {wanted['name']}? Once accepted it binds you.")
    offer = call.write("POST", "/offers", body, shown=partial(deals.describe, now=call.now()))
    deliveries.show(call, offer, partial(deals.describe, now=call.now()), kind="offer")


@verb(app, "reoffer", writes=True)
def reoffer(
    call: CommandCall,
    id: OfferId,
    flags: TermFlags,
    file: TermsFile = "",
    *,
    meet: Annotated[bool, Option("--meet", help="Offer exactly what the other side asked for.")] = False,
) -> None:
    """Replace your offer by a new one, or answer a counter or a rejection with it."""
    path = f"/offers/{call.id('/offers', id)}"
    before = call.node.get(path)
    met = deals.countered(before) if meet else {}
    proposed = met | _terms(call, flags, file, before=met or before, needed=not meet)
    price_lines.refuse_endless(proposed, before)
    body = {"terms": proposed}
    with next_moves.explained(call, path):
        if call.asks:
            call.lay_out(revisions.of_terms(before, call.rehearse("POST", f"{path}/reoffer", body)))
        call.confirm(f"Offer {_price(proposed)}? Once accepted it binds you.")
        shown = partial(deals.describe, now=call.now())
        offer = call.write("POST", f"{path}/reoffer", body, shown=shown)
    deliveries.show(call, offer, partial(deals.describe, now=call.now()), kind="reoffer")


@verb(app, "counter", writes=True)
def counter(
    call: CommandCall,
    id: OfferId,
    flags: TermFlags,
    file: TermsFile = "",
    on_met: Annotated[
        str,
        Option(
            "--on-met",
            metavar="accept|ask",
            help="What happens when they are met to the letter; as on_counter_met is set if left out.",
        ),
    ] = "",
) -> None:
    """Answer an offer with the terms you would take; what you do not mention stays as offered."""
    path = f"/offers/{call.id('/offers', id)}"
    before = call.node.get(path)
    proposed = _terms(call, flags, file, before=before)
    price_lines.refuse_endless(proposed, before)
    proposed = price_lines.keep_label(proposed, before)
    peer = phrases.party(before["peer"])
    if on_met not in ("", *_WHEN_MET):
        raise usage("--on-met must be one of: accept, ask.")
    body = {"terms": proposed} | ({"on_met": on_met} if on_met else {})
    with next_moves.explained(call, path):
        if call.asks:
            asked = call.rehearse("POST", f"{path}/counter", body)["countered"]
            call.lay_out(revisions.of_terms(before, asked))
            call.lay_out([_ANSWERED.format(printable(peer)), *_WHEN_MET.get(on_met, ())])
        call.confirm(f"Ask {peer} for these terms instead ({_price(proposed)})?")
        shown = partial(deals.describe, now=call.now())
        offer = call.write("POST", f"{path}/counter", body, shown=shown)
    deliveries.show(call, offer, partial(deals.describe, now=call.now()), kind="counter")


def _terms(
    call: CommandCall, flags: TermFlags, file: str, *, before: Document | None = None, needed: bool = True
) -> Document:
    typed = call.read_document(file) if file else {}
    proposed = drafts.terms(flags, typed, now=call.now(), document=call.read_document, before=before)
    if needed and not proposed:
        raise usage("No terms were named.", "Give --price, other terms, or --file.")
    return proposed


def _price(proposed: Document) -> str:
    return (
        "; ".join(phrases.price_line(line) for line in proposed.get("price", [])) or "the price as it stands"
    )


@verb(app, "accept", writes=True)
def accept(
    call: CommandCall,
    id: OfferId,
    *,
    undo_seconds: Annotated[
        int,
        Option(
            "--undo", metavar="SECONDS", min=0, max=86_400, help="Let it be undone so long, then send it."
        ),
    ] = 0,
) -> None:
    """Accept an offer after showing it once more; the acceptance is signed and binds both sides."""
    path = f"/offers/{call.id('/offers', id)}"
    offer = call.node.get(path)
    _refuse_if_agreed(call, offer)
    body = {"digest": offer["digest"], "undo_seconds": undo_seconds}
    with next_moves.explained(call, path):
        call.check("POST", f"{path}/accept", body)
        if call.asks:
            call.lay_out(_judged(call, offer))
        call.confirm("Accept it?")
        shown = partial(deals.describe, now=call.now())
        accepted = call.write("POST", f"{path}/accept", body, shown=shown)
    if undo_seconds:
        held = {**accepted, "delivery": deliveries.shown("queued")}
        call.out.show(held, _held(call, accepted, undo_seconds))
        return
    settled = deliveries.settled(call, accepted, kind="accept")
    call.out.show(settled, _accepted(call, settled | {"agreement": accepted["agreement"]}))


def _accepted(call: CommandCall, offer: Document) -> Iterator[str]:
    peer, come = phrases.party(offer["peer"]), offer["delivery"]["state"]
    yield f"  Accepted: {peer}, {totals.total(offer)} ({offer['agreement']})."
    if offer.get("amends"):
        yield "  It takes the place of the agreement that it changes."
    if come == "delivered":
        yield "  Your signed acceptance is delivered."
    else:
        yield f"  {deliveries.sentence(call, come, offer['delivery']['last_error'] or '', to=peer)}"


def _held(call: CommandCall, offer: Document, seconds: int) -> Iterator[str]:
    yield f"  Accepted: {phrases.party(offer['peer'])}, {totals.total(offer)} ({offer['agreement']})."
    yield f"  It leaves in {seconds} seconds. Until then nothing is sent, and this undoes it:"
    yield f"  {call.out.typed('freehold offer undo ' + str(offer['id']))}"


def _refuse_if_agreed(call: CommandCall, offer: Document) -> None:
    """Say when the offer was accepted, if it was.

    Raises:
        Failure: it was; nothing is sent.
    """
    if not offer.get("agreement"):
        return
    agreement = holding.marked(call, call.node.get(f"/agreements/{offer['agreement']}"))
    at = phrases.clock(agreement.get("accepted_at"))
    raise Failure(
        codes.ALREADY_ACCEPTED,
        f"Already accepted at {at} ({agreement['id']}). Nothing sent.",
        exit_code=ExitCode.CONFLICT,
        hint=next_moves.undo_with(agreement) if agreement.get("undoable_until") else "",
        problem={"status": 409, "agreement": agreement["id"]},
    )


def _named(offer: Document) -> str:
    """Return what tells one offer from another in a question: its other side, what it is, and its total."""
    total = totals.total(offer)
    return f"{phrases.party(offer.get('peer'))}: {offer.get('name')}, {total}"


@verb(app, "reject", writes=True)
def reject(call: CommandCall, id: OfferId, *, reason: Reason = "") -> None:
    """Decline an offer; its maker may make another."""
    path = f"/offers/{call.id('/offers', id)}"
    body = {"reason": reason} if reason else None
    with next_moves.explained(call, path):
        call.check("POST", f"{path}/reject", body)
        call.confirm(f"Reject the offer of {_named(call.node.get(path))}?")
        offer = call.write("POST", f"{path}/reject", body, shown=partial(deals.describe, now=call.now()))
    deliveries.show(call, offer, lambda told: [f"  Rejected: {phrases.party(told['peer'])}."], kind="reject")


@verb(app, "undo", writes=True)
def undo(call: CommandCall, id: OfferId) -> None:
    """Undo an acceptance of yours that has not left yet: nothing of it is sent."""
    path = f"/offers/{call.id('/offers', id)}"
    call.check("POST", f"{path}/undo")
    call.confirm(f"Undo your acceptance of the offer of {_named(call.node.get(path))}?")
    offer = call.write("POST", f"{path}/undo", shown=partial(deals.describe, now=call.now()))
    call.out.show(offer, [f"  Undone, nothing was sent: {offer['name']}. The offer stands as before."])


@verb(app, "withdraw", writes=True)
def withdraw(call: CommandCall, id: OfferId) -> None:
    """Take back an offer of yours that was not answered yet, or what you asked for instead."""
    path = f"/offers/{call.id('/offers', id)}"
    before = call.node.get(path)
    asked, named = before.get("role") == "offeree", _named(before)
    own = "what you asked for instead of the offer of" if asked else "your offer to"
    with next_moves.explained(call, path):
        call.check("POST", f"{path}/withdraw")
        if asked and call.asks:
            call.lay_out([_STAYS_REJECTED])
        call.confirm(f"Take back {own} {named}?" if asked else f"Withdraw {own} {named}?")
        offer = call.write("POST", f"{path}/withdraw", shown=partial(deals.describe, now=call.now()))
    said = f"  {_TAKEN_BACK if asked else 'Withdrawn: {}.'}".format(offer["name"])
    deliveries.show(call, offer, lambda _offer: [said], kind="recant" if asked else "withdraw")
