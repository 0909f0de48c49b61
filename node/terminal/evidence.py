"""Evidence on the command line: read from a file or fetched from the node, always verified right here.

Rules here: the verdict is this process's own; of the node it asks nothing but the bytes, the names of people
and, for `sig explain`, which keys they list today.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.terminal import deals, drafts, phrases
from node.terminal.call import CommandCall
from node.terminal.counts import size
from node.terminal.failures import ExitCode, Failure, not_found, of_file
from node.terminal.printing import fields
from protocol.documents import Document

if TYPE_CHECKING:
    from protocol.errors import ProtocolError
    from protocol.evidence import Verdict


def content(call: CommandCall, what: str) -> bytes:
    """Return the evidence that `what` names: a file, `-` for stdin, else an agreement of the node.

    Raises:
        Failure: it cannot be read, or the node has no such agreement.
    """
    if what == "-" or Path(what).is_file():
        return call.read(what).removesuffix(b"\n")
    if "://" not in what and ("." in what or "/" in what):
        raise not_found(f"There is no file {what}.")
    return call.node.fetch("GET", f"/agreements/{call.id('/agreements', what)}/evidence")


def verdict(body: bytes) -> "Verdict":
    """Verify a bundle.

    Raises:
        Failure: exit 7, what the first thing wrong with it is.
    """
    from protocol.errors import ProtocolError
    from protocol.evidence import verify_evidence

    try:
        return verify_evidence(body)
    except ProtocolError as error:
        raise unverified(error) from error


def unverified(error: "ProtocolError") -> Failure:
    """Return the failure of something signed that does not hold."""
    from protocol import codes as wire

    hint = "freehold agreement export writes such a file." if error.code == wire.NOT_EVIDENCE else ""
    detail = f"Not verified: {of_file(error.detail)}"
    return Failure(error.code, detail, exit_code=ExitCode.UNVERIFIED, hint=hint)


def report(call: CommandCall, body: bytes) -> None:
    """Verify a bundle and print what it proves.

    Raises:
        Failure: exit 7, what the first thing wrong with it is.
    """
    found = verdict(body)
    call.out.show(document(found), lines(found))


UNASKED: Final = "Nobody has asked whose the keys are: freehold sig explain asks the actors that are named."


def document(found: "Verdict") -> Document:
    """Return a verdict as JSON."""
    from node.core.drafts import view_time

    return {
        "verified": True,
        "whose_keys": "unasked",
        "state": found.state.value,
        "grade": found.grade.value,
        "until": view_time(found.until),
        "agreement": found.agreement,
        "digest": found.agreement_digest,
        "total": None if found.total is None else str(found.total),
        "least": None if found.total is not None else str(found.terms.least),
        "currency": found.currency,
        "supersedes": found.supersedes,
        "withdraws_until": view_time(found.withdraws_until),
        "parties": [
            {
                "actor": side.actor,
                "role": side.role.value,
                "key": side.multibase,
                "method": side.verification_method,
            }
            for side in found.parties
        ],
        "documents": [
            {
                "iri": exhibit.iri,
                "event": exhibit.event.value,
                "actor": exhibit.actor,
                "digest": exhibit.digest,
                "signed_at": exhibit.signed_at.isoformat(),
            }
            for exhibit in found.documents
        ],
    }


def lines(found: "Verdict") -> Iterator[str]:
    """Yield the lines that say what a verdict proves."""
    from node.core.drafts import view_draft

    yield f"  Verified. {grade(found)}"
    yield f"  {UNASKED}"
    yield from fields(
        [
            ("agreement", found.agreement or ""),
            ("digest", found.agreement_digest or ""),
            *((side.role.value, f"{side.actor}  {side.multibase}") for side in found.parties),
            *drafts.on_the_table(view_draft(found.terms)),
            ("replaces", found.supersedes or ""),
            ("withdrawal", _withdrawal(found)),
            *((exhibit.event.value, f"{exhibit.digest}  ✓") for exhibit in found.documents),
        ]
    )


def _withdrawal(found: "Verdict") -> str:
    """Say until when the customer may withdraw, or could; "" where nothing says that they may."""
    if found.withdraws_until is None:
        return ""
    return f"the customer may, until {phrases.exactly(found.withdraws_until.isoformat())}"


def grade(found: "Verdict") -> str:
    """Say in plain words how much a verdict proves."""
    until = "" if found.until is None else f" until {phrases.date_and_time(found.until.isoformat())}"
    return {
        "offered": f"Offered{until}; not accepted.",
        "accepted": f"Accepted, to be countersigned{until}; not countersigned.",
        "signed-by-both": "Both sides signed; nothing shows that the countersignature came in time.",
        "received-in-time": "Both sides signed, and the countersignature was received in time.",
    }[found.grade.value]


def explain(found: "Verdict", size_bytes: int, names: Mapping[str, str]) -> Iterator[str]:
    """Yield one line per signature of a verified bundle: who signed which document with which key.

    `names` says how to call actors by their addresses.
    """
    keys = {side.actor: side.multibase for side in found.parties}
    labels = {"accept": "acceptance", "countersign": "countersig", "acknowledge": "receipt"}
    digest = found.agreement_digest or found.documents[-1].digest
    yield f"  {'document':<10} {deals.shortened(digest)}  ({size(size_bytes)}, JCS)"
    width = max(len(names.get(actor, actor)) for actor in keys)
    for exhibit in found.documents:
        label = labels.get(exhibit.event.value, exhibit.event.value)
        name = names.get(exhibit.actor, exhibit.actor)
        yield f"  {label:<10} {name:<{width}}  {deals.shortened(keys[exhibit.actor])}  eddsa-jcs-2022  ✓"
