"""The compiled core and the pure one say the same to whatever comes: `python -m tests.attacks.alike`.

Compiled code checks the type of an argument where Python looks only when something is done with it, so a
value that a reader forgot to check can end as `TypeError` in the one and as a refusal with a code in the
other. Here the same bent documents and texts go through every reader of both, each core in a process of its
own, and what comes of each (the value read, the code of the refusal, or the class of any other error) is
compared line by line.

`--count N` bends so many documents, `--seed N` draws others. Exit codes: 0 alike, 1 not alike.
"""

import argparse
import copy
import hashlib
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import schemas
from node.core.pricelists import read_item, read_price_list
from node.core.profiles import read_profile
from node.core.vcards import read_vcard
from protocol import audience, canonical, jsonld, proofs, specifications
from protocol.actors import read_actor
from protocol.agreements import read_agreement
from protocol.discovery import parse_acct, read_handle
from protocol.errors import ProtocolError
from protocol.evidence import verify_evidence
from protocol.httpmessages import Request
from protocol.incoming import read as read_body
from protocol.intentions import read_intention
from protocol.iris import check_host, check_iri, origin
from protocol.keys import read_multibase, read_public_pem
from protocol.members import literal, read_text
from protocol.moves import read_move
from protocol.multibase import decode
from protocol.offers import read_draft
from protocol.prices import read_price
from protocol.quantities import read_decimal, read_quantity
from protocol.signatures import read as read_signature
from protocol.structuredfields import parse_dictionary
from protocol.times import read_duration, read_time
from tests.schemas.scenario import public_keys

ROOT: Final = Path(__file__).parents[2]
COMPILED: Final = ROOT / "build" / "compiled"
NOW: Final = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
SHOWN: Final = 10
WHOLE: Final = 200  # characters of an outcome that are compared as they are; of a longer one, its digest

# What stands where something else is expected: every kind of JSON, its edges, and JSON-LD's wrappings.
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 7, 1.5, -0.0, 1e300, 2**53 - 1, 2**53, -(2**63), 2**64, "", " ", "x", "0",
    "-1", "1.0", "1e9", "NaN", "Infinity", "\u0663", "\u0000", "\ufeff", "\ud83d", "é" * 300, "x" * 20_000,
    [], [None], [[]], ["x", "y"], [1, {}], {}, {"id": "https://a.example/x"}, {"id": 1}, {"@value": "1"},
    {"@value": 1, "@type": "xsd:double"}, {"@list": []}, {"type": "Link", "href": 1}, "_:b0", "https://a.example/x",
    "https://A.example:443/../x#y", "http://127.0.0.1/", "https://[::1]/", "2026-02-30T00:00:00Z",
    "2026-03-14T12:30:00Z", "P1M", "P99999999Y", "EUR", "as:Public", ["as:Public"], {"@context": []},
    "https://www.w3.org/ns/activitystreams#Public",
)  # fmt: skip
TEXTS: Final = (
    "https://a.example/x", "acct:ada@a.example", "2026-03-14T12:30:00.000Z", "P1M", "12.50", "sha-256=:AAAA:",
    "z6MkpTHR8VNsBxYAAWHut2Geadd9", 'sig1=("@method" "content-digest");created=1;keyid="k"',
    'keyId="k",headers="date",signature="AA=="', "sku,name,price,currency\na,A,1.00,EUR\n",
    '[{"sku": "a", "name": "A", "price": "1.00", "currency": "EUR"}]', '{"a": 1, "a": 2}', '{"a": [[1e400]]}',
    "BEGIN:VCARD\nVERSION:2.1\nN:B;Ida\nNOTE;QUOTED-PRINTABLE:a=\n b\ni1.TEL;PREF:112\nBDAY:19850128",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n",
)  # fmt: skip
CHARACTERS: Final = "\u0000 \"'\\,;:=()[]{}<>@/?#%-+.0919azAZé\u0663\U0001f600\n\t"

Reader = Callable[[Any], object]


def _check_proof(document: Any) -> None:
    proofs.check(document, public_keys()[proofs.read(document).verification_method])


def _read_headers(*headers: tuple[str, str]) -> object:
    return read_signature(Request("POST", "https://a.example/inbox?a=1", headers, b"{}"), now=NOW)


# What reads a whole document as it came.
DOCUMENTS: Final[Mapping[str, Reader]] = {
    "plain": jsonld.read,
    "actor": lambda document: read_actor(document, iri="https://a.example/actors/ada"),
    "proof": _check_proof,
    "evidence": lambda document: verify_evidence(canonical.canonicalise(document)),
}
# What reads it once its keys are ours.
PLAIN: Final[Mapping[str, Reader]] = {
    "move": read_move,
    "intention": lambda plain: read_intention(plain.get("object")),
    "draft": lambda plain: read_draft(plain.get("object")),
    "agreement": lambda plain: read_agreement(plain.get("object")),
    "kind": audience.classify,
    "owner": audience.owner,
    "addressees": lambda plain: sorted(audience.addressees(plain)),
    "hidden": audience.without_hidden,
    "profile": lambda plain: read_profile(
        {"knows": plain.get("object")}, iri="https://a.example/a", kind="Person"
    ),
}
# What reads a part of one.
PARTS: Final[Mapping[str, Reader]] = {
    "canonical": canonical.digest_of,
    "price": read_price,
    "quantity": read_quantity,
    "decimal": read_decimal,
    "time": read_time,
    "duration": read_duration,
    "iri": lambda part: check_iri(part, allow_http=True, allow_fragment=True),
    "origin": origin,
    "handle": read_handle,
    "reference": jsonld.ref,
    "literal": literal,
    "wanted": lambda part: specifications.read_specifications({"additionalProperty": part}),
    "offered": lambda part: specifications.read_properties({"additionalProperty": part}),
    "text": lambda part: read_text({"name": part}, "name"),
    "item": lambda part: read_item({"sku": "a", "name": "A", "price": part, "currency": "EUR"}),
}
# What reads a text from outside.
STRINGS: Final[Mapping[str, Reader]] = {
    "body": lambda text: read_body(text.encode()),
    "account": parse_acct,
    "host": check_host,
    "pem": read_public_pem,
    "multibase key": read_multibase,
    "multibase": lambda text: decode(text, limit_characters=100),
    "structured": parse_dictionary,
    "card": lambda text: read_vcard(text.encode("utf-8", "surrogatepass"), is_person=True),
    "csv": lambda text: read_price_list(text.encode("utf-8", "surrogatepass"), "text/csv"),
    "json list": lambda text: read_price_list(text.encode("utf-8", "surrogatepass"), "application/json"),
    "rfc9421": lambda text: _read_headers(("signature-input", text), ("signature", "sig1=:AA==:")),
    "cavage": lambda text: _read_headers(("signature", text), ("digest", text)),
}


