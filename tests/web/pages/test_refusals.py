"""What a refusal says at the field of a form: never a sentence of the API's to who reads another language."""

import pytest

from node.web.pages.wording.languages import ENGLISH, GERMAN, PSEUDO, Language, Reader, reading
from node.web.pages.wording.refusals import mistake
from protocol import codes as wire
from protocol.codes import Code
from protocol.errors import ProtocolError, Unprocessable

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
