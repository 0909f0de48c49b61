"""HTTP signatures as in draft-cavage-12, which most of the Fediverse still speaks.

Rules here:

- Covered are always `(request-target)`, `host`, `date` or `(created)`, and `digest` if there is a body.
- The draft forbids `(created)` next to an algorithm that names RSA, and shows just that in its appendix C.3.
  Here it is accepted: a signed time is a signed time whatever the algorithm.
- Some servers sign the target without its query, so both readings are kept and the full one is tried first.
  Our own addresses have no query, so nothing is lost by that.

draft-cavage-http-signatures-12 §2; RFC 9110 §5.6.7 (dates).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from protocol import codes, digests
from protocol.errors import Unauthenticated
from protocol.httpmessages import HttpSignature, Request, Scheme, Window, covered_field, is_field_name
from protocol.keys import Algorithm, PrivateKey

# hs2019 leaves the algorithm to the key.
_ALGORITHMS: Final = {"rsa-sha256": Algorithm.RSA, "ed25519": Algorithm.ED25519, "hs2019": None}
_NAMES: Final = {Algorithm.RSA: "rsa-sha256", Algorithm.ED25519: "hs2019"}

# §2.1: name="text" or name=number, without escapes, which neither key ids nor base64 need; blanks around the
# equals sign are those of RFC 9110 §11.2. Fifteen digits are the most a structured field may have too, and
# end beyond the year 9999.
_PARAMETER = re.compile(r'([A-Za-z]+)[ \t]*=[ \t]*(?:"([^"\\]*)"|([0-9]{1,15}))')
_PARAMETERS = re.compile(rf"{_PARAMETER.pattern}(?:[ \t]*,[ \t]*{_PARAMETER.pattern})*")
_PSEUDO_FIELDS: Final = frozenset({"(request-target)", "(created)", "(expires)"})
_SECONDS = re.compile(r"[0-9]{1,15}")

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)


def sign(request: Request, *, key: PrivateKey, key_id: str, now: datetime) -> dict[str, str]:
    """Sign a request and return the header fields to add to it."""
    added = {"Host": request.authority, "Date": _render_date(now)}
    if request.body:
        added["Digest"] = digests.legacy_digest(request.body)
    fields = {name.lower(): value for name, value in added.items()}
    names = ["(request-target)", *fields]
    parameters = {
        "keyId": key_id,
        "algorithm": _NAMES[key.algorithm],
        "headers": " ".join(names),
        "signature": b64encode(key.sign(signature_base(request, fields, names, {}))).decode("ascii"),
    }
    return {**added, "Signature": ",".join(f'{name}="{value}"' for name, value in parameters.items())}


def read(request: Request, fields: dict[str, str], window: Window) -> HttpSignature:
    """Read the signature in the field `Signature`.

    Raises:
        Unauthenticated: see `signatures.read`.
    """
    parameters = _read_parameters(fields["signature"])
    names = parameters.get("headers", "").split(" ")
    _check_coverage(names, request)
    if "digest" in names:
        digests.check_legacy_digest(covered_field(fields, "digest"), request.body)
    return HttpSignature(
        scheme=Scheme.CAVAGE,
        key_id=_required(parameters, "keyId"),
        algorithm=_read_algorithm(parameters),
        created=window.check(_created_seconds(fields, names, parameters), _seconds(parameters, "expires")),
        received=window.now,
        base=signature_base(request, fields, names, parameters),
        signature=_read_signature(_required(parameters, "signature")),
        base_without_query=(
            None
            if request.query == "?"
            else signature_base(_without_query(request), fields, names, parameters)
        ),
    )


def signature_base(
    request: Request, fields: dict[str, str], names: Iterable[str], parameters: Mapping[str, str]
) -> bytes:
    """Build the bytes that are signed (§2.3): one line for each of `names`, in their order.

    Raises:
        Unauthenticated: `component-missing` or `signature-malformed`.
    """
    query = "" if request.query == "?" else request.query
    derived = {
        "(request-target)": f"{request.method.lower()} {request.path}{query}",
        "(created)": parameters.get("created"),
        "(expires)": parameters.get("expires"),
        "host": request.authority,
    }
    values = fields | {name: value for name, value in derived.items() if value is not None}
    return "\n".join(f"{name}: {covered_field(values, name)}" for name in names).encode("ascii")


def _without_query(request: Request) -> Request:
    return replace(request, target_uri=request.target_uri.partition("?")[0])


def _read_parameters(value: str) -> dict[str, str]:
    if not _PARAMETERS.fullmatch(value):
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The Signature header cannot be read.")
    pairs = [(match[1], match[2] or match[3] or "") for match in _PARAMETER.finditer(value)]
    parameters = dict(pairs)
    # §2.2: if a parameter is duplicated, the signature MUST NOT be processed.
    if len(parameters) != len(pairs):
        raise Unauthenticated(codes.SIGNATURE_AMBIGUOUS, "The Signature header has a parameter twice.")
    return parameters


def _check_coverage(names: Sequence[str], request: Request) -> None:
    if not all(name in _PSEUDO_FIELDS or is_field_name(name) for name in names):
        raise Unauthenticated(codes.COMPONENT_UNSUPPORTED)
    if len(set(names)) != len(names):
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The signature covers a component twice.")
    needed = {"(request-target)", "host"} | ({"digest"} if request.body else set())
    if not needed <= set(names) or not {"(created)", "date"} & set(names):
        raise Unauthenticated(
            codes.COMPONENT_MISSING, "The signature does not cover target, host, time and body."
        )


def _read_algorithm(parameters: Mapping[str, str]) -> Algorithm | None:
    name = parameters.get("algorithm", "hs2019")  # §2.1.3: optional, and then up to the key
    if name not in _ALGORITHMS:
        raise Unauthenticated(codes.ALGORITHM_UNSUPPORTED)
    return _ALGORITHMS[name]


def _created_seconds(fields: dict[str, str], names: Collection[str], parameters: Mapping[str, str]) -> int:
    """Take the time from what is covered: an uncovered `created` is anybody's."""
    created = _seconds(parameters, "created") if "(created)" in names else None
    return _read_date(covered_field(fields, "date")) if created is None else created


def _seconds(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "A time in the Signature header cannot be read.")
    return int(text)


def _read_signature(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The signature is not base64.") from error


def _required(parameters: Mapping[str, str], name: str) -> str:
    if not parameters.get(name):
        raise Unauthenticated(
            codes.SIGNATURE_MALFORMED, "The signature lacks a parameter that is needed here."
        )
    return parameters[name]


def _read_date(text: str) -> int:
    match = _DATE.fullmatch(text)
    if not match or match[2] not in _MONTHS:
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The Date header cannot be read.")
    month = _MONTHS.index(match[2]) + 1
    try:
        date = datetime(
            int(match[3]), month, int(match[1]), int(match[4]), int(match[5]), int(match[6]), tzinfo=UTC
        )
    except ValueError as error:
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The Date header cannot be read.") from error
    return int(date.timestamp())


def _render_date(moment: datetime) -> str:
    # Not strftime: its names of days and months follow the locale of the process.
    utc = moment.astimezone(UTC)
    return f"{_WEEKDAYS[utc.weekday()]}, {utc:%d} {_MONTHS[utc.month - 1]} {utc:%Y %H:%M:%S} GMT"
