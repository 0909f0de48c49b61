"""Pictures that actors name, as servers of others spell them, and as nobody should."""

from typing import Any

import pytest

from protocol.actors import read_actor
from protocol.icons import read_icon
from protocol.vocabulary import ACTIVITYSTREAMS as AS2

A, B, C = (f"https://shop.example/{name}.png" for name in "abc")


def image(url: Any, **said: Any) -> dict[str, Any]:
    return {"type": "Image", "url": url, **said}


@pytest.mark.parametrize(
    "value",
    [
        A,
        [A],
        image(A),
        image([A]),
        image({"@value": A}),
        image(A, mediaType="IMAGE/PNG; charset=binary"),
        image({"type": "Link", "href": A, "mediaType": "image/webp"}),
        {"type": "Link", "href": A},
        [image(B, mediaType="image/svg+xml"), image(C, mediaType="image/gif"), image(A)],
        [{"type": "Image"}, None, 7, image("data:image/png;base64,AAAA"), image("javascript:alert(1)"), A],
        [image("https://shop.example/" + "x" * 2_048), A],
        image({"@value": [A, B]}, href=A),
    ],
)
def test_the_address_is_found_however_it_is_spelled(value: Any) -> None:
    assert read_icon(value) == A


@pytest.mark.parametrize(
    ("value", "best"),
    [
        ([image(A, width=48), image(B, width=400), image(C, width=128)], C),
        ([image(A, width=48), image(B, width=64)], B),
        ([image(A, width=48), image(B)], B),
        ([image(A), image(B, width=96)], B),
        ([image(A, width="48"), image(B, height="96")], B),
        ([image(A, width=96.0), image(B, width=95.9)], A),
        ([image(A, width={"@value": 200}), image(B, width=300)], A),
        (image([{"href": A, "width": 32}, {"href": B, "width": 256}]), B),
        ([image(A, width=True), image(B, width=96)], B),
        ([image(A, width=10**9), image(B, width="9" * 50), image(C, width=96)], C),
        ([image(A, width=-96), image(B, width=[96, 97]), image(C, width=120)], C),
    ],
)
def test_the_smallest_that_is_large_enough_is_taken(value: Any, best: str) -> None:
    assert read_icon(value) == best


@pytest.mark.parametrize(
    "value", [None, "", {}, [], 5, image(None), image({"href": [A, B]}), image(image(A))]
)
def test_what_names_no_picture_has_none(value: Any) -> None:
    assert read_icon(value) == ""


def test_no_more_than_sixteen_are_looked_at() -> None:
    assert read_icon([image(A, width=50 + place) for place in range(16)] + [image(B, width=96)]) == A
    assert read_icon([image(A, width=50)] * 15 + [image(B, width=96)]) == B


@pytest.mark.parametrize(
    "member",
    [
        {"icon": image(A)},
        {"as:icon": {"type": "Image", "as:url": {"@id": A}}},
        {AS2 + "icon": [{"@type": [AS2 + "Link"], AS2 + "href": {"@id": A}}]},
    ],
)
def test_an_actor_has_its_picture_in_any_spelling(member: dict[str, Any]) -> None:
    iri = "https://shop.example/actor"
    document = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": iri,
        "type": "Organization",
        "inbox": iri + "/inbox",
        **member,
    }
    assert read_actor(document, iri=iri).icon == A
