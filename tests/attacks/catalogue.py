"""The catalogue: every case of ten groups, by its number, and which numbers there are.

The numbers and titles are those of the design's catalogue of attacks, whose numbers have gaps; number 00 of a
group is its baseline, which shows that the group's way of building requests is sound.
"""

from types import MappingProxyType
from typing import Final

from tests.attacks import (
    actors,
    agreements,
    content,
    fetching,
    framing,
    jsonld,
    origins,
    proofs,
    replays,
    signatures,
)
from tests.attacks.cases import Case

GROUPS: Final = MappingProxyType(
    {
        "HT": "HTTP framing and transport",
        "JS": "JSON and content",
        "SG": "HTTP message signatures, digests, freshness",
        "PR": "object proofs and canonicalisation",
        "KY": "keys, actors, resolution",
        "OR": "origin, authority, attribution",
        "LD": "JSON-LD",
        "SS": "SSRF and outbound fetch",
        "RP": "replay, idempotency, order, time, crash",
        "AG": "agreement logic",
    }
)

CATALOGUE: Final[tuple[Case, ...]] = (
    *framing.CASES,
    *content.CASES,
    *signatures.CASES,
    *proofs.CASES,
    *actors.CASES,
    *origins.CASES,
    *jsonld.CASES,
    *fetching.CASES,
    *replays.CASES,
    *agreements.CASES,
)

TITLES: Final = MappingProxyType(
    {
        "HT-01": "duplicate Host",
        "HT-02": "no Host",
        "HT-04": "foreign Host",
        "HT-05": "absolute-form target that is not the Host",
        "HT-07": "two Content-Lengths, signs, lists",
        "HT-08": "unknown or misplaced Transfer-Encoding",
        "HT-10": "NUL, bare CR, folding, space before the colon",
        "HT-11": "CR and LF on their way into our headers",
        "HT-13": "bodies larger, shorter and longer than they say",
        "HT-14": "a hundred thousand chunks",
        "HT-16": "signature and digest in trailers",
        "HT-17": "what is not HTTP",
        "HT-19": "slow bodies",
        "HT-20": "idle connections of one address",
        "HT-22": "method confusion",
        "HT-23": "path confusion",
        "HT-25": "forwarding headers of an untrusted peer",
        "JS-01": "wrong media type",
        "JS-02": "duplicate keys",
        "JS-04": "trailing data, encodings",
        "JS-05": "lone surrogates, NUL, non-characters",
        "JS-07": "floats for money",
        "JS-08": "depth",
        "JS-10": "wrong shapes",
        "JS-11": "keys like those of a prototype",
        "JS-13": "odd but accepted content",
        "JS-14": "terminal escapes",
        "JS-16": "log injection",
        "SG-01": "no signature, or none that can be read",
        "SG-02": "something flipped after signing",
        "SG-04": "a required component is not covered",
        "SG-05": "signed for another host or inbox",
        "SG-07": "duplicate labels and parameters, many signatures",
        "SG-08": "algorithm confusion",
        "SG-10": "component names",
        "SG-11": "header canonicalisation",
        "SG-13": "weak RSA keys, odd curves, huge keys",
        "SG-14": "Ed25519 keys of small order or not canonical",
        "SG-16": "nonce reuse",
        "SG-17": "an oracle in refusals",
        "PR-01": "no proof",
        "PR-02": "a proof that does not fit",
        "PR-04": "another purpose, suite or type",
        "PR-05": "a key that is not for assertions",
        "PR-07": "several proofs",
        "PR-08": "times and options of a proof",
        "PR-10": "a proof copied to another document",
        "PR-11": "a proof within",
        "PR-13": "an acceptance of other bytes",
        "PR-14": "numbers that rounding changes",
        "KY-01": "a key document that names somebody else as its owner",
        "KY-02": "one's own real key for somebody else's words",
        "KY-04": "a key that is not the one asked for",
        "KY-05": "an actor that is not the one asked for",
        "KY-07": "an actor served as something else",
        "KY-08": "an actor document that is too much",
        "KY-10": "statements about keys",
        "KY-11": "a revoked key, dated back",
        "KY-13": "a thousand keys, a thousand key ids",
        "KY-14": "stale cache",
        "KY-16": "WebFinger that does not match",
        "KY-17": "no actor, or one that is gone",
        "OR-01": "an id of another host",
        "OR-02": "attributed to another",
        "OR-04": "somebody else's offer",
        "OR-05": "immutable members",
        "OR-07": "another actor of the same host",
        "OR-08": "Move as a takeover",
        "OR-10": "addressed to others",
        "OR-11": "the customer's acceptance, forged",
        "LD-01": "remote contexts",
        "LD-02": "inline contexts that redefine",
        "LD-04": "keywords that restructure",
        "LD-05": "two spellings of one term",
        "LD-07": "a genuine activity, restructured",
        "LD-08": "what one reader sees and another does not",
        "LD-10": "poison graphs",
        "LD-11": "blank nodes as names",
        "SS-01": "this machine",
        "SS-02": "special networks",
        "SS-04": "IPv4 within IPv6",
        "SS-05": "disguised addresses",
        "SS-07": "DNS rebinding",
        "SS-08": "literal addresses, which no resolver sees",
        "SS-10": "redirect loops",
        "SS-11": "signed requests redirected elsewhere",
        "SS-13": "ports, user information, control characters",
        "SS-14": "accounts that are addresses",
        "SS-16": "endless and lying answers",
        "SS-17": "slow answers",
        "SS-19": "certificates",
        "SS-20": "other ways to make the node fetch",
        "SS-22": "the doors of development in production",
        "RP-01": "exact replay",
        "RP-02": "replay later",
        "RP-04": "one id at two inboxes, in parallel",
        "RP-05": "the same content under new ids",
        "RP-07": "answers before what they answer",
        "RP-08": "versions in reverse",
        "RP-10": "leap seconds, leap days, time zones, far futures",
        "RP-11": "SIGKILL under load",
        "RP-13": "SIGTERM",
        "RP-14": "a connection that dies before the answer is read",
        "RP-16": "two nodes in one folder",
        "AG-01": "double acceptance",
        "AG-02": "two acceptances of one intention",
        "AG-04": "withdrawal against acceptance",
        "AG-05": "an offer that changed meanwhile",
        "AG-07": "counter-offers that change more than they may",
        "AG-08": "prices",
        "AG-10": "sums that do not match",
        "AG-11": "offers to intentions that take none",
        "AG-13": "terminal states",
        "AG-14": "cancelling",
        "AG-16": "what could change after signing",
        "AG-17": "long threads",
    }
)

