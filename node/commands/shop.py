"""`freehold shop`: a business's price list, and the rule by which the node answers intentions from it."""

import json
import re
from functools import partial
from pathlib import PurePath
from typing import Annotated, Final

from typer import Argument, Option

from node.core import codes
from node.core.losses import LossReason
from node.core.spreadsheets import SAVING
from node.terminal import losses, phrases, policies, relistings, terms_templates
from node.terminal.call import CommandCall
from node.terminal.counts import counted
from node.terminal.failures import Failure, usage
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["shop"].line)

# A hundred thousand items take a minute or two on a small machine.
PATIENCE_SECONDS: Final = 900.0
MEDIA_TYPES: Final = {
    **dict.fromkeys(("csv", "tsv", "tab", "txt"), "text/csv"),
    "json": "application/json",
}
# Why a rule made no offer, as the API says it in one word.
WHY: Final = {
    "second": "it waits for a second signature: freehold cosign list",
    "kept-back": "it keeps something back, for who signs: freehold intention undertake",
    "no-rule": "there is no rule",
    "currency": "your rule has another currency",
    "category": "your rule has another category",
    "nothing-alike": "nothing on your list is called so",
    "unit": "your list sells it in another unit",
    "none-fits": "what is like it is called otherwise, does not fit, is promised already, or comes too late",
}
# What a business is told that has set no rule.
_NO_RULE: Final = "No rule: nothing is offered by itself. Set one with: freehold shop rule --file FILE"
WORKBOOKS: Final = frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "fods", "numbers"})


def _counted(item: Document, member: str) -> str:
    """Return how much there is of an item, with its unit if that does not go without saying."""
    return " ".join(filter(None, [str(item.get(member, "")), str(item.get("unit") or "")]))


COLUMNS: Final = (
    Column("sku", lambda item: str(item.get("sku") or "")),
    Column("name", lambda item: str(item.get("name") or "")),
    Column("price", lambda item: phrases.amount(item.get("price"), item.get("currency")), right=True),
    Column("stock", lambda item: _counted(item, "stock"), right=True),
    Column("free", lambda item: _counted(item, "available"), right=True),
    Column("lead days", lambda item: str(item.get("lead_days", "")), right=True),
)


@verb(app, "load", writes=True)
def load(
    call: CommandCall,
    file: Annotated[str, Argument(metavar="FILE", help="A CSV or JSON file; - is stdin.")],
    *,
    format: Annotated[str, Option("--format", metavar="csv|json", help="If its name does not say.")] = "",
    encoding: Annotated[
        str, Option("--encoding", metavar="NAME", help="If it is not UTF-8: windows-1252, …")
    ] = "",
    add: Annotated[bool, Option("--add", help="Keep the items that the file leaves out.")] = False,
) -> None:
    """Load the price list from a file; it replaces the one before as a whole, or with --add joins it."""
    media_type = _media_type(file, format, encoding)
    content = call.read(file)
    method = "POST" if add else "PUT"
    send = partial(
        call.node.fetch,
        method,
        "/pricelist",
        content,
        media_type=media_type,
        timeout_seconds=PATIENCE_SECONDS,
    )
    empty = {"empty": "true"} if method == "PUT" else {}
    if call.flags.dry_run:
        answer = json.loads(send(query={"dry_run": "true", **empty}))
        plan = {"method": method, "path": "/pricelist", "bytes": len(content), "type": media_type}
        rows = relistings.shown(answer)
        lines = [*relistings.sentences(answer), *relistings.more(answer, len(rows))]
        if answer["wishes"] is None:
            lines.append(call.out.typed(f"  {_NO_RULE}"))
        columns = relistings.CHANGES
        call.end_dry(plan, answer, lines, rows=rows, columns=columns, done="Nothing was changed.")
    try:
        answer = json.loads(send(query=empty if call.flags.yes else {}))
    except Failure as failure:
        if failure.code != codes.LIST_EMPTY:
            raise
        call.confirm(f"{file} has no items. Take everything off your list?")
        answer = json.loads(send(query=empty))
    call.out.show(answer, [f"  Loaded {counted(answer['loaded'], 'item')}."])
    if answer["rule"] is None:
        call.out.say(call.out.typed(f"  {_NO_RULE}"))


def _media_type(file: str, format: str, encoding: str) -> str:
    """Return what a file is, by its name or as it was said.

    Raises:
        Failure: it is nothing that can be loaded.
    """
    ending = PurePath(file).suffix.removeprefix(".").lower()
    kind = format.lower() or ending
    if kind in WORKBOOKS:
        raise usage(f"{file} is a workbook, which only its own program reads.", SAVING)
    if kind not in MEDIA_TYPES:
        raise usage(f"{file} is neither .csv nor .json.", "Say which it is with --format.")
    if not encoding:
        return MEDIA_TYPES[kind]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", encoding):
        raise usage(f"{encoding} is no name of an encoding.", "Write windows-1252, iso-8859-15 or utf-16.")
    return f"{MEDIA_TYPES[kind]}; charset={encoding}"


@verb(app, "show", streams=True)
def show(call: CommandCall) -> None:
    """Show the price list with what is left of each item."""
    items = call.node.pages("/pricelist")
    call.listing(items, COLUMNS, empty="No price list. Load one with: freehold shop load FILE")


