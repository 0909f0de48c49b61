"""Both ways to sign a request, taken by both ends, and each end's second knock where the first is refused."""

from functools import partial

import pytest

from node.sandbox.nodes import Node
from tests.interop.fedify.deals import post
from tests.interop.fedify.gatekeeper import Gatekeeper
from tests.interop.fedify.process import Fedify, wait

pytestmark = pytest.mark.slow

RFC9421, CAVAGE = "rfc9421", "draft-cavage-12"


def has_knocked(node: Node, fedify: Fedify, times: int) -> bool:
    """Tell whether that many deliveries of one of our nodes have arrived."""
    return len(knocks_of(node, fedify)) == times


def knocks_of(node: Node, fedify: Fedify) -> list[tuple[str, int]]:
    """Return how the deliveries of one of our nodes were signed and answered."""
    actor = f"{node.settings['ORIGIN']}/actors/{node.handle}"
    deliveries = [delivery for delivery in fedify.deliveries if f'"actor":"{actor}"' in delivery["body"]]
    return [(delivery["scheme"], delivery.get("status", 0)) for delivery in deliveries]


@pytest.mark.parametrize("scheme", [RFC9421, CAVAGE])
def test_we_take_what_fedify_signs(fedify: Fedify, shop: Node, scheme: str) -> None:
    document = fedify.compose("carol", "follow", shop.actor)
    assert fedify.post("carol", f"{shop.actor}/inbox", document, scheme)["status"] == 202


def test_we_knock_again_where_fedify_refuses_the_first(fedify: Fedify, guarded: Node) -> None:
    """It is remembered what worked, so the second refusal meets a node that begins the other way."""
    peer = {"peer": fedify.actor("carol")}
    for refused, wish in ((RFC9421, "/peers/follow"), (CAVAGE, "/peers/unfollow")):
        fedify.ask("refuse", scheme=refused)
        before = len(knocks_of(guarded, fedify))
        post(guarded, wish, peer)
        wait(partial(has_knocked, guarded, fedify, before + 2), "the second knock")
    fedify.ask("refuse", scheme=None)
    assert knocks_of(guarded, fedify) == [(RFC9421, 401), (CAVAGE, 202), (CAVAGE, 401), (RFC9421, 202)]


def test_fedify_knocks_again_where_we_refuse_the_first(
    fedify: Fedify, guarded: Node, gatekeeper: Gatekeeper
) -> None:
    actor = f"{gatekeeper.origin}/actors/guarded"
    before = len(gatekeeper.knocks)
    for refused in (RFC9421, CAVAGE):
        gatekeeper.refused = refused
        assert fedify.say("carol", "follow", actor)["status"] == 202
    gatekeeper.refused = ""
    assert gatekeeper.knocks[before:] == [(RFC9421, 401), (CAVAGE, 202), (CAVAGE, 401), (RFC9421, 202)]
