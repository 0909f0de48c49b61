"""A flow is driven by any function that answers its wishes."""

import pytest

from protocol import codes
from protocol.actors import Actor, ActorKind
from protocol.errors import NotFound
from protocol.flow import FetchActor, Flow, run


def actor(iri: str) -> Actor:
    return Actor(
        iri=iri,
        kind=ActorKind.PERSON,
        name="",
        handle="",
        inbox=f"{iri}/inbox",
        shared_inbox=None,
        outbox=None,
        followers=None,
        summary="",
        keys=(),
        speaks_ed25519=False,
    )


def nothing_to_ask() -> Flow[str]:
    return "answer"
    yield FetchActor("never")  # makes this a generator


def two_questions() -> Flow[list[str]]:
    first = yield FetchActor("a")
    try:
        second = yield FetchActor("b", refresh=True)
    except NotFound:
        return [first.iri]
    return [first.iri, second.iri]


def test_a_flow_without_wishes_answers_at_once() -> None:
    assert run(nothing_to_ask(), lambda wish: actor(wish.iri)) == "answer"


def test_wishes_are_answered_in_order() -> None:
    asked: list[FetchActor] = []

    def fetch(wish: FetchActor) -> Actor:
        asked.append(wish)
        return actor(wish.iri)

    assert run(two_questions(), fetch) == ["a", "b"]
    assert asked == [FetchActor("a"), FetchActor("b", refresh=True)]


def test_a_flow_may_go_on_after_an_error() -> None:
    def fetch(wish: FetchActor) -> Actor:
        if wish.refresh:
            raise NotFound(codes.ACTOR_GONE, "There is no such actor.")
        return actor(wish.iri)

    assert run(two_questions(), fetch) == ["a"]


def test_an_error_that_a_flow_does_not_expect_reaches_the_caller() -> None:
    def fetch(_: FetchActor) -> Actor:
        raise OSError("the network is down")

    with pytest.raises(OSError, match="the network is down"):
        run(two_questions(), fetch)
