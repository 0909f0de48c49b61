"""RFC 9421: the bases and signatures of its Appendix B, and every way to cover too little or too much.

Of the appendix's algorithms this node carries Ed25519. Its signatures by RSA-PSS (B.2.1 to B.2.3), ECDSA
(B.2.4) and HMAC (B.2.5) are not checked, their bases are.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import http_sf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import digests, keys, rfc9421, signatures
from protocol.errors import Unauthenticated
from protocol.httpmessages import Window
from protocol.keys import Algorithm, PrivateKey
from protocol.rfc9421 import Component, Covered, signature_base
from protocol.signatures import Request, Scheme
from protocol.structuredfields import parse_dictionary
from tests.protocol.signing import (
    APPENDIX_B,
    BODY,
    ED25519,
    INBOX,
    KEY_ID,
    NOW,
    RSA,
    SECONDS,
    header,
    request,
    signed,
    with_headers,
    with_line,
    without,
)

REQUIRED = '"@method" "@target-uri" "content-digest"'
PARAMETERS = f';created={SECONDS};keyid="{KEY_ID}"'
INPUT = f"sig1=({REQUIRED}){PARAMETERS}"


def message(name: str) -> tuple[str, Request]:
    """Take a message of the appendix apart into its first line and the rest as a request."""
    head, _, body = APPENDIX_B["messages"][name].partition("\n\n")
    first, *lines = head.split("\n")
    headers = [(line.partition(":")[0].lower(), line.partition(":")[2]) for line in lines]
    target = f"https://example.com{first.split(' ')[1]}"
    return first, Request(first.split(" ")[0], target, headers, body.encode())


def value_of(name: str, vector: Mapping[str, str]) -> Callable[[Component], str]:
    """Look components up in a message of the appendix, with the two kinds that this node does not derive."""
    first, of = message(name)
    fields = of.fields()
    if name == "test-response":  # signed over another digest than the message in the appendix has
        digest = next(line for line in vector["base"].split("\n") if line.startswith('"content-digest"'))
        fields["content-digest"] = digest.partition(": ")[2]

    def look_up(component: Component) -> str:
        if component[0] == "@status":
            return first.split(" ")[1]
        if component[0] == "@query-param":
            pairs = dict(pair.split("=") for pair in of.query[1:].split("&"))
            return pairs[component[1]["name"]]
        return rfc9421._value(of, fields, component)

    return look_up


def crafted(
    inner: str, parameters: str = PARAMETERS, *, key: PrivateKey = ED25519, of: Request | None = None
) -> Request:
    """Sign what a peer of other habits would: any components, any parameters."""
    plain = of or request()
    digested = with_headers(plain, {"content-digest": header(signed(Scheme.RFC9421, key), "content-digest")})
    covered = parse_dictionary(f"sig1=({inner}){parameters}")["sig1"]
    base = rfc9421.signature_base(
        covered, lambda component: rfc9421._value(digested, digested.fields(), component)
    )
    return with_signature(digested, f"sig1=({inner}){parameters}", {"sig1": key.sign(base)})


def with_signature(bent: Request, signature_input: str, values: Mapping[str, bytes]) -> Request:
    signature = ", ".join(f"{label}={_sequence(value)}" for label, value in values.items())
    return with_headers(bent, {"signature-input": signature_input, "signature": signature})


def _sequence(value: bytes) -> str:
    return http_sf.ser(value)


def refusal(bent: Request) -> str:
    with pytest.raises(Unauthenticated) as caught:
        signatures.read(bent, now=NOW)
    return caught.value.code


# The appendix


@pytest.mark.parametrize("vector", APPENDIX_B["vectors"], ids=lambda vector: vector["title"])
def test_the_bases_of_the_appendix(vector: dict[str, str]) -> None:
    [covered] = parse_dictionary(vector["signature-input"]).values()
    assert rfc9421.signature_base(covered, value_of(vector["message"], vector)) == vector["base"].encode()


def test_the_ed25519_signature_of_the_appendix() -> None:
    [vector] = [vector for vector in APPENDIX_B["vectors"] if vector["alg"] == "ed25519"]
    [(signature, _)] = parse_dictionary(vector["signature"]).values()
    public_pem, private_pem = APPENDIX_B["keys"]["test-key-ed25519"]["pems"]
    assert keys.read_public_pem(public_pem).verifies(signature, vector["base"].encode())
    assert keys.read_private_pem(private_pem).sign(vector["base"].encode()) == signature


def appendix_request(vector: Mapping[str, str]) -> Request:
    signature = {"signature-input": vector["signature-input"], "signature": vector["signature"]}
    return with_headers(message(vector["message"])[1], signature)


def test_the_full_coverage_of_the_appendix_is_read_to_its_base() -> None:
    [vector] = [vector for vector in APPENDIX_B["vectors"] if vector["title"].startswith("Full Coverage")]
    signature = signatures.read(appendix_request(vector), now=datetime.fromtimestamp(1618884473, UTC))
    assert signature.base == vector["base"].encode()
    # Made with RSA-PSS, and so no signature to us: keys are for PKCS#1 v1.5.
    key = keys.read_public_pem(APPENDIX_B["keys"]["test-key-rsa-pss"]["pems"][0])
    assert not key.verifies(signature.signature, signature.base)


@pytest.mark.parametrize(
    "vector",
    [vector for vector in APPENDIX_B["vectors"] if not vector["title"].startswith("Full Coverage")],
    ids=lambda vector: vector["title"],
)
def test_the_other_requests_of_the_appendix_cover_too_little(vector: dict[str, str]) -> None:
    assert refusal(appendix_request(vector)) in ("component-missing", "component-unsupported")


# What we write


def test_a_signature_as_we_write_it() -> None:
    added = signatures.sign(request(), scheme=Scheme.RFC9421, key=RSA, key_id=KEY_ID, now=NOW)
    assert added["Signature-Input"] == (
        f'sig1=({REQUIRED});created={SECONDS};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    )
    base = (
        '"@method": POST\n'
        f'"@target-uri": {INBOX}\n'
        f'"content-digest": {added["Content-Digest"]}\n'
        f'"@signature-params": {added["Signature-Input"].removeprefix("sig1=")}'
    )
    [(signature, _)] = parse_dictionary(added["Signature"]).values()
    assert RSA.public.verifies(signature, base.encode())
    assert list(added) == ["Content-Digest", "Signature-Input", "Signature"]


@given(
    method=st.sampled_from(["GET", "POST"]),
    path=st.text(st.sampled_from("ab/.~-%2F=&@:!?"), max_size=20),
    body=st.binary(max_size=40),
    key_id=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20),
)
def test_it_is_what_the_standards_serialiser_writes(method: str, path: str, body: bytes, key_id: str) -> None:
    plain = request(method=method, target_uri=f"https://node.example/{path}", body=body)
    added = signatures.sign(plain, scheme=Scheme.RFC9421, key=ED25519, key_id=key_id, now=NOW)
    values = {"@method": method, "@target-uri": plain.target_uri}
    if body:
        values["content-digest"] = added["Content-Digest"]
    parameters = {"created": int(NOW.timestamp()), "keyid": key_id, "alg": "ed25519"}
    covered: Covered = ([(name, {}) for name in values], parameters)
    base = signature_base(covered, lambda component: values[component[0]])
    assert added["Signature-Input"] == http_sf.ser({"sig1": covered})
    assert added["Signature"] == http_sf.ser({"sig1": ED25519.sign(base)})


def test_a_get_has_no_digest() -> None:
    added = signatures.sign(
        request(method="GET", body=b""), scheme=Scheme.RFC9421, key=ED25519, key_id=KEY_ID, now=NOW
    )
    assert added["Signature-Input"] == f'sig1=("@method" "@target-uri"){PARAMETERS};alg="ed25519"'
    assert list(added) == ["Signature-Input", "Signature"]


def test_what_we_ask_for_is_what_we_write() -> None:
    assert signatures.accept_signature() == f"sig1=({REQUIRED});created"
    assert signatures.accept_signature(body=False) == 'sig1=("@method" "@target-uri");created'


# What we read


@pytest.mark.parametrize(
    "inner",
    [
        REQUIRED,
        '"content-digest" "@target-uri" "@method"',
        '"@method" "@authority" "@path" "content-digest"',
        '"@method" "@authority" "@path" "@query" "content-digest"',
        f'{REQUIRED} "host" "content-type"',
    ],
)
@pytest.mark.parametrize(
    "parameters",
    [
        PARAMETERS,
        f';keyid="{KEY_ID}";alg="ed25519";created={SECONDS};expires={SECONDS + 60}',
        f'{PARAMETERS};nonce="a\\"\\\\b";tag="x";unknown;other=?0;more=:AAAA:;ratio=1.50',
    ],
)
def test_what_covers_enough_is_read_and_fits(inner: str, parameters: str) -> None:
    signature = signatures.read(crafted(inner, parameters), now=NOW)
    signatures.check(signature, ED25519.public)
    assert (signature.scheme, signature.key_id, signature.created) == (Scheme.RFC9421, KEY_ID, NOW)
    assert signature.algorithm is (Algorithm.ED25519 if "alg" in parameters else None)
    assert signature.received == NOW
    assert signature.base_without_query is None


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param('"@target-uri" "content-digest"', id="SG-04 @method"),
        pytest.param('"@method" "content-digest"', id="SG-04 @target-uri"),
        pytest.param('"@method" "@path" "content-digest"', id="SG-04 @authority"),
        pytest.param('"@method" "@authority" "content-digest"', id="SG-04 @path"),
        pytest.param('"@method" "@target-uri"', id="SG-04 content-digest"),
        pytest.param('"@method" "@target-uri" "digest"', id="the other standard's digest"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_covers_too_little_is_refused(inner: str) -> None:
    bent = with_headers(request(), {"digest": "SHA-256=AAAA"})
    assert refusal(crafted(inner, of=bent)) == "component-missing"


def test_a_query_is_covered_with_the_path() -> None:
    plain = request(target_uri=f"{INBOX}?page=2")
    assert (
        refusal(crafted('"@method" "@authority" "@path" "content-digest"', of=plain)) == "component-missing"
    )
    for inner in ('"@method" "@authority" "@path" "@query" "content-digest"', REQUIRED):
        signatures.check(signatures.read(crafted(inner, of=plain), now=NOW), ED25519.public)


@pytest.mark.parametrize(
    "component",
    [
        pytest.param('"content-digest";req', id="SG-10 ;req"),
        pytest.param('"content-digest";bs', id="SG-10 ;bs"),
        pytest.param('"content-digest";sf', id="SG-10 ;sf"),
        pytest.param('"content-digest";tr', id="SG-10 ;tr"),
        pytest.param('"content-digest";key="sha-256"', id="SG-10 ;key"),
        pytest.param('"@query-param";name="a"', id="SG-10 ;name"),
        pytest.param('"@foo"', id="SG-10 unknown derived"),
        pytest.param('"@status"', id="SG-10 derived from answers"),
        pytest.param('"@request-target"', id="SG-10 @request-target"),
        pytest.param('"@signature-params"', id="SG-10 @signature-params"),
        pytest.param('"Content-Type"', id="SG-10 upper case"),
        pytest.param('"content type"', id="SG-10 not a name"),
        pytest.param('""', id="SG-10 empty"),
        pytest.param("content-type", id="SG-10 token"),
        pytest.param("1", id="SG-10 number"),
    ],
)
def test_components_that_are_not_derived_here_are_refused(component: str) -> None:
    bent = with_signature(crafted(REQUIRED), f"sig1=({REQUIRED} {component}){PARAMETERS}", {"sig1": b"x"})
    assert refusal(bent) == "component-unsupported"


def test_what_a_signature_lacks_or_covers_in_vain_is_said() -> None:
    for bent, said in (
        (crafted(REQUIRED, f';keyid="{KEY_ID}"'), "lacks the parameter created."),
        (crafted(REQUIRED, f";created={SECONDS}"), "lacks the parameter keyid."),
        (
            with_signature(crafted(REQUIRED), f'sig1=({REQUIRED} "@scheme"){PARAMETERS}', {"sig1": b"x"}),
            "nor one of @authority, @method, @path, @query, @target-uri.",
        ),
    ):
        with pytest.raises(Unauthenticated) as refused:
            signatures.read(bent, now=NOW)
        assert refused.value.detail.endswith(said)


@pytest.mark.parametrize("component", ['"content-digest"', '"@method"'])
def test_a_component_stands_once(component: str) -> None:
    assert refusal(crafted(f"{REQUIRED} {component}")) == "signature-malformed"  # SG-10


def test_a_covered_field_has_to_be_there() -> None:
    bent = with_signature(crafted(REQUIRED), f'sig1=({REQUIRED} "date"){PARAMETERS}', {"sig1": b"x"})
    assert refusal(bent) == "component-missing"
    assert refusal(without(crafted(REQUIRED), "content-digest")) == "component-missing"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        pytest.param(f';keyid="{KEY_ID}"', "signature-malformed", id="no created"),
        pytest.param(f";created={SECONDS}", "signature-malformed", id="no keyid"),
        pytest.param(f';created;keyid="{KEY_ID}"', "signature-malformed", id="created without a value"),
        pytest.param(f';created="{SECONDS}";keyid="{KEY_ID}"', "signature-malformed", id="created as text"),
        pytest.param(
            f';created={SECONDS}.0;keyid="{KEY_ID}"', "signature-malformed", id="created as decimal"
        ),
        pytest.param(f';created=@{SECONDS};keyid="{KEY_ID}"', "signature-malformed", id="created as date"),
        pytest.param(f";created={SECONDS};keyid=abc", "signature-malformed", id="keyid as token"),
        pytest.param(f"{PARAMETERS};expires=?1", "signature-malformed", id="expires as boolean"),
        pytest.param(f"{PARAMETERS};alg=ed25519", "signature-malformed", id="alg as token"),
        pytest.param(f'{PARAMETERS};alg="hmac-sha256"', "algorithm-unsupported", id="SG-08 hmac"),
        pytest.param(f'{PARAMETERS};alg="none"', "algorithm-unsupported", id="SG-08 none"),
        pytest.param(f'{PARAMETERS};alg="rsa-v1_5-sha1"', "algorithm-unsupported", id="SG-08 SHA-1"),
        pytest.param(f'{PARAMETERS};alg="rsa-pss-sha512"', "algorithm-unsupported", id="PSS"),
        pytest.param(f'{PARAMETERS};alg=""', "algorithm-unsupported", id="SG-08 empty"),
        pytest.param(f'{PARAMETERS};alg="ED25519"', "algorithm-unsupported", id="SG-08 upper case"),
        pytest.param(f"{PARAMETERS};expires={SECONDS - 301}", "stale", id="expired"),
    ],
)
def test_parameters_of_no_use_are_refused(parameters: str, code: str) -> None:
    assert refusal(crafted(REQUIRED, parameters)) == code


@pytest.mark.parametrize(
    ("signature_input", "signature", "code"),
    [
        pytest.param("", "sig1=:AAAA:", "signature-missing", id="SG-01 empty input"),
        pytest.param("sig1=()", "", "signature-missing", id="SG-01 empty signature"),
        pytest.param(INPUT, "sig1=::", "signature-malformed", id="SG-01 no bytes"),
        pytest.param(INPUT, "sig1", "signature-malformed", id="SG-01 true"),
        pytest.param(INPUT, 'sig1="x"', "signature-malformed", id="SG-01 text"),
        pytest.param(INPUT, "sig1=(:AA==:)", "signature-malformed", id="SG-01 list"),
        pytest.param(INPUT, "sig1=:A:", "signature-malformed", id="SG-01 bad base64"),
        pytest.param(INPUT, "garbage !", "signature-malformed", id="SG-01 garbage"),
        pytest.param(
            f"sig1=({REQUIRED}{PARAMETERS}", "sig1=:AA==:", "signature-malformed", id="SG-01 unclosed"
        ),
        pytest.param("sig1", "sig1=:AA==:", "signature-malformed", id="SG-01 input without a list"),
        pytest.param('sig1="@method"', "sig1=:AA==:", "signature-malformed", id="SG-01 input is a string"),
        pytest.param(
            f"Sig1=({REQUIRED}){PARAMETERS}", "Sig1=:AA==:", "signature-malformed", id="SG-01 label"
        ),
        pytest.param(INPUT, "sig2=:AA==:", "signature-missing", id="SG-07 labels differ"),
        pytest.param(f"{INPUT}, {INPUT}", "sig1=:AA==:", "signature-malformed", id="SG-07 label twice"),
        pytest.param(INPUT, "sig1=:AA==:, sig1=:AA==:", "signature-malformed", id="SG-07 signature twice"),
        pytest.param(f"{INPUT};created=1", "sig1=:AA==:", "signature-malformed", id="SG-07 parameter twice"),
    ],
)
def test_fields_that_cannot_be_read_are_refused(signature_input: str, signature: str, code: str) -> None:
    bent = with_headers(crafted(REQUIRED), {"signature-input": signature_input, "signature": signature})
    assert refusal(bent) == code


def test_a_field_stands_once() -> None:
    good = signed(Scheme.RFC9421, RSA)
    for name in ("signature", "signature-input"):
        assert refusal(with_line(good, name, header(good, name))) == "signature-ambiguous"  # SG-07
        assert refusal(with_line(good, name, "")) == "signature-ambiguous"
    assert refusal(without(good, "signature")) == "signature-missing"  # SG-01


def several(count: int, *, good: int = 1) -> Request:
    """Sign once under each of the last labels, and put proxies' signatures before that."""
    own = crafted(REQUIRED)
    covered = header(own, "signature-input").removeprefix("sig1=")
    [(value, _)] = parse_dictionary(header(own, "signature")).values()
    proxies = count - good
    inputs = [f'proxy{n}=("@authority");created={SECONDS};keyid="proxy"' for n in range(proxies)]
    inputs += [f"sig{n}={covered}" for n in range(good)]
    values = {f"proxy{n}": b"x" for n in range(proxies)} | {f"sig{n}": value for n in range(good)}
    return with_signature(own, ", ".join(inputs), values)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_signature_among_those_of_proxies_is_enough(count: int) -> None:
    signatures.check(signatures.read(several(count), now=NOW), ED25519.public)


