"""What a node sees at its own address."""

import pytest

from node.core import codes
from node.core.reachability import Callers, Sighting, advice, all_as_one, answered, callers, failed, sentence
from protocol.codes import Code

ASKED = "https://ada.example/.well-known/freehold/q"


def test_only_who_knows_the_answer_is_this_node() -> None:
    assert answered(asked=ASKED, by=ASKED, is_ours=True) is Sighting.REACHED
    assert answered(asked=ASKED, by=ASKED, is_ours=False) is Sighting.SOMETHING_ELSE
    assert answered(asked=ASKED, by="https://www.ada.example/q", is_ours=True) is Sighting.LED_ELSEWHERE


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8420", "127.9.9.9", "localhost", "ada.localhost:1", "[::1]:8420"]
)
def test_what_only_this_machine_reaches_is_not_the_world(host: str) -> None:
    asked = f"http://{host}/q"
    assert answered(asked=asked, by=asked, is_ours=True) is Sighting.THIS_MACHINE


@pytest.mark.parametrize("host", ["127.example.org", "localhost.example.org", "128.0.0.1", "[2001:db8::1]"])
def test_a_name_that_looks_like_this_machine_is_of_the_world(host: str) -> None:
    asked = f"https://{host}/q"
    assert answered(asked=asked, by=asked, is_ours=True) is Sighting.REACHED


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        (codes.ADDRESS_REFUSED, Sighting.PRIVATE),
        (codes.CONNECTION_REFUSED, Sighting.NO_ANSWER),
        (codes.TIMEOUT, Sighting.NO_ANSWER),
        (codes.NAME_UNKNOWN, Sighting.NO_NAME),
        (codes.TLS_REFUSED, Sighting.CERTIFICATE),
        (codes.REDIRECT_REFUSED, Sighting.LED_ELSEWHERE),
        (codes.NOT_FOUND, Sighting.SOMETHING_ELSE),
        (codes.MEDIA_TYPE_REFUSED, Sighting.SOMETHING_ELSE),
    ],
)
def test_why_no_answer_came_is_told(code: Code, seen: Sighting) -> None:
    assert failed(code) is seen


@pytest.mark.parametrize("seen", list(Sighting))
def test_each_sighting_is_said_and_has_an_advice_unless_all_is_well(seen: Sighting) -> None:
    assert sentence(seen).endswith(".")
    assert bool(advice(seen)) is (seen is not Sighting.REACHED)


@pytest.mark.parametrize(
    ("is_https", "is_trusted", "is_forwarded", "is_local", "learnt", "said"),
    [
        (True, True, True, False, Callers.TOLD, ""),
        (False, False, False, False, Callers.TOLD, ""),
        (False, True, False, False, Callers.UNTOLD, "X-Forwarded-For"),
        (True, False, False, False, Callers.UNTOLD, "X-Forwarded-For"),
        (True, False, True, False, Callers.UNBELIEVED, "trusted_proxies"),
        (True, False, False, True, Callers.LOCAL, "/metrics"),
        (True, True, False, True, Callers.LOCAL, "Host"),
    ],
)
def test_a_proxy_that_hides_who_calls_is_told(
    *, is_https: bool, is_trusted: bool, is_forwarded: bool, is_local: bool, learnt: Callers, said: str
) -> None:
    found = callers(is_https=is_https, is_trusted=is_trusted, is_forwarded=is_forwarded, is_local=is_local)
    assert found is learnt
    assert said in all_as_one(learnt.value)
    assert bool(all_as_one(learnt.value)) is bool(said)
    assert all_as_one(None) == all_as_one({}) == ""
