"""What a person is told of how far something has come."""

import io

import pytest

from node.terminal import deliveries
from node.terminal.call import CommandCall
from node.terminal.flags import Flags

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