@verb(app, "rule", writes=True)
def rule(
    call: CommandCall,
    *,
    file: Annotated[str, Option("--file", metavar="FILE", help="Set the rule from this JSON file.")] = "",
    none: Annotated[bool, Option("--none", help="Have no rule: answer nothing without a person.")] = False,
) -> None:
    """Show the rule by which intentions are answered, set it from a file, or have none."""
    if file and none:
        raise usage("--file FILE sets a rule and --none has none.", "Give one of them.")
    if file:
        answer = call.write("PUT", "/rule", call.read_document(file))
    else:
        answer = call.write("DELETE", "/rule") if none else call.node.get("/rule")
    if not answer and not call.out.machine:
        call.out.say(call.out.typed(_NO_RULE))
        return
    call.out.show(answer, fields((name.replace("_", " "), _said(value)) for name, value in answer.items()))


def _said(value: object) -> str:
    """Return a member of the rule as a phrase; what is not set is said, too."""
    return phrases.plainly(value) or "none"


@verb(app, "terms", writes=True)
def terms(
    call: CommandCall,
    *,
    file: Annotated[
        str,
        Option(
            "--file", metavar="FILE", help="Set them from this JSON document: a policy, or terms with one."
        ),
    ] = "",
    none: Annotated[bool, Option("--none", help="Have none: say nothing about data.")] = False,
    text: Annotated[
        str, Option("--text", metavar="en|de", help="Print what a customer reads of them instead.")
    ] = "",
) -> None:
    """Show what your offers say about data, set it from a file, or have them say nothing.

    Every offer that begins from then on says it, whoever makes it, if the customer's software understands it.
    """
    if file and none:
        raise usage("--file FILE sets terms and --none has none.", "Give one of them.")
    lines = partial(terms_templates.lines, typed=call.out.typed)
    if file:
        stated = policies.stated(call.read_document(file))
        answer = call.write("PUT", _TERMS, stated, shown=lines)
    else:
        answer = call.write("DELETE", _TERMS, shown=lines) if none else call.node.get(_TERMS)
    if text:
        terms_templates.show_text(call, answer, text)
        return
    call.out.show(answer, lines(answer))


_TERMS: Final = "/pricelist/terms"
_STEPS: Final = {
    "offer": "make an offer",
    "answer-counter": "answer their counter",
    "answer-change": "answer what they would change",
    "countersign": "countersign",
    "reach": "it has not arrived yet",
    "wait": "they answer",
    "perform": "keep what was agreed",
    "leave": "notice was given",
}


def _next(item: Document) -> str:
    """Return what is to be done next, why nothing was offered, and whether a message waits."""
    step, why = _STEPS.get(str(item.get("step")), ""), WHY.get(str(item.get("why")), "")
    said = ": ".join(filter(None, [step, why]))
    return f"{said}; they wrote" if item.get("written_at") else said


def _asked(item: Document) -> str:
    """Return what the customer would pay, and how far that is from our price."""
    asked, percent = phrases.amount(item.get("asked"), item.get("currency")), item.get("asked_percent")
    return " ".join(filter(None, [asked, f"({percent} %)" if asked and percent else ""]))


def _matched(item: Document) -> str:
    """Return how many points of the wish are met."""
    match = item.get("match")
    return f"{match['met']} of {match['points']}" if match else ""


PIPELINE: Final = (
    Column("intention", lambda item: phrases.short(str(item.get("intention") or ""))),
    Column("offer", lambda item: phrases.short(str(item.get("offer") or ""))),
    Column("wish", lambda item: str(item.get("name") or ""), long=True),
    Column("customer", lambda item: str(item["peer"]["name"] or item["peer"]["handle"] or ""), long=True),
    Column("article", lambda item: str(item.get("offered") or ""), long=True, spare=1),
    Column("met", _matched, spare=2),
    Column("price", lambda item: phrases.amount(item.get("total"), item.get("currency")), right=True),
    Column("asked", _asked, right=True, spare=3),
    Column("until", lambda item: phrases.date_and_time(item.get("until"))),
    Column("next", _next, long=True),
)


@verb(app, "pipeline")
def pipeline(
    call: CommandCall,
    *,
    stage: Annotated[
        str, Option("--stage", metavar="answer|sign|offered|agreed|lost", help="Only what stands there.")
    ] = "",
    search: Annotated[
        str,
        Option(
            "--search", metavar="WORDS", help="Only what has these words in it, or in its customer's name."
        ),
    ] = "",
    reason: Annotated[
        str, Option("--reason", metavar="|".join(LossReason), help="Of what was lost, only for this.")
    ] = "",
    limit: Limit = None,
) -> None:
    """Show what you have to do next, and until when; or with --stage lost, what came to nothing, and why."""
    if stage == losses.STAGE:
        if search:
            raise usage("What was lost is not searched.", "Give --reason instead of --search.")
        losses.show(call, reason=reason, limit=limit)
        return
    if reason or limit is not None:
        raise usage("Only what was lost has a reason and a limit.", "Give --stage lost with it.")
    asked = {name: value for name, value in (("stage", stage), ("search", search)) if value}
    document = call.node.get("/pipeline", **asked)
    if call.out.machine:
        call.out.document(document)
        return
    stages = {**document["stages"], losses.STAGE: document["lost"]}
    call.out.show(document, fields((state, str(count)) for state, count in stages.items()))
    call.table(document["items"], PIPELINE, empty="Nothing is under way, and no intention waits.")
    if any(item["step"] == "offer" for item in document["items"]):
        sentence = "  They wait for you. Answer one with: freehold offer make INTENTION --price …"
        call.out.say(call.out.typed(sentence))
