"""What a person is told of how far something has come."""

import io

import pytest

from node.core import codes
from node.terminal import deliveries
from node.terminal.call import CommandCall
from node.terminal.flags import Flags
from protocol.codes import MEANINGS

CLOSED = "The inbox answered 409 Conflict (intention-closed)."
SEE = "freehold --data ada fed queue"


@pytest.mark.parametrize(
    ("state", "wrong", "told"),
    [
        ("delivered", "", "Sent, and delivered."),
        (
            "queued",
            "",
            f"Queued: it has not arrived at Ada yet. It goes by itself when it can; see: {SEE}",
        ),
        ("refused", CLOSED, f"Not delivered: it was refused. {CLOSED} See: {SEE}"),
        ("gone", "", f"Not delivered: it was gone. See: {SEE}"),
    ],
)
def test_why_something_was_refused_is_said(state: str, wrong: str, told: str) -> None:
    streams = {name: io.StringIO() for name in ("stdin", "stdout", "stderr")}
    call = CommandCall(Flags(data="ada"), **streams, environment={})
    assert deliveries.sentence(call, state, wrong, to="Ada") == told


@pytest.mark.parametrize(
    ("waits", "wrong", "said", "lines"),
    [
        ("held", None, "can be undone until it leaves", 1),
        ("behind", None, "goes after dlv_3x9k2m4p", 3),
        (
            "paused",
            "409",
            "the wish is paused there, and is asked again: 409",
            2,
        ),
        (
            "rests",
            "No answer.",
            "their server fails again and again, and is left in peace until then: No answer.",
            3,
        ),
        ("again", "No answer.", "is tried again: No answer.", 3),
        ("next", None, "is being sent", 0),
        (None, CLOSED, CLOSED, 0),
    ],
)
def test_why_something_waits_is_said_and_what_can_be_done(
    waits: str | None, wrong: str | None, said: str, lines: int
) -> None:
    first = "dlv_3x9k2m4p5q6r7s8t9v0w1x2y3z" if waits == "behind" else None
    state = "refused" if waits is None else "queued"
    item = {"state": state, "waits": waits, "waits_for": first, "last_error": wrong, "last_status": None}
    assert deliveries.why(item) == said
    assert len(list(deliveries.advice([item]))) == lines


def test_which_setting_lets_a_peer_be_reached_is_said() -> None:
    for code, setting in ((codes.ADDRESS_REFUSED, "allowed_networks"), (codes.TLS_REFUSED, "ca_file")):
        wrong = f"{MEANINGS[code]} (1)"
        lines = list(deliveries.advice([{"state": "queued", "waits": "again", "last_error": wrong}]))
        assert f"freehold config set {setting}" in lines[-1]
    assert deliveries.why({"state": "delivered", "last_status": 202}) == ""


def test_what_is_gone_can_be_tried_again() -> None:
    assert list(deliveries.advice([{"state": "gone", "waits": None}])) == [
        "Try one at once, and what waits behind it: freehold fed queue --retry DELIVERY"
    ]