@pytest.mark.parametrize("count", [4, 50])
def test_at_most_three_signatures_are_examined(count: int) -> None:
    assert refusal(several(count)) == "signature-ambiguous"  # SG-07


def test_two_signatures_that_could_be_the_senders_are_none() -> None:
    assert refusal(several(2, good=2)) == "signature-ambiguous"  # SG-07


def test_if_no_signature_will_do_the_first_says_why() -> None:
    assert refusal(several(2, good=0)) == "component-missing"


def test_the_host_field_is_what_was_sent_and_the_authority_what_we_are() -> None:
    # SG-05: a request made for another server does not fit here, even if its Host was rewritten on the way.
    for_another = crafted(REQUIRED, of=request(target_uri="https://other.example/actors/ada/inbox"))
    here = Request("POST", INBOX, for_another.headers, BODY)
    with pytest.raises(Unauthenticated) as caught:
        signatures.check(signatures.read(here, now=NOW), ED25519.public)
    assert caught.value.code == "signature-invalid"


def test_a_method_or_target_that_is_no_text_is_refused() -> None:
    good = crafted(REQUIRED)
    for bent in (
        Request("P\nOST", INBOX, good.headers, BODY),
        Request("POST", f"{INBOX}/\u00e9", good.headers, BODY),
    ):
        assert refusal(bent) == "signature-malformed"


