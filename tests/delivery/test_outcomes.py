"""What an error on the way says: of one address, or of the whole server."""

import pytest

from node.core.retries import blames_origin
from node.delivery.client import Unreachable
from node.delivery.envelopes.kinds import outcome_of
from protocol.errors import Gone, Local, NotFound, ProtocolError, Unprocessable


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (NotFound("not-found", "No such document."), False),
        (Unprocessable("missing-member", "No inbox."), False),
        (Unreachable("media-type-refused", "A page."), False),
        (Gone("gone", "Removed."), False),
        (Local("no-key", "Ours."), False),
        (Unreachable("timeout", "No answer."), True),
        (Unreachable("connection-refused", "No connection."), True),
        (Unreachable("status-unexpected", "Another status."), True),
    ],
)
def test_only_what_all_of_a_server_share_closes_the_server(error: ProtocolError, blamed: bool) -> None:
    assert blames_origin(outcome_of(error)) is blamed
