"""HTTP Message Signatures as in RFC 9421, in the profile that servers of the Fediverse share.

Rules here:

- Covered are always `@method`, the target (`@target-uri`, or `@authority` with `@path` and, if there is one,
  `@query`) and, if there is a body, `content-digest`. `content-type` need not be: servers in wide use leave
  it out, and what a body means is decided by the body alone.
- Components are `@method`, `@target-uri`, `@authority`, `@path`, `@query` and plain header fields. A
  component parameter (`;req`, `;bs`, `;sf`, `;tr`, `;key`) or another derived component is refused, not
  approximated.
- Of at most three signatures exactly one may be of this profile; the others may be a proxy's.
- The signature base repeats components and parameters in the order received.

RFC 9421 §2 (components), §2.5 (signature base), §4 (fields), §5.1 (Accept-Signature).
"""

import re
from base64 import b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeAlias, TypeVar

from protocol import codes, digests
from protocol.errors import Unauthenticated
from protocol.httpmessages import (
    HttpSignature,
    Request,
    Scheme,
    Window,
    covered_field,
    covered_text,
    is_field_name,
)
from protocol.keys import Algorithm, PrivateKey
from protocol.structuredfields import (
    KEY,
    parse_dictionary,
    serialise_item,
    serialise_parameters,
)

Value = TypeVar("Value")
Component: TypeAlias = tuple[Any, Mapping[str, Any]]
Covered: TypeAlias = tuple[list[Any], dict[str, Any]]

_LABEL = "sig1"
_LIMIT_SIGNATURES = 3  # ours, a proxy's and one to spare; each further one would be our work for a stranger
_ALGORITHMS: Final = {"rsa-v1_5-sha256": Algorithm.RSA, "ed25519": Algorithm.ED25519}
_NAMES: Final = {algorithm: name for name, algorithm in _ALGORITHMS.items()}
# What Mastodon and this node write, and whoever else covers what this profile asks for and no more.
_USUAL_INPUT: Final = re.compile(
    rf"(?P<label>{KEY})="
    r'(?P<covered>\("@method" "@target-uri" "content-digest"\);created=(?P<created>[1-9][0-9]{0,14})'
    r';keyid="(?P<keyid>[ !#-\[\]-~]*)"(?:;alg="(?P<alg>rsa-v1_5-sha256|ed25519)")?)'
)
_DERIVED: Final[Mapping[str, Callable[[Request], str]]] = {
    "@method": attrgetter("method"),
    "@target-uri": attrgetter("target_uri"),
    "@authority": attrgetter("authority"),
    "@path": attrgetter("path"),
    "@query": attrgetter("query"),
}


def sign(request: Request, *, key: PrivateKey, key_id: str, now: datetime) -> dict[str, str]:
    """Sign a request and return the header fields to add to it."""
    added = {"Content-Digest": digests.content_digest(request.body)} if request.body else {}
    parameters = {"created": int(now.timestamp()), "keyid": key_id, "alg": _NAMES[key.algorithm]}
    names, covered = '"@method" "@target-uri"', _covered_target(request)
    if added:
        names, covered = (
            f'{names} "content-digest"',
            f'{covered}"content-digest": {added["Content-Digest"]}\n',
        )
    written = f"({names}){serialise_parameters(parameters)}"
    signature = key.sign(f'{covered}"@signature-params": {written}'.encode("ascii"))
    return {
        **added,
        "Signature-Input": f"{_LABEL}={written}",
        "Signature": f"{_LABEL}=:{b64encode(signature).decode('ascii')}:",
    }


def read(request: Request, fields: dict[str, str], window: Window) -> HttpSignature:
    """Read the one signature of our profile from `Signature-Input` and `Signature`.

    Raises:
        Unauthenticated: see `signatures.read`.
    """
    usual = _USUAL_INPUT.fullmatch(fields["signature-input"])
    signature = _read_sequence(fields["signature"], label=usual["label"]) if usual else b""
    if usual and signature:
        return _read_usual(request, fields, usual, signature, window)
    return _read_any(request, fields, window)


def _read_sequence(value: str, *, label: str) -> bytes:
    """Read the one byte sequence that a field gives under this label; nothing if it is written otherwise."""
    opening = f"{label}=:"
    text = value[len(opening) : -1]
    if value != f"{opening}{text}:" or not text.isascii():
        return b""
    try:
        sequence = a2b_base64(text)
    except ValueError:
        return b""
    # What was passed over while reading, such as a character of no meaning, does not come out again.
    return sequence if b2a_base64(sequence, newline=False).decode() == text else b""


def _read_usual(
    request: Request, fields: dict[str, str], found: re.Match[str], signature: bytes, window: Window
) -> HttpSignature:
    """Read the one signature of a request that covers just what it has to, as `_read_any` would.

    Its parameters are written as they would be written again, so the base takes them as they are.
    """
    digest = covered_field(fields, "content-digest")
    digests.check_content_digest(digest, request.body, sha256=request.body_sha256)
    created = window.check(int(found["created"]), None)
    base = (
        f'"@method": {covered_text(request.method)}\n"@target-uri": {covered_text(request.target_uri)}\n'
        f'"content-digest": {digest}\n"@signature-params": {found["covered"]}'
    )
    return HttpSignature(
        scheme=Scheme.RFC9421,
        key_id=found["keyid"],
        algorithm=_ALGORITHMS.get(found["alg"]),
        created=created,
        received=window.now,
        base=base.encode("ascii"),
        signature=signature,
    )


