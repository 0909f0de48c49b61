"""Why what was sent was not taken there, in words: by the code that the other side's answer names."""

import re
from collections.abc import Mapping

from node.core import codes
from node.web.pages.wording.languages import gettext as _

_NAMED = re.compile(r"\(([a-z][a-z0-9-]{0,63})\)")


def said(last_error: str | None) -> str:
    """Return why a delivery was refused, by the sentence that is kept of it; "" if there are no words."""
    words: Mapping[str, str] = {
        codes.TERMS_REFUSED: _("They do not take what it says about their data."),
        codes.TERMS_REQUIRED: _("They take nothing that says nothing about their data."),
        codes.TERMS_TOO_WIDE: _("It asks for more about their data than they allow."),
    }
    return next((words[code] for code in _NAMED.findall(last_error or "") if code in words), "")
