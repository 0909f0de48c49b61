"""A shop's template of terms about data on the command line: what it says, and what became of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from node.terminal import phrases, policies
from node.terminal.call import CommandCall
from node.terminal.counts import counted
from node.terminal.failures import usage
from node.terminal.printing import fields


def lines(shown: Mapping[str, Any], *, typed: Callable[[str], str]) -> Iterator[str]:
    """Yield the lines that show a template, or that there is none; `typed` leads a command to this node."""
    if shown["terms"] is None:
        yield typed("  Your offers say nothing about data. Set it with: freehold shop terms --file FILE")
        return
    odd = [f"{flag['sentence']} ({flag['code']}, {flag['severity']})" for flag in shown["flags"]]
    yield from fields(
        [
            *(("says", said) for said in policies.say_terms(shown["terms"])),
            *(("customers see", said) for said in odd or ["nothing odd"]),
            ("not taken by", "whoever has set nothing" if shown["refused"] else ""),
            ("keeps to", ", ".join(shown["within"]) or "no agreement of the roster"),
            ("since", phrases.date_and_time(shown["set_at"])),
            ("offers", _offers(shown["offers"])),
        ]
    )


def _offers(answers: Mapping[str, Any]) -> str:
    """Say how many offers were made with it, how many were turned away, and for what."""
    why = ", ".join(f"{count} {code}" for code, count in answers["codes"].items())
    turned = f", {answers['refused']} turned away ({why})" if answers["refused"] else ""
    return f"{counted(answers['sent'], 'offer')}{turned}"


def show_text(call: CommandCall, shown: Mapping[str, Any], language: str) -> None:
    """Print what a customer reads of a template.

    Raises:
        Failure: it is in no such language, or there is none.
    """
    texts = shown["texts"]
    if not texts:
        raise usage("There is no template.", "Set one with: freehold shop terms --file FILE")
    if language not in texts:
        raise usage(f"{language} is no language of a plain text.", f"The languages are: {', '.join(texts)}.")
    if call.out.machine:
        call.out.document({"language": language, "text": texts[language]})
    else:
        call.out.content(texts[language].encode())
