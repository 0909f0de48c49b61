"""`freehold agreement`: what was agreed, its proof, and how it changes and ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, Final

from typer import Argument, Option

from node.commands.offer import COLUMNS as OFFERS
from node.core import codes
from node.core.leaving import to_be_known
from node.terminal import (
    deals,
    deliveries,
    drafts,
    holding,
    leavings,
    moments,
    next_moves,
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
from node.terminal.options import AgreementId, DataText, Limit, Out, Reason, TermsFile
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol import codes as wire
from protocol.documents import Document

app = noun(NOUNS["agreement"].line)

COLUMNS: Final = (
    Column("agreement", lambda item: phrases.short(item["id"])),
    Column("with", lambda item: phrases.party(item.get("peer")), long=True),
    Column("total", totals.total, right=True),
    Column("state", lambda item: str(item.get("state") or "")),
    Column("concluded", lambda item: phrases.date_and_time(item.get("concluded_at")), spare=2),
    Column("ends", lambda item: phrases.date_and_time(item.get("leaves_at") or item.get("ends_at")), spare=1),
)


@verb(app, "list", streams=True)
def list_agreements(
    call: CommandCall,
    *,
    state: Annotated[str, Option("--state", help="Only agreements in this state, such as concluded.")] = "",
    limit: Limit = None,
) -> None:
    """List your agreements."""
    found = call.node.pages("/agreements", limit=limit, state=state or None)
    call.listing(found, COLUMNS, empty="No agreements.")


@verb(app, "show")
def show(
    call: CommandCall,
    id: AgreementId,
    *,
    plain: Annotated[bool, Option("--plain", help="Only what it means, in plain words.")] = False,
    text: DataText = "",
) -> None:
    """Show an agreement, its price line by line, and what it means in plain words."""
    agreement = call.node.get(f"/agreements/{call.id('/agreements', id)}")
    if text:
        proposed_terms.show_agreed_text(call, agreement, text)
        return
    words = str(agreement.get("plain") or "")
    shown = deals.agreement(holding.marked(call, agreement), now=call.now())
    lines = words.splitlines() if plain else [*shown]
    call.out.show(agreement, [*lines, *leavings.listed([] if plain else _refused(call, agreement))])


@verb(app, "notices")
def notices(call: CommandCall, id: AgreementId) -> None:
    """Show who gave notice of an agreement, for when, what became of that, and whether it counts."""
    found = call.node.get(f"/agreements/{call.id('/agreements', id)}/leavings")
    call.out.show(found, [*leavings.listed(found["items"])] or ["Nobody has given notice."])


def _refused(call: CommandCall, agreement: Document) -> list[Document]:
    """Return the notice that somebody has to know of, if the other side refused it or it does not arrive."""
    state = str(agreement.get("state"))
    if state not in ("concluded", "ending", "ended"):
        return []
    notice = to_be_known(state, call.node.get(f"/agreements/{agreement['id']}/leavings")["items"])
    is_odd = notice is not None and (notice["refused_at"] or notice["undelivered_at"])
    return [dict(notice)] if notice is not None and is_odd else []


@verb(app, "verify")
def verify(
    call: CommandCall,
    what: Annotated[
        str,
        Argument(metavar="FILE|AGREEMENT", help="Evidence in a file (- is stdin), or an agreement of yours."),
    ],
) -> None:
    """Verify both signatures of an agreement on this machine, without trusting any node."""
    from node.terminal import evidence

    evidence.report(call, evidence.content(call, what))


@verb(app, "export")
def export(call: CommandCall, id: AgreementId, *, out: Out = "") -> None:
    """Write the evidence of an agreement: a file that anyone can verify, offline and for ever."""
    content = call.node.fetch("GET", f"/agreements/{call.id('/agreements', id)}/evidence")
    call.save(content, out)


@verb(app, "countersign", writes=True)
def countersign(call: CommandCall, id: AgreementId) -> None:
    """Sign an agreement the other side accepted, so that both have signed."""
    agreement = _shown(call, id)
    path = f"/agreements/{agreement['id']}"
    with next_moves.explained(call, path):
        call.check("POST", f"{path}/countersign")
        call.confirm(f"Countersign {phrases.short(agreement['id'])}? It binds you.")
        agreement = call.write("POST", f"{path}/countersign", shown=_showing(call))
    call.out.show(agreement, deals.agreement(agreement, now=call.now()))
    deliveries.tell_if_away(call, agreement, kind="countersign")


@verb(app, "renege", writes=True)
def renege(call: CommandCall, id: AgreementId, *, reason: Reason = "") -> None:
    """Say that you cannot do what was accepted; it stays on record."""
    agreement = _shown(call, id)
    path = f"/agreements/{agreement['id']}"
    body = {"reason": reason} if reason else None
    with next_moves.explained(call, path):
        call.check("POST", f"{path}/renege", body)
        call.confirm(f"Renege on {phrases.short(agreement['id'])}? It stays on record.")
        agreement = call.write("POST", f"{path}/renege", body, shown=_showing(call))
    call.out.show(agreement, deals.agreement(agreement, now=call.now()))
    deliveries.tell_if_away(call, agreement, kind="renege")


@verb(app, "amend", writes=True)
def amend(call: CommandCall, id: AgreementId, flags: TermFlags, file: TermsFile = "") -> None:
    """Offer changed terms; until the other side accepts them, the agreement stays as it is."""
    typed, before = call.read_document(file) if file else {}, _found(call, id)
    proposed = drafts.terms(flags, typed, now=call.now(), document=call.read_document, before=before)
    if not proposed:
        raise usage("No terms were named.", "Give --price, other terms, or --file.")
    _lay_out(call, before)
    price_lines.refuse_endless(proposed, before)
    path, body = f"/agreements/{before['id']}/amend", {"terms": proposed}
    if call.asks:
        after = call.rehearse("POST", path, body)
        call.lay_out(revisions.of_terms(before, after))
        call.lay_out(deals.neither_holds(after, now=call.now()))
    call.confirm(f"Offer these terms instead of {phrases.short(before['id'])}? Once accepted they bind you.")
    offer = call.write("POST", path, body, shown=partial(deals.describe, now=call.now()))
    deliveries.show(call, offer, partial(deals.describe, now=call.now()), kind="offer")


@verb(app, "amendments", streams=True)
def amendments(call: CommandCall, id: AgreementId, *, limit: Limit = None) -> None:
    """List what either side has proposed to change of an agreement, and what came of it."""
    found = call.node.pages(f"/agreements/{call.id('/agreements', id)}/amendments", limit=limit)
    call.listing(found, OFFERS, empty="Nothing was proposed to change.")


@verb(app, "end", writes=True)
def end(
    call: CommandCall,
    id: AgreementId,
    *,
    at: Annotated[
        str, Option("--at", metavar="TIME", help="When; the earliest its notice allows if left out.")
    ] = "",
    withdraw: Annotated[
        bool, Option("--withdraw", help="Change your mind within the time for it: at once, or at --at.")
    ] = False,
) -> None:
    """Give notice to end an agreement, as its terms allow."""
    when = moments.read(at, now=call.now(), end_of_day=True) if at else None
    agreement = _found(call, id)
    _refuse_if_ending(agreement, when or (call.now() if withdraw else None))
    path = f"/agreements/{agreement['id']}"
    body = ({"at": moments.stamp(when)} if when else {}) | ({"withdraw": True} if withdraw else {}) or None
    with next_moves.explained(call, path), _naming_the_earliest(agreement, now=call.now()):
        after = call.rehearse("POST", f"{path}/end", body) if call.asks else {}
        _lay_out(call, agreement)
        call.lay_out(fields(("then", line) for line in str(after.get("plain") or "").splitlines()[:1]))
        call.lay_out(fields([("fee", "none for who changes their mind in time")] if withdraw else []))
        day = "at once" if withdraw and not when else f"on {phrases.date_and_time(after.get('leaves_at'))}"
        asked = "Change your mind, and end" if withdraw else "Give notice to end"
        call.confirm(f"{asked} {phrases.short(agreement['id'])} {day}?")
        agreement = call.write("POST", f"{path}/end", body, shown=_showing(call))
    call.out.show(agreement, deals.agreement(agreement, now=call.now()))
    if deliveries.tell_if_away(call, agreement, kind="leave") not in ("delivered", "queued"):
        for line in leavings.listed(_refused(call, agreement)[-1:]):
            call.out.say(line, even_if_quiet=True)


@contextmanager
def _naming_the_earliest(agreement: Document, *, now: datetime) -> Iterator[None]:
    """Say to whom a notice is too short for when it would not be, or until when none is needed.

    Raises:
        Failure: the node refused.
    """
    try:
        yield
    except Failure as failure:
        earliest = phrases.date_and_time(agreement.get("leaves_earliest"))
        until = phrases.moment(agreement.get("withdraws_until"))
        if failure.code == wire.NO_LEAVING and agreement.get("pays") and until and now <= until:
            last = phrases.exactly(agreement["withdraws_until"])
            failure.hint = f"You may change your mind until {last}: --withdraw."
        elif failure.code == codes.NOTICE_TOO_SHORT and earliest:
            failure.hint = f"Leave --at out for the earliest moment: {earliest}."
        raise


def _refuse_if_ending(agreement: Document, when: datetime | None) -> None:
    """Refuse a notice for what an amendment replaced, or one that would change nothing: it ends by then.

    Raises:
        Failure: exit 5; nothing is sent.
    """
    if agreement.get("state") == "superseded":
        detail = f"{next_moves.why(agreement)} Nothing sent."
        raise Failure(
            wire.ILLEGAL_TRANSITION,
            detail,
            exit_code=ExitCode.CONFLICT,
            hint="Notice is given for the newer one. See: freehold agreement list --state concluded",
        )
    ends = phrases.moment(agreement.get("leaves_at"))
    if agreement.get("state") != "ending" or (when and ends and when < ends):
        return
    day = phrases.date_and_time(agreement.get("leaves_at"))
    raise Failure(
        wire.ILLEGAL_TRANSITION,
        f"Notice was given already, by you or the other side; it ends on {day}. Nothing sent.",
        exit_code=ExitCode.CONFLICT,
        hint="Name an earlier time with --at, if its terms allow one.",
    )


def _showing(call: CommandCall) -> Callable[[Document], Iterator[str]]:
    return partial(deals.agreement, now=call.now())


def _found(call: CommandCall, id: str) -> Document:
    return call.node.get(f"/agreements/{call.id('/agreements', id)}")


def _lay_out(call: CommandCall, agreement: Document) -> None:
    """Show the agreement that the next question is about, where one is asked."""
    if not call.flags.yes:
        call.lay_out(deals.agreement(agreement, now=call.now()))


def _shown(call: CommandCall, id: str) -> Document:
    """Return the one agreement that `id` names, after showing it."""
    agreement = _found(call, id)
    _lay_out(call, agreement)
    return agreement


@verb(app, "confirm", writes=True)
def confirm(call: CommandCall, id: AgreementId) -> None:
    """Confirm that what was agreed has been done."""
    own = _shown(call, id)["id"]
    call.check("POST", f"/agreements/{own}/confirm")
    call.confirm(f"Confirm that {phrases.short(own)} has been performed?")
    agreement = call.write("POST", f"/agreements/{own}/confirm", shown=_showing(call))
    call.out.show(agreement, deals.agreement(agreement, now=call.now()))
    deliveries.tell_if_away(call, agreement, kind="agreement.confirmed")
