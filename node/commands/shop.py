"""`freehold shop`: a business's price list, and the rule by which the node answers intentions from it."""

import json
from pathlib import PurePath
from typing import Annotated, Final

from typer import Argument, Option

from node.commands import intention, offer
from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

app = noun(NOUNS["shop"].line)

MEDIA_TYPES: Final = {"csv": "text/csv", "json": "application/json"}
COLUMNS: Final = (
    Column("sku", lambda item: str(item.get("sku") or "")),
    Column("name", lambda item: str(item.get("name") or "")),
    Column("price", lambda item: phrases.amount(item.get("price"), item.get("currency")), right=True),
    Column("stock", lambda item: str(item.get("stock", "")), right=True),
    Column("free", lambda item: str(item.get("available", "")), right=True),
    Column("lead days", lambda item: str(item.get("lead_days", "")), right=True),
)


@verb(app, "load", writes=True)
def load(
    call: CommandCall,
    file: Annotated[str, Argument(metavar="FILE", help="A CSV or JSON file; - is stdin.")],
    *,
    format: Annotated[str, Option("--format", metavar="csv|json", help="If its name does not say.")] = "",
    add: Annotated[bool, Option("--add", help="Keep the items that the file leaves out.")] = False,
) -> None:
    """Load the price list from a file; it replaces the one before as a whole, or with --add joins it."""
    kind = format or PurePath(file).suffix.removeprefix(".").lower()
    if kind not in MEDIA_TYPES:
        raise usage(f"{file} is neither .csv nor .json.", "Say which it is with --format.")
    content = call.read(file)
    media_type = MEDIA_TYPES[kind]
    method = "POST" if add else "PUT"
    call.stop_if_dry({"method": method, "path": "/pricelist", "bytes": len(content), "type": media_type})
    answer = json.loads(call.node.fetch(method, "/pricelist", content, media_type=media_type))
    call.out.show(answer, [f"  Loaded {answer['loaded']} items."])


@verb(app, "show", streams=True)
def show(call: CommandCall) -> None:
    """Show the price list with what is left of each item."""
    items = call.node.pages("/pricelist")
    call.listing(items, COLUMNS, empty="No price list. Load one with: freehold shop load")


@verb(app, "rule", writes=True)
def rule(
    call: CommandCall,
    *,
    file: Annotated[str, Option("--file", metavar="FILE", help="Set the rule from this JSON file.")] = "",
) -> None:
    """Show the rule by which intentions are answered, or set it from a file."""
    answer = call.write("PUT", "/rule", call.read_document(file)) if file else call.node.get("/rule")
    call.out.document(answer)


@verb(app, "pipeline")
def pipeline(call: CommandCall) -> None:
    """Show where your offers stand, and which intentions nobody has answered yet."""
    document = call.node.get("/pipeline")
    if call.out.machine:
        call.out.document(document)
        return
    counts = [(state, str(count)) for state, count in document["counts"].items()]
    call.out.show(document, fields(counts))
    call.table(document["open"], offer.COLUMNS, empty="No offers under way.")
    call.table(document["unanswered"], intention.COLUMNS, empty="No intentions wait for an answer.")