def outcome(read: Reader, value: Any) -> str:
    """Say what comes of reading: the value, or the error by its code, or by its class where it has none."""
    try:
        return repr(read(value))
    except ProtocolError as error:
        return f"{type(error).__name__} {error.code}: {error.detail}"
    except Exception as other:  # any at all, to be compared
        return f"!{type(other).__name__}"


def outcomes(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield the reader's name and the outcome, for `count` bent documents, parts and texts each."""
    chance = random.Random(seed)
    documents = [example.document for example in schemas.examples()]
    for _ in range(count):
        document = bend(chance.choice(documents), chance)
        yield from ((name, outcome(read, document)) for name, read in DOCUMENTS.items())
        try:
            plain = jsonld.read(document)
        except ProtocolError:  # its outcome is among those of DOCUMENTS
            plain = document
        yield from ((name, outcome(read, plain)) for name, read in PLAIN.items())
        holder, key = chance.choice(list(places(document)) or [(VALUES, 0)])
        yield from ((name, outcome(read, holder[key])) for name, read in PARTS.items())
        text = scramble(chance.choice(TEXTS), chance)
        yield from ((name, outcome(read, text)) for name, read in STRINGS.items())


def bend(document: Any, chance: random.Random) -> Any:
    """Return a copy with up to three places left out, wrapped, renamed, exchanged or replaced."""
    bent = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        there = list(places(bent))
        if not there:
            return bent
        holder, key = chance.choice(there)
        match chance.randrange(6):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1:
                holder[key] = [holder[key]] * chance.randint(1, 2)
            case 2 if isinstance(holder, dict):
                holder[chance.choice(["@type", "as:name", "http://schema.org/name", "x", "nameMap"])] = (
                    holder[key]
                )
            case 3:
                other, at = chance.choice(there)
                holder[key] = copy.deepcopy(other[at])
            case _:
                holder[key] = copy.deepcopy(chance.choice(VALUES))
    return bent


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in a document as what holds it and its key there."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in list(members):
        yield value, key
        yield from places(member)


def scramble(text: str, chance: random.Random) -> str:
    """Return a text with some characters put in, left out or doubled."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        new = chance.choice(["", chance.choice(CHARACTERS), text[at : at + 9]])
        text = text[:at] + new + text[at + chance.randint(0, 2) :]
    return text


def print_outcomes(count: int, seed: int) -> None:
    """Print the file of a module, and a line for each outcome."""
    print(jsonld.__file__)
    for name, came in outcomes(count, seed):
        digest = hashlib.sha256(came.encode(errors="surrogatepass")).hexdigest()
        print(json.dumps([name, came if len(came) < WHOLE else f"{came[:WHOLE]}... {digest}"]))


def run(root: Path, count: int, seed: int) -> list[str]:
    """Return the lines that the core prints which is imported from this folder."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.attacks.alike", "--print", f"--count={count}", f"--seed={seed}"],
        env=os.environ | {"PYTHONSAFEPATH": "1", "PYTHONPATH": f"{root}{os.pathsep}{ROOT}"},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return ran.stdout.splitlines()


def compare(count: int, seed: int) -> int:
    """Run both cores, print the first differences and how many there are; return 0 if there are none.

    Raises:
        RuntimeError: there is no compiled core, or nothing was read at all.
    """
    with ThreadPoolExecutor() as both:
        (_, *pure), (file, *compiled) = both.map(lambda root: run(root, count, seed), (ROOT, COMPILED))
    if file.endswith(".py"):
        raise RuntimeError(f"{file} is not compiled: run `make compiled` first.")
    differing = [(one, other) for one, other in zip(pure, compiled, strict=True) if one != other]
    for one, other in differing[:SHOWN]:
        print(f"pure     {one}\ncompiled {other}")
    refused = Counter(json.loads(line)[1].split(":")[0] for line in pure)
    print(f"{len(pure)} outcomes of {len(refused)} kinds, {len(differing)} not alike")
    return 1 if differing else 0


def main() -> int:
    """Compare, or print what one core says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=2_000, help="documents, parts and texts to bend")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--print", action="store_true", help="what the core says that is running, and no more"
    )
    given = parser.parse_args()
    if not given.print:
        return compare(given.count, given.seed)
    print_outcomes(given.count, given.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