def _read_any(request: Request, fields: dict[str, str], window: Window) -> HttpSignature:
    inputs = parse_dictionary(fields["signature-input"])
    signatures = parse_dictionary(fields["signature"])
    if max(len(inputs), len(signatures)) > _LIMIT_SIGNATURES:
        raise Unauthenticated(
            codes.SIGNATURE_AMBIGUOUS, "The request has more signatures than this node examines."
        )
    readings: list[HttpSignature] = []
    failures: list[Unauthenticated] = []
    for label in (label for label in inputs if label in signatures):
        try:
            readings.append(_read_one(request, fields, inputs[label], signatures[label], window))
        except Unauthenticated as failure:
            failures.append(failure)
    if len(readings) > 1:
        raise Unauthenticated(codes.SIGNATURE_AMBIGUOUS, "The request has two signatures by whoever sent it.")
    if readings:
        return readings[0]
    if failures:
        raise failures[0]
    raise Unauthenticated(codes.SIGNATURE_MISSING, "No signature has both of its header fields.")


def accept_signature(*, body: bool) -> str:
    """Write the value of `Accept-Signature` (§5.1)."""
    names = " ".join(serialise_item(*component) for component in _components(body=body))
    return f"{_LABEL}=({names}){serialise_parameters({'created': True})}"


def signature_base(covered: Covered, value_of: Callable[[Component], str]) -> bytes:
    """Build the bytes that are signed (§2.5).

    Components and parameters are written in the order of `covered`, which for a received signature is the
    order received; `value_of` looks up the value of each component.
    """
    components, parameters = covered
    identifiers = [serialise_item(*component) for component in components]
    lines = [
        f"{identifier}: {value_of(component)}"
        for identifier, component in zip(identifiers, components, strict=True)
    ]
    lines.append(f'"@signature-params": ({" ".join(identifiers)}){serialise_parameters(parameters)}')
    return "\n".join(lines).encode("ascii")


def _covered_target(request: Request) -> str:
    """Write the lines for method and target; what we cover is always the same, so nothing is looked up."""
    return f'"@method": {covered_text(request.method)}\n"@target-uri": {covered_text(request.target_uri)}\n'


def _components(*, body: bool) -> list[Any]:
    names = ("@method", "@target-uri", "content-digest") if body else ("@method", "@target-uri")
    return [(name, {}) for name in names]


def _read_one(
    request: Request, fields: dict[str, str], covered: Any, signature: Any, window: Window
) -> HttpSignature:
    names = _read_components(covered)
    if type(signature[0]) is not bytes or not signature[0]:
        raise Unauthenticated(
            codes.SIGNATURE_MALFORMED, "The signature is not a byte sequence, or an empty one."
        )
    _check_coverage(names, request)
    if "content-digest" in names:
        digests.check_content_digest(covered_field(fields, "content-digest"), request.body)
    parameters = covered[1]
    return HttpSignature(
        scheme=Scheme.RFC9421,
        key_id=_parameter(parameters, "keyid", str),
        algorithm=_read_algorithm(parameters),
        created=window.check(_parameter(parameters, "created", int), _optional(parameters, "expires", int)),
        received=window.now,
        base=signature_base(covered, lambda component: _value(request, fields, component)),
        signature=signature[0],
    )


def _read_components(covered: Any) -> Collection[str]:
    if type(covered[0]) is not list:
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The signature does not say what it covers.")
    names = [name for name, _ in covered[0]]
    if any(parameters for _, parameters in covered[0]) or not all(map(_is_supported, names)):
        taken = ", ".join(sorted(_DERIVED))
        raise Unauthenticated(
            codes.COMPONENT_UNSUPPORTED,
            f"The signature covers a component that is no plain header field, nor one of {taken}.",
        )
    # §2: each component identifier MUST occur only once in the covered components.
    if len(set(names)) != len(names):
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The signature covers a component twice.")
    return names


def _is_supported(name: object) -> bool:
    return type(name) is str and (name in _DERIVED or is_field_name(name))


def _check_coverage(names: Collection[str], request: Request) -> None:
    needed = {"@method"}
    if "@target-uri" not in names:
        needed |= {"@authority", "@path"} if request.query == "?" else {"@authority", "@path", "@query"}
    if request.body:
        needed.add("content-digest")
    if not needed <= set(names):
        raise Unauthenticated(
            codes.COMPONENT_MISSING, "The signature does not cover method, target and body."
        )


def _read_algorithm(parameters: Mapping[str, Any]) -> Algorithm | None:
    name = _optional(parameters, "alg", str)
    if name is not None and name not in _ALGORITHMS:
        raise Unauthenticated(codes.ALGORITHM_UNSUPPORTED)
    return None if name is None else _ALGORITHMS[name]


def _value(request: Request, fields: dict[str, str], component: Component) -> str:
    name = component[0]
    return covered_text(_DERIVED[name](request)) if name in _DERIVED else covered_field(fields, name)


def _parameter(parameters: Mapping[str, Any], name: str, kind: type[Value]) -> Value:
    value = _optional(parameters, name, kind)
    if value is None:
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, f"The signature lacks the parameter {name}.")
    return value


def _optional(parameters: Mapping[str, Any], name: str, kind: type[Value]) -> Value | None:
    value = parameters.get(name)
    # The exact type: True is an integer to Python, and `;created` alone would be the year 1970.
    if value is None or type(value) is kind:
        return value
    raise Unauthenticated(codes.SIGNATURE_MALFORMED, "A parameter of the signature is of the wrong type.")
