"""A move that cannot be made now is refused in a sentence for the state and the end of the one who asked."""

import pytest

from node.terminal.next_moves import why


@pytest.mark.parametrize(
    ("role", "state", "sentence"),
    [
        (
            "offeree",
            "countered",
            (
                "You have countered this offer: wait for the answer."
                " Taking that back with withdraw leaves the offer rejected."
            ),
        ),
        ("offerer", "rejected", "The other side has rejected this offer; you may make another with reoffer."),
        (
            "offerer",
            "refused",
            "The other side's server refused this offer, so it never began; you may make another.",
        ),
        ("offeree", "ended", "It has ended."),
        ("offerer", "unheard-of", ""),
    ],
)
def test_the_sentence_fits_state_and_end(role: str, state: str, sentence: str) -> None:
    assert why({"role": role, "state": state}) == sentence
