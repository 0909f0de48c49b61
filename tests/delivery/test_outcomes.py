"""What an error on the way says: of one address, or of the whole server."""

import pytest

from node.core import codes
from node.core.retries import blames_origin
from node.delivery.client import Unreachable
from node.delivery.envelopes.kinds import outcome_of
from protocol import codes as wire
from protocol.errors import Gone, Local, NotFound, ProtocolError, Unprocessable


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
