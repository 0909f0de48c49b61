"""External ids at the end of notes: whatever address a thing has, it is found again there."""

import pytest

from node.crm.marks import sign_note, split_note
from protocol.iris import check_iri

ADDRESSES = (
    "https://alice.example/notes/1",
    "https://[2001:db8::1]/notes/1",
    "https://[2001:db8::1]:8443/notes/1?a=b#note",
    "http://[::1]:8436/notes/1",
    "https://192.0.2.7/notes/(1)",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("said", ["@customer Hello", "", "Look:\n\n[Freehold: https://alice.example/2]"])
def test_a_note_from_any_address_is_told_from_what_people_wrote(address: str, said: str) -> None:
    assert check_iri(address, allow_http=True, allow_fragment=True) == address
    assert split_note(sign_note(said, address)) == (said, address)


def test_a_remark_of_ours_is_told_too() -> None:
    assert split_note(sign_note("It waits.", "urn:freehold:note:7:1f")) == (
        "It waits.",
        "urn:freehold:note:7:1f",
    )


@pytest.mark.parametrize(
    "text",
    [
        *("Hello", "Hello\n\n[1]", "Hello [Freehold: https://alice.example/2]"),
        *("\n\n[Freehold: https://[x]/]", "\n\n[Freehold: later]", "\n\n[freehold: urn:x]"),
        "@customer Look at this:\n\n[https://alice.example/2]",
    ],
)
def test_what_people_wrote_has_no_external_id(text: str) -> None:
    assert split_note(text) == (text, "")
