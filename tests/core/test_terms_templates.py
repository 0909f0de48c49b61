"""A template of terms is read whole or not at all."""

import pytest

from node.core import codes
from node.core.terms_templates import read_terms_template
from protocol.errors import Unprocessable


def test_no_terms_are_no_template() -> None:
    with pytest.raises(Unprocessable) as caught:
        read_terms_template(None)
    assert caught.value.code == codes.TERMS_TEMPLATE
