"""`freehold fed`: the federation for developers, one message at a time."""

from typing import Annotated, Final

from typer import Argument, Option

from node.commands.peer import described
from node.terminal import deliveries, people, phrases
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure, usage
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit, Who
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["fed"].line)

QUEUE: Final = (
    Column("delivery", lambda item: phrases.short(item["id"])),
    Column("what", lambda item: str(item.get("kind") or "")),
    Column("to", lambda item: str(item.get("recipient") or "")),
    Column("state", lambda item: str(item.get("state") or "")),
    Column("tries", lambda item: str(item.get("attempts", "")), right=True, spare=1),
    Column("since", lambda item: phrases.date_and_time(item.get("created_at")), spare=3),
    Column("next", lambda item: phrases.date_and_time(item.get("due_at")), spare=2),
    Column("why", deliveries.why, long=True),
)


@verb(app, "lookup")
def lookup(call: CommandCall, who: Who) -> None:
    """Look up an actor on the network, afresh, and show what its own document says."""
    found = call.node.request("POST", "/fed/lookup", {"what": people.named(call, who)})
    call.out.show(found, described(found))


@verb(app, "send", writes=True)
def send(
    call: CommandCall,
    file: Annotated[str, Argument(metavar="FILE", help="A JSON activity; - is stdin.")],
    *,
    inbox: Annotated[str, Option("--inbox", metavar="IRI", help="Where to post it.")],
    prove: Annotated[bool, Option("--prove", help="Attach a proof by you first.")] = False,
) -> None:
    """Post an activity once, signed by you, and show how it was answered."""
    body = {"inbox": inbox, "activity": call.read_document(file), "prove": prove}
    call.stop_if_dry({"method": "POST", "path": "/fed/send", "body": body})
    call.confirm(f"Post it to {inbox} in your name?")
    answer = call.write("POST", "/fed/send", body)
    call.out.show(answer, [f"  {answer.get('status')}  {answer.get('body') or ''}".rstrip()])


@verb(app, "queue", writes=True, streams=True)
def queue(
    call: CommandCall,
    *,
    state: Annotated[
        str, Option("--state", help="Only queued, delivered, refused, gone or cancelled ones.")
    ] = "",
    retry: Annotated[str, Option("--retry", metavar="DELIVERY", help="Try this one again now.")] = "",
    cancel: Annotated[str, Option("--cancel", metavar="DELIVERY", help="Send this one no more.")] = "",
    limit: Limit = None,
) -> None:
    """Show what is on its way to others: why it waits, since when, and what to do about it."""
    if retry and cancel:
        raise usage("Something is tried again or cancelled, not both.", "Give one of --retry and --cancel.")
    if cancel:
        _cancel(call, call.id("/deliveries", cancel))
        return
    if retry:
        id = call.id("/deliveries", retry)
        if deliveries.is_held(call, id):
            call.confirm("It can be undone until it leaves. Send it now?")
        delivery = call.write("POST", f"/deliveries/{id}/retry")
        first = phrases.short(str(delivery["waits_for"] or ""))
        after = f" It goes after {first}: try that one." if first else ""
        call.out.show(delivery, [f"  Queued again: {delivery['id']}.{after}"])
        return
    found, empty = call.node.pages("/deliveries", limit=limit, state=state or None), "Nothing was sent yet."
    if call.out.machine:
        call.listing(found, QUEUE, empty=empty)
        return
    items = list(found)
    call.table(items, QUEUE, empty=f"Nothing is {state} here." if state else empty)
    for line in deliveries.advice(items):
        call.out.say(call.out.typed(f"  {line}"))


def _cancel(call: CommandCall, id: str) -> None:
    call.confirm(f"Send {phrases.short(id)} no more?")
    delivery = call.write("POST", f"/deliveries/{id}/cancel")
    tried = "It may have arrived: it was tried." if delivery["tried"] else "It was never tried."
    call.out.show(delivery, [f"  Cancelled: {delivery['kind']} to {delivery['recipient']}. {tried}"])


@verb(app, "verify")
def verify(
    call: CommandCall,
    file: Annotated[
        str, Argument(metavar="FILE", help="A captured HTTP request, or a JSON document; - is stdin.")
    ],
    *,
    key: Annotated[
        str,
        Option(
            "--key", metavar="KEY", help="Whose: a Multikey or a PEM file; looked up by the node if left out."
        ),
    ] = "",
    scheme: Annotated[str, Option("--scheme", help="How the request was sent: https or http.")] = "https",
) -> None:
    """Verify the HTTP signature of a captured request and the proof of the activity in it."""
    from node.core import charsets
    from node.terminal import captured, keyring

    known = keyring.public_key(call, key) if key else None
    content = charsets.as_utf8(call.read(file))
    fetch = keyring.fetcher(call)
    if content.lstrip()[:1] == b"{":
        document = call.parse(content, file)
        _conclude(
            call,
            {"proof": captured.judge_document(document, now=call.now(), fetch=fetch, key=known)},
        )
        return
    request = captured.read_request(content, scheme=scheme)
    _conclude(call, captured.judge_request(request, now=call.now(), fetch=fetch, key=known))


def _conclude(call: CommandCall, verdict: Document) -> None:
    """Print a verdict, and fail where anything in it does not hold."""
    parts: Document = {name: verdict[name] for name in ("signature", "proof") if name in verdict}
    broken = [part for part in parts.values() if not part["verified"]]
    if broken:
        detail = f"Not verified: {broken[0]['detail']}"
        raise Failure(broken[0]["code"], detail, exit_code=ExitCode.UNVERIFIED, problem=parts)
    from node.terminal.captured import verdict_lines

    call.out.show({"verified": True, **verdict}, verdict_lines(verdict))


@verb(app, "sink", streams=True)
def sink(
    call: CommandCall,
    *,
    port: Annotated[
        int, Option("--port", metavar="PORT", min=0, help="Where to listen; 0 picks a free one.")
    ] = 0,
    answer: Annotated[
        int, Option("--answer", metavar="STATUS", min=200, help="What to answer each post.")
    ] = 202,
    count: Annotated[
        int | None, Option("--count", metavar="N", min=1, help="Stop after this many posts.")
    ] = None,
) -> None:
    """Listen on this machine and print every activity posted here, with a verdict on its signatures."""
    from node.terminal import sink

    sink.serve(call, port=port, status=answer, count=count)
