"""What a node answers, as the command reads it.

Rules here: the node may be of another release than the command, as between the installation of one and the
next start, or with `--node`. A member that its release does not have ends the command in a sentence.
"""

import json
from typing import Any, Final, Never

from node.core import codes
from node.terminal.failures import ExitCode, Failure

_SAME: Final = "Start it again, so that it is what is installed, or install its release here, too."


class NodeAnswer(dict[str, Any]):
    """A JSON object of an answer; asked for a member that it does not have, it says whose fault that is."""

    def __missing__(self, name: str) -> Never:
        """Raise the failure that stands for a member that is not there.

        Raises:
            Failure: `other-release`, always.
        """
        said = f"The node says nothing of {name!r}: it is of another release than this command."
        raise Failure(codes.OTHER_RELEASE, said, exit_code=ExitCode.FAILED, hint=_SAME)


def read_answer(text: str | bytes) -> NodeAnswer | None:
    """Return the JSON object that an answer is, each object in it an `NodeAnswer` too; None if it is none."""
    try:
        document = json.loads(text, object_hook=NodeAnswer)
    except ValueError:
        return None
    return document if isinstance(document, NodeAnswer) else None
