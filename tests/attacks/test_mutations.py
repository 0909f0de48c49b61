"""A few hundred bent activities, always the same ones; `python -m tests.attacks.mutations` draws others."""

import pytest

from tests.attacks.baselines import KINDS
from tests.attacks.bending import ON_BYTES, ON_DOCUMENTS, Step, apply, apply_to_bytes, places, write
from tests.attacks.mutations import KNOWN, play
from tests.attacks.watched import STALL_SECONDS

EXAMPLES = 300
DOCUMENT = {"@context": ["c"], "id": "x", "object": {"type": "Note", "to": ["a", "b"]}}


@pytest.mark.slow
def test_bent_activities_do_no_harm() -> None:
    figures = play(EXAMPLES, first=20)
    assert figures.findings == []
    assert figures.statuses.keys() <= KNOWN
    assert figures.kinds.keys() == KINDS.keys()
    assert figures.taken.total() > 0
    assert figures.stall_seconds < STALL_SECONDS


@pytest.mark.parametrize("what", ON_DOCUMENTS)
def test_a_bend_of_a_document_has_an_effect_somewhere_and_leaves_the_original(what: str) -> None:
    before = write(DOCUMENT, is_ascii=True)
    bent = [apply(Step(what, place, place + 3, "v"), DOCUMENT) for place in range(len(places(DOCUMENT)))]
    assert any(document != DOCUMENT for document in bent)
    assert write(DOCUMENT, is_ascii=True) == before


@pytest.mark.parametrize("what", ON_BYTES)
def test_a_bend_of_bytes_has_an_effect(what: str) -> None:
    assert any(apply_to_bytes(Step(what, place, 3, 7), b'{"a":"bc"}') != b'{"a":"bc"}' for place in range(9))


def test_what_has_no_place_is_left_alone() -> None:
    assert apply(Step("drop", 1, 1, None), {}) == {}
    assert apply_to_bytes(Step("cut off", 1, 1, 0), b"") == b""
