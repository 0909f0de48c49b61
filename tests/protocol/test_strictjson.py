"""JSON from strangers: one meaning or none. Ids are those of the attack catalogue."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.canonical import canonicalise
from protocol.errors import Malformed, TooLarge
from protocol.strictjson import LIMIT_DEPTH, LIMIT_NUMBER, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"))
NUMBERS = st.integers(-LIMIT_NUMBER, LIMIT_NUMBER) | st.floats(-LIMIT_NUMBER, LIMIT_NUMBER)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXT, VALUES, max_size=5)

# Objects as lists of members, so that names can repeat; few names, so that they do.
MEMBERS = st.recursive(
    st.sampled_from(["1", '"{"', '"\\\\"', '"a\\":"', "null", '"}"', "[]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(["a", "b", "\\u0061", "c:", "\\\\"]), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f'"{name}": {value}' for name, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


def code_of(body: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        parse(body)
    return caught.value.code


def nest(depth: int, *, opening: str, closing: str) -> bytes:
    """Write an object that is nested `depth` deep, the object itself included."""
    return f'{{"a":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()


def test_an_activity_is_read() -> None:
    body = '{"type": "Offer", "to": ["https://a.example/"], "n": {"é": [1, -1.5, true, null]}}'.encode()
    assert parse(body) == {"type": "Offer", "to": ["https://a.example/"], "n": {"é": [1, -1.5, True, None]}}


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 1]))
def test_what_json_writes_is_read_back(
    document: dict[str, Any], ensure_ascii: bool, indent: int | None
) -> None:
    body = json.dumps(document, ensure_ascii=ensure_ascii, indent=indent).encode()
    assert parse(body) == document


@given(DOCUMENTS)
def test_a_canonical_form_is_read_back(document: dict[str, Any]) -> None:
    # Whatever this node signs, it can read.
    assert parse(canonicalise(document)) == document


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"actor":"V","actor":"A"}', id="JS-02 top"),
        pytest.param(b'{"actor":"V","actor":"V"}', id="JS-02 equal values"),
        pytest.param(b'{"object":{"actor":"V","actor":"A"}}', id="JS-02 nested"),
        pytest.param(b'{"to":[{"a":1},{"a":1,"b":2,"a":3}]}', id="JS-02 in a list"),
        pytest.param(b'{"\\u0061ctor":"V","actor":"A"}', id="JS-02 escaped"),
        pytest.param(b'{"a\\"b":1,"a\\u0022b":2}', id="JS-02 with a quote"),
        pytest.param(b'{"":1,"":2}', id="JS-02 empty name"),
        pytest.param(b'{"a":{"b:c":":"},"a":1}', id="JS-02 colons in strings"),
    ],
)
def test_no_name_stands_twice(body: bytes) -> None:
    assert code_of(body) == "duplicate-key"


def test_colons_and_quotes_inside_strings_are_no_members() -> None:
    assert parse(rb'{"a:b":":\":","c\\":"\\\":{["}') == {"a:b": ':":', "c\\": '\\":{['}


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate")
    return dict(pairs)


@given(MEMBERS)
def test_repeated_names_are_found_wherever_the_plain_parser_finds_them(value: str) -> None:
    body = f'{{"top": {value}}}'
    try:
        expected = json.loads(body, object_pairs_hook=refuse_duplicates)
    except ValueError:
        assert code_of(body.encode()) == "duplicate-key"
    else:
        assert parse(body.encode()) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a":1} x', id="JS-04 trailing text"),
        pytest.param(b'{"a":1}\0', id="JS-04 trailing NUL"),
        pytest.param(b'{"a":1}{"a":1}', id="JS-04 two documents"),
        pytest.param(b'{"a":1}\n{"a":1}', id="JS-04 two lines"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', id="JS-04 byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), id="JS-04 UTF-16 with mark"),
        pytest.param('{"a":1}'.encode("utf-16-le"), id="JS-04 UTF-16"),
        pytest.param('{"a":1}'.encode("utf-32-be"), id="JS-04 UTF-32"),
        pytest.param(b'{"a":"\xff"}', id="JS-04 invalid UTF-8"),
        pytest.param(b'{"a":"\xc3"}', id="JS-04 truncated UTF-8"),
        pytest.param(b'{"a":"\xc0\xaf"}', id="JS-04 overlong"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', id="JS-05 surrogate as UTF-8"),
        pytest.param(b'{"a":"\\ud800"}', id="JS-05 lone high surrogate"),
        pytest.param(b'{"a":"\\udc00"}', id="JS-05 lone low surrogate"),
        pytest.param(b'{"a":"\\udc00\\ud800"}', id="JS-05 swapped surrogates"),
        pytest.param(b'{"\\ud800":1}', id="JS-05 lone surrogate in a name"),
        pytest.param(b'{"a":"\x00"}', id="JS-05 raw NUL"),
        pytest.param(b'{"a":"\n"}', id="raw control character"),
        pytest.param(b"", id="nothing"),
        pytest.param(b" ", id="only white space"),
        pytest.param(b"{", id="unfinished"),
        pytest.param(b'{"a":1', id="unfinished member"),
        pytest.param(b'{"a":"', id="unfinished string"),
        pytest.param(b'{"a":"\\', id="unfinished escape"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b'{"a":Infinity}', id="infinity"),
        pytest.param(b'{"a":-Infinity}', id="negative infinity"),
        pytest.param(b'{"a":1e400}', id="number beyond any double"),
        pytest.param(b'{"a":01}', id="leading zero"),
        pytest.param(b'{"a":+1}', id="plus sign"),
        pytest.param(b'{"a":.5}', id="bare fraction"),
        pytest.param(b'{"a":1,}', id="trailing comma"),
        pytest.param(b"{'a':1}", id="single quotes"),
        pytest.param(b"{a:1}", id="bare name"),
        pytest.param(b'{"a":1/**/}', id="comment"),
        pytest.param(b'{"a":"\\x41"}', id="unknown escape"),
        pytest.param(b'{"a":]}', id="wrong bracket"),
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert code_of(body) == "malformed-json"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(rb'{"a":"\u0000"}', id="JS-05 NUL"),
        pytest.param(rb'{"a":"b\u0000c"}', id="JS-05 NUL inside"),
        pytest.param(rb'{"a\u0000":1}', id="JS-05 NUL in a name"),
        pytest.param(rb'{"a":"\\\u0000"}', id="JS-05 NUL after a backslash"),
        pytest.param(rb'{"a":"\ufffe"}', id="JS-05 U+FFFE"),
        pytest.param(rb'{"a":"\uFFFE"}', id="JS-05 U+FFFE in capitals"),
        pytest.param(rb'{"a":"\uFffF"}', id="JS-05 U+FFFF in both"),
        pytest.param('{"a":"\ufffe"}'.encode(), id="JS-05 raw U+FFFE"),
        pytest.param('{"a":"\uffff"}'.encode(), id="JS-05 raw U+FFFF"),
        pytest.param('{"\uffff":1}'.encode(), id="JS-05 raw U+FFFF in a name"),
    ],
)
def test_characters_that_are_not_text_are_refused(body: bytes) -> None:
    assert code_of(body) == "forbidden-character"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"a":"\\u0000"}', "\\u0000"),
        (rb'{"a":"\\\\ufffe"}', "\\\\ufffe"),
        (rb'{"a":"\u0001\u001f\u007f"}', "\x01\x1f\x7f"),
        (rb'{"a":"\ud83d\ude00"}', "\N{GRINNING FACE}"),
        ('{"a":"\ufffd\uff0c"}'.encode(), "\ufffd\uff0c"),
    ],
)
def test_their_neighbours_are_text(body: bytes, value: str) -> None:
    assert parse(body) == {"a": value}


@pytest.mark.parametrize("number", ["9007199254740991", "-9007199254740991", "0", "-0", "1.5", "1e3", "1e-9"])
def test_numbers_that_every_reader_holds_are_read(number: str) -> None:
    assert parse(f'{{"a":[{number}]}}'.encode()) == {"a": [float(number)]}


@pytest.mark.parametrize(
    "number",
    [
        "9007199254740992",
        "-9007199254740992",
        "9223372036854775808",
        "18446744073709551616",
        "1e16",
        "-1E+300",
    ],
)
def test_numbers_beyond_the_safe_integers_are_refused(number: str) -> None:
    assert code_of(f'{{"a":[{number}]}}'.encode()) == "number-out-of-range"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize(
    "depth",
    [
        pytest.param(LIMIT_DEPTH + 1, id="one too deep"),
        pytest.param(65, id="JS-08 65"),
        pytest.param(900, id="JS-08 900"),
        pytest.param(20_000, id="JS-08 20,000"),
    ],
)
def test_deep_nesting_is_refused(depth: int, opening: str, closing: str) -> None:
    assert code_of(nest(depth, opening=opening, closing=closing)) == "too-deep"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"[{" * 100_000])
def test_deep_nesting_that_never_ends_is_refused(body: bytes) -> None:
    assert code_of(body) == "too-deep"  # JS-08


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_the_deepest_nesting_is_read(opening: str, closing: str) -> None:
    assert parse(nest(LIMIT_DEPTH, opening=opening, closing=closing))


def test_brackets_side_by_side_and_in_strings_are_not_deep() -> None:
    body = json.dumps({"a": [[], {}] * 100, "b": "[{" * 100, '"[' * 50: '\\"{'}).encode()
    assert parse(body) == json.loads(body)


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"1", b"null", b"true", b'[{"a":1}]'])
def test_only_an_object_is_a_document(body: bytes) -> None:
    assert code_of(body) == "not-an-object"


def test_an_error_does_not_echo_the_body() -> None:
    for body in (b'{"secret":"secret","secret":1}', b'{"secret":}', b'{"secret":1e99}', b'["secret"]'):
        with pytest.raises(Malformed) as caught:
            parse(body)
        assert "secret" not in str(caught.value)


def test_the_limit_on_size_is_exact() -> None:
    body = b'{"a":1}'
    assert parse(body, limit_bytes=len(body)) == {"a": 1}
    with pytest.raises(TooLarge) as caught:
        parse(body, limit_bytes=len(body) - 1)
    assert caught.value.code == "body-too-large"


def test_the_usual_limit_leaves_room_for_long_terms() -> None:
    assert parse(b'{"a":"' + b"x" * 262_136 + b'"}')
    with pytest.raises(TooLarge):
        parse(b'{"a":"' + b"x" * 262_137 + b'"}')


@given(
    st.binary(max_size=64)
    | st.text(st.sampled_from('{}[]":,\\u0af19e-tn \ufffe'), max_size=40).map(str.encode)
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        document = parse(body)
    except Malformed:
        return
    assert document == json.loads(body)


@given(DOCUMENTS, st.data())
def test_a_damaged_document_is_read_as_the_plain_parser_reads_it_or_refused(
    document: dict[str, Any], data: st.DataObject
) -> None:
    body = bytearray(json.dumps(document).encode())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = parse(bytes(body))
    except Malformed:
        return
    assert read == json.loads(bytes(body))
