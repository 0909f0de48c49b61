"""What an error on the way says: of one address, or of the whole server."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from node.core import codes
from node.core.retries import blames_origin
from node.delivery.client import Response, Unreachable
from node.delivery.envelopes.kinds import outcome_of
from node.delivery.envelopes.responses import read_response
from protocol import codes as wire
from protocol.errors import Gone, Local, NotFound, ProtocolError, Unprocessable
from protocol.vocabulary import PROBLEM_JSON


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (NotFound(codes.NOT_FOUND, "No such document."), False),
        (Unprocessable(wire.MISSING_MEMBER, "No inbox."), False),
        (Unreachable(codes.MEDIA_TYPE_REFUSED, "A page."), False),
        (Gone(codes.GONE, "Removed."), False),
        (Local(codes.NO_KEY, "Ours."), False),
        (Unreachable(codes.TIMEOUT, "No answer."), True),
        (Unreachable(codes.CONNECTION_REFUSED, "No connection."), True),
        (Unreachable(codes.STATUS_UNEXPECTED, "Another status."), True),
    ],
)
def test_only_what_all_of_a_server_share_closes_the_server(error: ProtocolError, blamed: bool) -> None:
    assert blames_origin(outcome_of(error)) is blamed


@pytest.mark.parametrize(
    ("problem", "reasons"),
    [
        (
            {"code": "terms-refused", "flags": ["tracking", "selling"]},
            ("terms-refused", "tracking", "selling"),
        ),
        ({"code": "terms-too-wide"}, ("terms-too-wide",)),
        ({"code": "terms-refused", "flags": ["Tracking", "a b", "x" * 65, 7, None, {}]}, ("terms-refused",)),
        ({"code": "terms-refused", "flags": "tracking"}, ("terms-refused",)),
        ({"code": "terms-refused", "flags": ["flag"] * 1_000}, ("terms-refused", *["flag"] * 64)),
        ({"code": "<b>", "flags": ["tracking"]}, ()),
        ({"code": ["terms-refused"]}, ()),
        (["terms-refused"], ()),
    ],
)
def test_of_a_refusal_its_code_and_flags_are_kept_if_they_are_plain_words(
    problem: Any, reasons: tuple[str, ...]
) -> None:
    body, now = json.dumps(problem).encode(), datetime(2026, 5, 4, tzinfo=UTC)
    for media_type, told in ((PROBLEM_JSON, reasons), ("text/html", ())):
        response = Response(422, {"Content-Type": media_type}, None, None, body)
        assert read_response(response, created_at=now).reasons == told


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["tracking", "selling"], "(terms-refused): tracking, selling."),
        (["<b>"], "(terms-refused)."),
        (["flag"] * 64, f"(terms-refused): {', '.join(['flag'] * 8)}."),
    ],
)
def test_a_refusal_is_told_with_the_first_flags_that_it_names(flags: list[str], said: str) -> None:
    body = json.dumps({"code": "terms-refused", "flags": flags}).encode()
    response = Response(422, {"Content-Type": PROBLEM_JSON}, None, None, body)
    outcome = read_response(response, created_at=datetime(2026, 5, 4, tzinfo=UTC))
    assert outcome.detail == f"The inbox answered 422 Unprocessable Entity {said}"