# The usual signature is read by one expression

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7F), max_size=12)
NUMBER = st.sampled_from([str(SECONDS), f"0{SECONDS}", f"-{SECONDS}", "0", "1.5", "9" * 15, "9" * 16, "?1"])
KEYS_IDS = st.just(KEY_ID) | TEXT
ALGORITHMS = st.sampled_from(["", ';alg="ed25519"', ';alg="rsa-v1_5-sha256"', ';alg="hmac-sha256"', ";alg=1"])
COVERED = st.sampled_from(
    [REQUIRED, REQUIRED, f"{REQUIRED};req", f'{REQUIRED} "host"', '"@method"', "", f" {REQUIRED}"]
)
INPUTS = st.builds(
    lambda label, covered, created, key_id, algorithm, rest: (
        f'{label}=({covered});created={created};keyid="{key_id}"{algorithm}{rest}'
    ),
    st.sampled_from(["sig1", "sig1", "a", "*", "Sig1"]),
    COVERED,
    NUMBER,
    KEYS_IDS,
    ALGORITHMS,
    st.sampled_from(["", "", ';nonce="n"', ";expires=1", ";created=1", ', sig2=("@method")', " "]),
)
SIGNATURES = st.sampled_from(
    [
        "sig1=:AAAA:",
        "sig1=:AAAA:",
        "sig1=::",
        "a=:AA==:",
        "*=:AB==:",
        "sig1=:AA=:",
        "sig1=AAAA",
        "sig1=:AAAA:, b=:AA==:",
    ]
)
DIGESTS = st.sampled_from([b"{}", BODY]).map(digests.content_digest) | st.sampled_from(
    ["", "sha-256=::", "md5=:AAAA:", http_sf.ser({"sha-512": hashlib.sha512(BODY).digest()})]
)


def outcome(read: Callable[[], object]) -> str:
    try:
        return repr(read())
    except Unauthenticated as error:
        return repr(error)


@given(INPUTS, SIGNATURES, DIGESTS, st.sampled_from([INBOX, f"{INBOX}?a=b", f"{INBOX}\u00e9"]))
def test_the_usual_signature_is_read_as_any_other(
    signature_input: str, signature: str, digest: str, target: str
) -> None:
    fields = {"signature-input": signature_input, "signature": signature, "content-digest": digest}
    bent = with_headers(request(target_uri=target), {name: value for name, value in fields.items() if value})
    window = Window(NOW, signatures.MAX_AGE, signatures.MAX_SKEW)
    assert outcome(lambda: rfc9421.read(bent, bent.fields(), window)) == outcome(
        lambda: rfc9421._read_any(bent, bent.fields(), window)
    )


@pytest.mark.parametrize("key", [ED25519, RSA], ids=["ed25519", "rsa"])
def test_what_this_node_signs_is_usual(key: PrivateKey) -> None:
    written = header(signed(Scheme.RFC9421, key), "signature-input")
    assert rfc9421._USUAL_INPUT.fullmatch(written)
    assert rfc9421._USUAL_INPUT.fullmatch(INPUT)
