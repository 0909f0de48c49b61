"""What a refusal says at the field of a form: never a sentence of the API's to who reads another language."""

import pytest

from node.web.pages.wording.languages import ENGLISH, GERMAN, PSEUDO, Language, Reader, reading
from node.web.pages.wording.refusals import mistake
from protocol import codes as wire
from protocol.codes import Code
from protocol.errors import ProtocolError, Unprocessable
from protocol.members import read_text

EVERY = sorted(wire.MEANINGS)  # with those of the node, which its refusals name


def said(error: ProtocolError, language: Language) -> str:
    with reading(Reader(language=language)):
        return mistake(error)


@pytest.mark.parametrize("code", EVERY)
def test_a_mistake_is_said_in_the_readers_language(code: Code) -> None:
    error = Unprocessable(code, "A sentence for programs.")
    assert "A sentence" not in said(error, GERMAN)
    assert said(error, PSEUDO).startswith("[")
    assert said(error, ENGLISH)


def test_a_code_without_words_is_named_and_in_english_its_sentence_is() -> None:
    error = Unprocessable(wire.TOO_DEEP, "It is nested too deeply.")
    assert said(error, ENGLISH) == "It is nested too deeply."
    assert said(error, GERMAN) == "So kann das nicht angenommen werden (too-deep)."


def test_what_is_too_long_says_how_long_it_is_and_may_be() -> None:
    with pytest.raises(Unprocessable) as refused:
        read_text({"name": "x" * 1201}, "name", limit=1000)
    assert "1,201 characters; 1,000 are the most" in said(refused.value, ENGLISH)
    assert "1.201 Zeichen; höchstens 1.000" in said(refused.value.within("price"), GERMAN)