# Parts of a case that concern something this release does not have; the rest of each is played.
PARTS_TO_COME: Final = MappingProxyType(
    {
        "HT-11": "redirects, file names and ETags of ours: none is made from a request",
        "JS-13": "pages: the API, the terminal and the event stream are opened in their place",
        "SG-16": "a policy on nonces: the replay cache is on key id and signature",
        "SG-17": "the comparison of timings, which no shared machine can hold still for",
        "KY-10": "rotation statements: keys change in the actor's own document and nowhere else",
        "OR-08": "Move: it is not taken from anybody",
        "SS-20": "logos, push, webhooks and calendars: what will fetch them is the client attacked here",
        "RP-07": "parking: what comes too early is refused, and sent again in order",
        "AG-10": "flagging a text that contradicts the terms, which is for a page to show",
        "AG-16": "attachments and terms by address: they are refused as unknown members",
    }
)


def chosen(*words: str) -> tuple[Case, ...]:
    """Return the cases of these groups or numbers, all of them if none is named.

    Raises:
        ValueError: a word is neither.
    """
    unknown = [word for word in words if word not in GROUPS and word not in TITLES]
    if unknown:
        raise ValueError(f"there is no group or case called {', '.join(unknown)}")
    if not words:
        return CATALOGUE
    return tuple(case for case in CATALOGUE if case.id in words or case.id[:2] in words)
