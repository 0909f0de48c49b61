"""What `freehold doctor` sees at a node's own address: who answers, and until when its certificate holds.

Rules here: as in `node.terminal.diagnosis`.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Final

from node.core.codes import PROBLEM_TYPES
from node.core.reachability import PATH, Sighting
from node.terminal import data_folder, settings_file
from node.terminal.api_client import Probed, probe
from node.terminal.call import CommandCall
from node.terminal.certificates import validity
from node.terminal.failures import Failure
from node.terminal.verdicts import Diagnosis, Mark
from protocol.documents import Document
from protocol.vocabulary import ACTIVITY_JSON

ORIGIN_TIMEOUT_SECONDS: Final = 5.0
_OTHER: Final = "Peers hear one name with two keys: stop the one whose folder is not the right one."
_COPY: Final = "Never run two copies of one node: start this one only when the other is gone for good."
_COPY_RUNS: Final = "Never run two copies of one node: stop the one that is to go, now, and for good."
_NO_ACTIVITY: Final = b"{}"
_NOT_AN_INBOX: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
_HAND_ON: Final = "Have the proxy hand on POST, from everybody, with path and body as they came."


def address(call: CommandCall, *, is_running: bool) -> Iterator[Diagnosis]:
    """Check who answers at the node's public address; a node that does not run has none there.

    A node that runs asks for itself, as its peers would; of any other the keys are looked at.
    """
    if is_running:
        with suppress(Failure):  # that it does not answer is said elsewhere
            looked = call.node.request("POST", "/node/check")
            seen = _as_it_sees_itself(looked)
            yield seen
            if looked["seen"] == Sighting.SOMETHING_ELSE:
                yield from _copy_at(call, str(looked["address"]))
            if seen.mark is not Mark.BAD:
                yield from _inbox(call)
                yield from _certificate(call)
            return
    try:
        known, loaded = data_folder.standing(call.folder), settings_file.load(call)
        handle = known.identity.handles[0] if known.identity else ""
        path = f"/actors/{handle}"
        found = probe(
            loaded.origin,
            path,
            timeout_seconds=ORIGIN_TIMEOUT_SECONDS,
            media=ACTIVITY_JSON,
            authorities=loaded.ca_file,
        )
    except Failure as failure:
        if is_running:
            yield Diagnosis("address", Mark.BAD, failure.detail, failure.hint)
        return
    if is_running or found.status == HTTPStatus.OK:
        yield _who_answers(f"{loaded.origin}{path}", found, known.keys, is_running=is_running)


def _copy_at(call: CommandCall, origin: str) -> Iterator[Diagnosis]:
    """Look whether who answers in place of this running node is a node with its keys.

    That it is a node shows in how it refuses what the running one would have answered; else a proxy may hand
    some addresses on and keep others back.
    """
    with suppress(Failure):  # what answers there cannot be read: it is no copy
        known = data_folder.standing(call.folder)
        if known.identity is None:
            return
        asked = partial(
            probe,
            origin,
            media=ACTIVITY_JSON,
            timeout_seconds=ORIGIN_TIMEOUT_SECONDS,
            authorities=settings_file.load(call).ca_file,
        )
        if not str(asked(f"{PATH}none").document.get("type")).startswith(PROBLEM_TYPES):
            return
        path = f"/actors/{known.identity.handles[0]}"
        theirs = asked(path)
        if theirs.status == HTTPStatus.OK and _keys_of(theirs.document) & {*known.keys}:
            found = f"At {origin}{path} another process answers with these keys."
            yield Diagnosis("copy", Mark.BAD, found, _COPY_RUNS)


def _keys_of(actor: Document) -> set[str]:
    published = actor.get("assertionMethod")
    methods = published if isinstance(published, list) else [published]
    return {str(method.get("id")) for method in methods if isinstance(method, dict)}


def _inbox(call: CommandCall) -> Iterator[Diagnosis]:
    """Yield a verdict if what is posted to the inbox does not arrive, as behind a proxy that only reads.

    What is posted is no activity: the node refuses it in its own way, and nothing comes of it but a line in
    its log.
    """
    with suppress(Failure):  # that it does not answer is said elsewhere
        values, path = _settings(call), f"/actors/{call.node.get('/node')['handle']}/inbox"
        found = probe(
            values["origin"],
            path,
            media=ACTIVITY_JSON,
            posted=_NO_ACTIVITY,
            timeout_seconds=ORIGIN_TIMEOUT_SECONDS,
            authorities=values["ca_file"],
        )
        if str(found.document.get("type")).startswith(PROBLEM_TYPES) and found.status not in _NOT_AN_INBOX:
            return
        said = f"What is posted to {values['origin']}{path} does not reach this node: HTTP {found.status}."
        yield Diagnosis("inbox", Mark.BAD, said, _HAND_ON)


def _settings(call: CommandCall) -> dict[str, str]:
    return {item["key"]: item["value"] for item in call.node.get("/config")["items"]}


def _certificate(call: CommandCall) -> Iterator[Diagnosis]:
    with suppress(Failure):  # that it does not answer is said elsewhere
        values = _settings(call)
        shown = validity(
            values["origin"], timeout_seconds=ORIGIN_TIMEOUT_SECONDS, authorities=values["ca_file"]
        )
        if shown is not None:
            yield shown.judged(call.now())


def _as_it_sees_itself(looked: Document) -> Diagnosis:
    seen = str(looked["seen"])  # by a node of another release perhaps in a word that is not known here
    mark: dict[str, Mark] = {
        Sighting.REACHED: Mark.GOOD,
        Sighting.THIS_MACHINE: Mark.GOOD,
        Sighting.PRIVATE: Mark.NOTE,
    }
    found, advice = f"{looked['address']}: {looked['says']}", str(looked["advice"])
    found += f" {looked['detail']}" * bool(looked["detail"])
    is_meant = seen == Sighting.THIS_MACHINE  # a node in development
    verdict = mark.get(seen, Mark.BAD if seen in [*Sighting] else Mark.NOTE)
    if verdict is Mark.GOOD and looked["detail"]:  # it answers, and does not learn who calls
        verdict = Mark.NOTE
    return Diagnosis("address", verdict, found, "" if is_meant else advice)


def _who_answers(iri: str, found: Probed, keys: Collection[str], *, is_running: bool) -> Diagnosis:
    if found.status != HTTPStatus.OK or found.document.get("id") != iri:
        advice = "Does the proxy lead to the node?"
        return Diagnosis("address", Mark.BAD, f"{iri} answers {found.status}.", advice)
    if not _keys_of(found.document) & {*keys}:
        return Diagnosis("address", Mark.BAD, f"At {iri} another node answers, with other keys.", _OTHER)
    if not is_running:
        return Diagnosis("address", Mark.BAD, f"At {iri} another answers with these keys.", _COPY)
    return Diagnosis("address", Mark.GOOD, f"{iri} leads here")
