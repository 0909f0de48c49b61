"""`freehold message`: talking about an offer. Messages are not signed documents and bind nobody."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from typer import Argument

from node.terminal import deliveries, moments, people, phrases
from node.terminal.api_client import OPENED
from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.options import Count, Limit, OfferId, Span
from node.terminal.printing import paragraphs
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["message"].line)

Words = Annotated[str, Argument(metavar="[TEXT]", help="What to say; read from stdin if left out or -.")]


def _sender(message: Document) -> str:
    return "you" if message.get("own") else str(message.get("name") or message.get("sender") or "")


def _named(messages: Iterable[Document], peer: Document) -> Iterator[Document]:
    """Yield messages with the name of whoever sent them, where that is the other side of the offer."""
    for message in messages:
        yield (
            {**message, "name": phrases.party(peer)} if message.get("sender") == peer.get("iri") else message
        )


def _words(message: Document) -> str:
    return DELETED if message.get("deleted_at") else str(message.get("content") or "")


DELETED: Final = "(deleted by who wrote it)"
COLUMNS: Final = (
    Column("at", lambda item: phrases.date_and_time(item.get("at"))),
    Column("from", _sender, long=True),
    Column("message", _words, long=True, lines=True),
)


@verb(app, "send", writes=True)
def send(call: CommandCall, offer: OfferId, text: Words = "-") -> None:
    """Send a message about an offer to its other side."""
    about = call.node.get(f"/offers/{call.id('/offers', offer)}")
    content = call.read("-").decode("utf-8", "replace") if text == "-" else text
    if not content.strip():
        raise usage("There is nothing to send.", "Give the text, or pipe it in.")
    people.refuse_blocked(call, str(about["peer"]["iri"]))
    message = call.write("POST", f"/offers/{about['id']}/messages", {"content": content})
    come, wrong = deliveries.fate(call, to=str(about["peer"]["iri"]), kind="message")
    message["delivery"] = deliveries.shown(come, wrong)
    sentence = deliveries.sentence(call, come, wrong, to=phrases.party(about["peer"]))
    call.out.show(message, [f"  {sentence}"])


@verb(app, "list", streams=True)
def list_messages(call: CommandCall, offer: OfferId, *, limit: Limit = None) -> None:
    """List what was said about an offer."""
    about = call.node.get(f"/offers/{call.id('/offers', offer)}")
    found = _named(call.node.pages(f"/offers/{about['id']}/messages", limit=limit), about["peer"])
    call.listing(found, COLUMNS, empty="No messages.")


@verb(app, "watch", streams=True)
def watch(call: CommandCall, offer: OfferId, *, count: Count = None, span: Span = "") -> None:
    """Print the messages about an offer as they come, until you press Ctrl-C."""
    about = call.node.get(f"/offers/{call.id('/offers', offer)}")
    news = _news(call, str(about["id"]), moments.patience(span))
    for printed, message in enumerate(_named(news, about["peer"]), start=1):
        first, *rest = paragraphs(_words(message)) or [""]
        head = f"  {phrases.clock(message.get('at'))}  {_sender(message)}: {first}"
        call.out.show(message, [head, *(f"            {line}" for line in rest)])
        if printed == count:
            return


def _news(call: CommandCall, offer: str, seconds: float) -> Iterator[Document]:
    shown: set[str] = set()
    for event in call.node.events(seconds=seconds):
        if event.kind != OPENED and event.document.get("offer") != offer:
            continue
        for message in call.node.pages(f"/offers/{offer}/messages"):
            if message["iri"] not in shown:
                shown.add(message["iri"])
                yield message
