"""Why a notice of the reader's that the other side has refused does not count, in words."""

from collections.abc import Mapping

from node.core import codes
from node.web.pages.wording.languages import gettext as _
from protocol import codes as wire


def said(objection: str | None) -> str:
    """Return the sentence for the code of a rule; empty without one."""
    if objection is None:
        return ""
    words: Mapping[str, str] = {
        codes.NOTICE_TOO_SHORT: _(
            "It came more than eight days after it was signed, or on its own day: by then that was too early."
        ),
        wire.ILLEGAL_TRANSITION: _(
            "The agreement was over by then, or a change that you accepted may have taken its place."
        ),
    }
    return words.get(objection) or _("It does not name the agreement as it stands.")
